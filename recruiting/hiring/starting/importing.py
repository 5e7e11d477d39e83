"""Importing candidates from a table: guessing its columns, bringing the rows in, taking them back."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies import audit, files
from companies.models import Membership
from recruiting.hiring.applications import applying, untouched
from recruiting.hiring.starting import tables
from recruiting.models import (
    Application,
    CandidateImport,
    ImportedRow,
    Position,
    Source,
)
from recruiting.models.applications import Door
from recruiting.models.counting import counted
from recruiting.people import addresses

FIELDS = {
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "full_name": gettext_lazy("Full name"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "location": gettext_lazy("Location"),
    "birthday": gettext_lazy("Birthday"),
    "source": gettext_lazy("Source"),
    "tags": gettext_lazy("Tags"),
    "applied_at": gettext_lazy("Applied"),
    "available_from": gettext_lazy("Available from"),
    "salary_expectations": gettext_lazy("Salary expectations"),
    "message": gettext_lazy("Message"),
}
# What exports of Personio and others call their columns, in English and German, letters only.
KNOWN = {
    "first_name": "firstname givenname vorname",
    "last_name": "lastname surname familyname nachname familienname",
    "full_name": "name fullname candidate candidatename kandidat bewerber applicant",
    "email": "email emailaddress mail emailadresse",
    "phone": "phone phonenumber telephone telefon telefonnummer mobile mobil",
    "location": "location city ort stadt wohnort",
    "birthday": "birthday birthdate dateofbirth geburtstag geburtsdatum",
    "source": "source channel recruitingchannel kanal quelle",
    "tags": "tags tag schlagworte",
    "applied_at": "applied appliedon appliedat applicationdate dateofapplication bewerbungsdatum beworbenam",
    "available_from": "availablefrom available verfügbarab verfügbarkeit",
    "salary_expectations": "salaryexpectations salary gehaltsvorstellung gehaltswunsch",
    "message": "message coverletter nachricht anschreiben",
}
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S")
BATCH = 500  # rows of a tick
EXCEL = date(1899, 12, 30)  # from where Excel counts days


LOST = (OSError, tables.Unreadable)


class BadRow(Exception):
    """The row cannot become an application; the text says why."""


def begin(position: Position, content: bytes, name: str, *, by: Membership) -> CandidateImport:
    """Keep the file and guess its columns; nobody is imported yet. Raises ``tables.Unreadable``."""
    heads, rows = tables.read(content)
    made = CandidateImport.objects.create(
        company=position.company,
        position=position,
        file=files.store(position.company, content),
        name=name[:255],
        by=by,
        mapping=guess(heads),
        total=len(rows),
    )
    audit.record(position.company, "import.created", made, by=by)
    return made


def guess(heads: Sequence[str]) -> dict[str, int]:
    """Return which column seems to hold which field; each column and each field once."""
    found: dict[str, int] = {}
    for number, head in enumerate(heads):
        letters = re.sub(r"[\W\d_]", "", head.casefold())
        for field, names in KNOWN.items():
            if letters in names.split() and field not in found:
                found[field] = number
                break
    return found


def content(source: CandidateImport) -> tuple[list[str], list[list[str]]]:
    """The heads and rows of the kept file."""
    with default_storage.open(source.file.path, "rb") as stored:
        return tables.read(stored.read())


def give_up(source: CandidateImport) -> None:
    """Note that the file of an import that is not done cannot be read any more."""
    open_states = [CandidateImport.State.NEW, CandidateImport.State.QUEUED]
    unfinished = CandidateImport.objects.filter(pk=source.pk, state__in=open_states)
    if unfinished.update(state=CandidateImport.State.FAILED):
        audit.record(source.company, "import.failed", source, by=None)
    source.refresh_from_db(fields=["state"])


def start(source: CandidateImport, mapping: Mapping[str, int], *, by: Membership) -> bool:
    """Queue a checked import; return False when it was queued before."""
    changed = CandidateImport.objects.filter(pk=source.pk, state=CandidateImport.State.NEW).update(
        mapping=dict(mapping), state=CandidateImport.State.QUEUED
    )
    if changed:
        audit.record(source.company, "import.started", source, by=by)
    return bool(changed)


def due() -> int:
    """Bring in the next rows of the import that has the fewest yet, so that a long one holds up no short one.

    Return how many. An import whose file is lost is given up, so that it holds up no other.
    """
    source = (
        CandidateImport.objects.filter(state=CandidateImport.State.QUEUED)
        .select_related("position__company", "file", "by")
        .alias(brought=counted(ImportedRow.objects.filter(source=OuterRef("pk"))))
        .order_by("brought", "pk")
        .first()
    )
    if source is None:
        return 0
    try:
        _heads, rows = content(source)
    except LOST:
        give_up(source)
        return due()
    done = set(source.rows.values_list("number", flat=True))
    waiting = [number for number in range(len(rows)) if number not in done]
    sources = {each.name.casefold(): each for each in Source.objects.filter(company=source.company)}
    for number in waiting[:BATCH]:
        _bring(source, number, rows[number], sources)
    if len(waiting) <= BATCH:
        CandidateImport.objects.filter(pk=source.pk, state=CandidateImport.State.QUEUED).update(
            state=CandidateImport.State.DONE
        )
    return len(waiting[:BATCH])


def _bring(
    source: CandidateImport, number: int, row: Sequence[str], sources: Mapping[str, Source]
) -> None:
    """One row in one transaction with the note of it, so that a crash repeats none."""
    error = ""
    application = None
    running = CandidateImport.objects.filter(pk=source.pk, state=CandidateImport.State.QUEUED)
    with transaction.atomic():
        if running.select_for_update().first() is None:  # taken back in the meantime
            return
        line, is_new = ImportedRow.objects.get_or_create(source=source, number=number)
        if not is_new:
            return
        try:
            applicant = read(row, source.mapping, sources)
            application = applying.apply(
                source.position, applicant, door=Door.RECRUITER, by=source.by
            )
        except BadRow as bad:
            error = str(bad)
        except applying.AlreadyApplied:
            error = _("Applied for this position already.")
        line.application, line.error = application, error[:200]
        line.save(update_fields=["application", "error"])


def read(
    row: Sequence[str], mapping: Mapping[str, int], sources: Mapping[str, Source]
) -> applying.Applicant:
    """Turn a row into an applicant; raises ``BadRow``."""
    cell = {field: row[column] for field, column in mapping.items() if column < len(row)}
    first, last = cell.get("first_name", ""), cell.get("last_name", "")
    if not last and cell.get("full_name"):
        first, _space, last = cell["full_name"].rpartition(" ")
    email = cell.get("email", "")
    if not last and not first:
        raise BadRow(_("No name."))
    if not addresses.is_valid(email):
        raise BadRow(_("No valid e-mail address."))
    source = sources.get(cell.get("source", "").casefold())
    return applying.Applicant(
        email=email,
        first_name=first[:255],
        last_name=last[:255],
        phone=cell.get("phone", "")[:255],
        location=cell.get("location", "")[:255],
        available_from=cell.get("available_from", "")[:100],
        salary_expectations=cell.get("salary_expectations", "")[:255],
        message=cell.get("message", ""),
        source=source,
        tags=[tag.strip() for tag in re.split("[,;]", cell.get("tags", "")) if tag.strip()],
        birthday=_day(cell["birthday"]) if cell.get("birthday") else None,
        applied_at=_applied(cell["applied_at"]) if cell.get("applied_at") else None,
        extra={"source": cell["source"]} if cell.get("source") and not source else {},
    )


def _applied(text: str) -> datetime:
    aware = timezone.make_aware(datetime.combine(_day(text), time(12)))
    if aware > timezone.now() + timedelta(days=1):
        raise BadRow(_("Applied in the future: %(date)s") % {"date": text[:30]})
    return aware


def _day(text: str) -> date:
    """A day as people and spreadsheets write it, a bare number of days too."""
    if text.isascii() and text.isdecimal() and len(text) == 5:
        return EXCEL + timedelta(days=int(text))
    for form in DATES:
        try:
            return datetime.strptime(text[:19], form).date()  # noqa: DTZ007 -- only its day is kept
        except ValueError:
            continue
    raise BadRow(_("No date we can read: %(date)s") % {"date": text[:30]})


def undo(source: CandidateImport, *, by: Membership) -> tuple[int, int]:
    """Take an import back; return how many applications were deleted and how many stay.

    Stays what people have worked on since (``untouched``).
    """
    with transaction.atomic():
        source = CandidateImport.objects.select_for_update().get(pk=source.pk)
        made = Application.objects.filter(
            pk__in=source.rows.exclude(application=None).values("application")
        )
        count = made.count()
        deleted = untouched.take_back(made)
        source.state = CandidateImport.State.UNDONE
        source.save(update_fields=["state"])
        audit.record(source.company, "import.undone", source, by=by, deleted=deleted)
    return deleted, count - deleted
