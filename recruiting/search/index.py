"""Keeping the search's rows: written with a change where one function makes it, else by a tick.

Messages and documents never change, so the tick looks behind the newest it knows; the nightly pass
looks at everything, also at what an import or the admin changed.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db.models import Exists, Max, OuterRef, QuerySet

from recruiting.models import (
    Candidate,
    CandidateAddress,
    Document,
    Message,
    Position,
    SearchEntry,
)
from recruiting.search import extract, phones
from recruiting.search.folding import fold

BATCH = 500
DOCUMENTS = 10  # of a tick: each may take a second
OVERLAP = 1000  # ids that a slower transaction may still bring behind the newest
MAX_WORDS = 120_000  # characters
SECONDS = 240.0  # of a nightly run
KEPT = 7 * 24 * 3600  # seconds for which is known where the last one ended
Kind = SearchEntry.Kind


def person(candidate: Candidate) -> None:
    """Write what a person is found by now."""
    _write(_known_person(candidate))


def new_person(candidate: Candidate, address: CandidateAddress) -> SearchEntry:
    """Return the row by which somebody is found who is inserted with it, so that nobody wrote it before."""
    return _person(candidate, [address])


def position(changed: Position) -> None:
    """Write what a position is found by now."""
    _write(_position(changed))


def due() -> int:
    """Index what is new, a batch of each kind; return how much. Harmless to run twice at once."""
    return sum(_new(kind, whole=False) for kind in SOURCES)


def refresh(*, seconds: float = SECONDS) -> bool:
    """Index everything that is missing, and people and positions that changed.

    Begins no batch after ``seconds``, and the next run goes on there; False when it has to.
    """
    until = time.monotonic() + seconds
    for kind in SOURCES:
        while _new(kind, whole=True):
            if time.monotonic() > until:
                return False
    return all(_rewrite_all(kind, until) for kind in (Kind.PERSON, Kind.POSITION))


def _rewrite_all(kind: str, until: float) -> bool:
    """Rewrite what changed, from where the last run ended; False when time was up before the end."""
    rows, entry, _size = SOURCES[kind]
    place = f"recruiting.index.{kind}"
    last = cache.get(place, 0)
    while batch := list(rows().filter(pk__gt=last).order_by("pk")[:BATCH]):
        if time.monotonic() > until:
            return False
        for row in batch:
            _rewrite(entry(row))
        last = batch[-1].pk
        cache.set(place, last, KEPT)
    cache.delete(place)
    return True


def _new(kind: str, *, whole: bool) -> int:
    rows, entry, size = SOURCES[kind]
    known = SearchEntry.objects.filter(kind=kind, **{kind_field(kind): OuterRef("pk")})
    found = rows().filter(~Exists(known)).order_by("pk")
    if not whole:
        newest = SearchEntry.objects.filter(kind=kind).aggregate(newest=Max(kind_field(kind)))
        found = found.filter(pk__gt=(newest["newest"] or 0) - OVERLAP)
    entries = [entry(row) for row in found[:size]]
    SearchEntry.objects.bulk_create(entries, ignore_conflicts=True)
    return len(entries)


def kind_field(kind: str) -> str:
    """The column that points to what a row of this kind is about."""
    return "candidate" if kind == Kind.PERSON else kind


def _write(entry: SearchEntry) -> None:
    field = kind_field(entry.kind)
    values = {
        name: getattr(entry, name) for name in ("company_id", "kind", "name", "words", "text", "at")
    }
    target = {f"{field}_id": getattr(entry, f"{field}_id")}
    SearchEntry.objects.update_or_create(**target, defaults=values)


def _rewrite(entry: SearchEntry) -> int:
    target = {f"{kind_field(entry.kind)}_id": getattr(entry, f"{kind_field(entry.kind)}_id")}
    stale = SearchEntry.objects.filter(**target).exclude(words=entry.words)
    return stale.update(name=entry.name, words=entry.words, text=entry.text)


def words(name: str, searched: str) -> str:
    """What an entry is found by: the folded words of its name and of all else."""
    return " ".join(fold(f"{name} {searched}"))[:MAX_WORDS]


def _entry(
    kind: str, company_id: int, name: str, searched: str, at: datetime, **fields: Any
) -> SearchEntry:
    return SearchEntry(
        kind=kind,
        company_id=company_id,
        name=name[:255],
        words=words(name, searched),
        at=at,
        **fields,
    )


def _person(candidate: Candidate, addresses: Iterable[CandidateAddress]) -> SearchEntry:
    known = [candidate.phone, candidate.location]
    text = " ".join([*(each.address for each in addresses), *filter(None, known)])
    return _entry(
        Kind.PERSON,
        candidate.company_id,
        candidate.name,
        f"{text} {phones.key(candidate.phone)}",
        candidate.created_at,
        candidate=candidate,
        text=text,
    )


def _known_person(candidate: Candidate) -> SearchEntry:
    return _person(candidate, candidate.addresses.all())


def _position(each: Position) -> SearchEntry:
    text = " ".join(filter(None, [str(each.number), each.office, each.department, each.keywords]))
    return _entry(
        Kind.POSITION, each.company_id, each.name, text, each.created_at, position=each, text=text
    )


def _message(message: Message) -> SearchEntry:
    people = " ".join([message.from_name, message.from_address])
    text = f"{people} {message.text}"
    return _entry(
        Kind.MESSAGE, message.company_id, message.subject, text, message.at, message=message
    )


def _document(document: Document) -> SearchEntry:
    text, problem = "", ""
    try:
        with default_storage.open(document.file.path, "rb") as stored:
            text = extract.text_of(stored.read(extract.MAX_FILE + 1), document.name)
    except (OSError, extract.Unreadable) as error:
        problem = str(error)[:100] or "unreadable"
    return _entry(
        Kind.DOCUMENT,
        document.candidate.company_id,
        document.name,
        text,
        document.created_at,
        document=document,
        text=text,
        problem=problem,
    )


def _people() -> QuerySet[Candidate]:
    return Candidate.objects.prefetch_related("addresses")


def _documents() -> QuerySet[Document]:
    return Document.objects.select_related("file", "candidate")


SOURCES: dict[str, tuple[Callable[[], QuerySet[Any]], Callable[[Any], SearchEntry], int]] = {
    Kind.PERSON: (_people, _known_person, BATCH),
    Kind.POSITION: (Position.objects.all, _position, BATCH),
    Kind.MESSAGE: (Message.objects.all, _message, BATCH),
    Kind.DOCUMENT: (_documents, _document, DOCUMENTS),
}
