"""Proof that what one function keeps true is true in the whole database."""

from collections.abc import Callable, Iterator

from django.core.files.storage import default_storage
from django.db.models import F, Q

from companies.models import StoredFile
from recruiting.choices import CLOSED_STAGES
from recruiting.models import (
    Application,
    AttributeValue,
    CandidateAddress,
    Document,
    Message,
    Position,
)


def violations() -> Iterator[str]:
    """Yield one sentence for each broken rule and row; reads only, and streams so that it can be large."""
    for rule in RULES:
        yield from rule()


def _applications_of_strangers() -> Iterator[str]:
    rows = Application.objects.exclude(candidate__company=F("position__company"))
    for pk in rows.values_list("pk", flat=True).iterator():
        yield f"application {pk}: its candidate belongs to another company than its position"


def _stages_of_other_pipelines() -> Iterator[str]:
    rows = Application.objects.exclude(stage__pipeline=F("position__pipeline"))
    for pk in rows.values_list("pk", flat=True).iterator():
        yield f"application {pk}: its stage is not in its position's pipeline"


def _wrongly_decided() -> Iterator[str]:
    is_closed = Q(stage__kind__in=CLOSED_STAGES)
    rows = Application.objects.filter(
        (is_closed & Q(closed_at=None)) | (~is_closed & Q(closed_at__isnull=False))
    )
    for pk in rows.values_list("pk", flat=True).iterator():
        yield f"application {pk}: decided or open, but not as its stage says"


def _positions_of_strangers() -> Iterator[str]:
    rows = Position.objects.filter(
        ~Q(pipeline__company=F("company"))
        | (Q(subcompany__isnull=False) & ~Q(subcompany__company=F("company")))
    )
    for pk in rows.values_list("pk", flat=True).iterator():
        yield f"position {pk}: its pipeline or subcompany belongs to another company"


def _documents_of_others() -> Iterator[str]:
    rows = Document.objects.filter(
        ~Q(application__candidate=F("candidate")) | ~Q(file__company=F("candidate__company"))
    )
    for pk in rows.values_list("pk", flat=True).iterator():
        yield f"document {pk}: its application is another candidate's or its file another company's"


def _messages_of_strangers() -> Iterator[str]:
    strange = (
        (Q(candidate__isnull=False) & ~Q(candidate__company=F("company")))
        | (Q(application__isnull=False) & ~Q(application__candidate=F("candidate")))
        | (Q(delivery__isnull=False) & ~Q(delivery__company=F("company")))
        | (Q(outgoing__isnull=False) & ~Q(outgoing__company=F("company")))
    )
    for pk in Message.objects.filter(strange).values_list("pk", flat=True).iterator():
        yield f"message {pk}: it belongs to another company or candidate than what it points to"


def _addresses_and_values_of_strangers() -> Iterator[str]:
    addresses = CandidateAddress.objects.exclude(candidate__company=F("company"))
    for pk in addresses.values_list("pk", flat=True).iterator():
        yield f"candidate address {pk}: it names another company than its candidate"
    values = AttributeValue.objects.exclude(attribute__company=F("application__position__company"))
    for pk in values.values_list("pk", flat=True).iterator():
        yield f"attribute value {pk}: its attribute belongs to another company"


def _lost_files() -> Iterator[str]:
    for row in StoredFile.objects.order_by("pk").iterator():
        if not default_storage.exists(row.path):
            yield f"stored file {row.pk}: storage has lost it"
        elif default_storage.size(row.path) != row.size:
            yield f"stored file {row.pk}: its size in storage is another"


RULES: tuple[Callable[[], Iterator[str]], ...] = (
    _applications_of_strangers,
    _stages_of_other_pipelines,
    _wrongly_decided,
    _positions_of_strangers,
    _documents_of_others,
    _messages_of_strangers,
    _addresses_and_values_of_strangers,
    _lost_files,
)
