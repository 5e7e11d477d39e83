"""What doors keep for a while, and not longer."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from companies import files
from companies.models import Company
from recruiting.hiring.applications import expiry
from recruiting.models import RefusedApplication, UploadedDocument

pytestmark = pytest.mark.django_db


def test_files_sent_ahead_are_forgotten_after_a_day(company: Company) -> None:
    file = files.store(company, b"%PDF")
    fresh, stale = (
        UploadedDocument.objects.create(
            company=company, file=file, name="cv.pdf", created_at=timezone.now() - age
        )
        for age in (timedelta(hours=23), timedelta(hours=24))
    )
    assert list(UploadedDocument.objects.waiting()) == [fresh]
    assert expiry.forget() == (1, 0)
    assert not UploadedDocument.objects.filter(pk=stale.pk).exists()
    files.sweep(older_than=timedelta(0))
    assert file.read() == b"%PDF"
    fresh.delete()
    files.sweep(older_than=timedelta(0))
    assert not default_storage.exists(file.path)


def test_refused_attempts_are_forgotten_after_thirty_days(company: Company) -> None:
    for days in (29, 30, 400):
        at = timezone.now() - timedelta(days=days)
        RefusedApplication.objects.create(company=company, reason=f"{days}", at=at)
    assert expiry.forget() == (0, 2)
    assert RefusedApplication.objects.get().reason == "29"
