import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from companies import files
from companies.models import Company, StoredFile
from tests import factories

DAY = timedelta(days=2)


def grow_old(row: StoredFile) -> None:
    StoredFile.objects.filter(pk=row.pk).update(created_at=timezone.now() - DAY)


def test_the_same_bytes_are_kept_once_in_a_company_and_apart_between_two(company: Company) -> None:
    other = factories.CompanyFactory()
    first, again, elsewhere = (files.store(c, b"bytes") for c in (company, company, other))
    assert first == again
    assert first.path != elsewhere.path
    assert elsewhere.read() == b"bytes"


def test_a_file_nobody_points_to_is_swept_after_its_grace(company: Company) -> None:
    row = files.store(company, b"orphan")
    assert files.sweep() == 0
    grow_old(row)
    assert files.sweep() == 1
    assert not default_storage.exists(row.path)


@pytest.mark.parametrize("owner", ["doors", "{company}", "9999999"])
@pytest.mark.parametrize("name", ["a" * 64, ".tmp1234"])
def test_what_a_crash_left_without_a_row_is_swept_after_its_grace(
    company: Company, owner: str, name: str
) -> None:
    left = Path(default_storage.path(f"{owner.format(company=company.pk)}/aa/{name}"))
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")
    kept = files.store(company, b"kept")
    assert files.sweep() == 0
    os.utime(left, (1, 1))
    os.utime(default_storage.path(kept.path), (1, 1))
    assert files.sweep() == 1
    assert not left.exists()
    assert kept.read() == b"kept"
    assert StoredFile.objects.count() == 1
    default_storage.delete(kept.path)  # the next test's database does not know this old file


def test_a_file_that_a_mail_needs_is_never_swept(company: Company) -> None:
    mail = factories.OutgoingMailFactory(company=company)
    grow_old(mail.raw)
    assert files.sweep() == 0
    files.release([mail.raw])
    assert mail.raw.read()


def test_storing_again_begins_the_grace_anew(company: Company) -> None:
    row = files.store(company, b"again")
    grow_old(row)
    files.store(company, b"again")
    assert files.sweep() == 0


def test_a_file_that_storage_lost_is_written_again(company: Company) -> None:
    row = files.store(company, b"lost")
    default_storage.delete(row.path)
    with pytest.raises(FileNotFoundError):
        row.read()
    assert files.store(company, b"lost").read() == b"lost"


def test_a_company_keeps_its_copies_when_the_doors_go_and_is_told_of_one_that_is_lost(
    company: Company,
) -> None:
    at_door = files.store_many(None, [b"one", b"two"])
    copies = files.copy_many(company, at_door)
    files.release(at_door)
    assert [copy.read() for copy in copies] == [b"one", b"two"]
    assert not any(default_storage.exists(row.path) for row in at_door)
    lost = files.store(None, b"lost on the way")
    default_storage.delete(lost.path)
    with pytest.raises(FileNotFoundError):
        files.copy_many(company, [lost])
