"""Asking the index: what a member may see, newest first, with the line that explains the match."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from companies.models import Membership, Role
from recruiting.models import Application, Candidate, Document, Message, Position, SearchEntry
from recruiting.search import phones, postgresql, sqlite
from recruiting.search.folding import excerpt, fold
from recruiting.search.narrowing import Narrowing

MAX_WORDS = 8
MOST = 2000  # of the newest that match are listed, or a word of every CV would take seconds
EVERYBODY = Narrowing()
Kind = SearchEntry.Kind
VISIBLE: dict[str, tuple[str, Any]] = {
    Kind.PERSON: ("candidate", Candidate),
    Kind.POSITION: ("position", Position),
    Kind.MESSAGE: ("message", Message),
    Kind.DOCUMENT: ("document", Document),
}
RELATED: dict[str, list[str]] = {
    Kind.PERSON: ["candidate"],
    Kind.POSITION: ["position"],
    Kind.MESSAGE: ["message__candidate"],
    Kind.DOCUMENT: ["document__candidate"],
}


@dataclass(frozen=True)
class Hit:
    """One find: ``pieces`` is the text around the match as pairs of text and whether it matched.

    ``application`` is the newest of a person's that fits what the search was narrowed to.
    """

    entry: SearchEntry
    pieces: list[tuple[str, bool]]
    application: Application | None = None


def words(query: str) -> list[str]:
    """The words that are looked for, folded; at most ``MAX_WORDS``."""
    return fold(query)[:MAX_WORDS]


def find(
    member: Membership, query: str, kind: str, narrowing: Narrowing = EVERYBODY
) -> QuerySet[SearchEntry]:
    """Entries of one kind with every word of the query, that the member may see, newest first.

    Without words a narrowing alone finds people. A telephone number is found in every spelling.
    """
    wanted = words(query)
    if not wanted and not (narrowing and kind == Kind.PERSON):
        return SearchEntry.objects.none()
    found = _visible(member, kind).filter(narrowing.entries(member, kind))
    if not wanted:
        return found
    is_bounded = not narrowing and not _is_limited(member)
    return found.filter(_index().matching(kind, _ways(query), MOST if is_bounded else None))


def people(companies: Iterable[int], query: str) -> QuerySet[Any, Any]:
    """The ids of people with every word of the query, whoever asks: for use in another query."""
    found = SearchEntry.objects.filter(
        _index().matching(Kind.PERSON, _ways(query)), kind=Kind.PERSON
    )
    return found.filter(company__in=list(companies)).values("candidate")


def find_either(member: Membership, queries: Iterable[str], kind: str) -> QuerySet[SearchEntry]:
    """The same for entries with every word of one of the queries."""
    ways = [way for query in queries for way in _ways(query)]
    if not ways:
        return SearchEntry.objects.none()
    return _visible(member, kind).filter(_index().matching(kind, ways, MOST))


def find_similar(
    member: Membership, query: str, kinds: Iterable[str], narrowing: Narrowing = EVERYBODY
) -> dict[str, QuerySet[SearchEntry]]:
    """Entries of each kind with words that are spelt nearly so: for when there is nothing else."""
    wanted = words(query)
    if not wanted:
        return {}
    near = _index().similar(wanted)
    return {
        kind: _visible(member, kind).filter(narrowing.entries(member, kind)).filter(near)
        for kind in kinds
    }


def called(names: Sequence[list[str]]) -> QuerySet[Any, Any]:
    """Ids of people, in whatever company, that are found by all (folded) words of one of the names, each whole.

    The index is asked alone: with a company beside it a database reads all the company's people.
    """
    return (
        SearchEntry.objects.filter(
            _index().matching(Kind.PERSON, names, whole=True), candidate__isnull=False
        )
        .order_by()
        .values_list("candidate_id")
    )


def explain(
    entries: list[SearchEntry],
    query: str,
    member: Membership,
    narrowing: Narrowing = EVERYBODY,
    *,
    near: bool = False,
) -> list[Hit]:
    """Add to each entry where in it the words stand (or words ``near`` them), and which application fits."""
    wanted = words(query)
    fitting = _fitting(entries, member, narrowing) if narrowing else {}
    hits = []
    for entry in entries:
        source = _source(entry)
        if near:
            source = f"{entry.name} {source}"
            shown = [word for each in wanted for word in get_close_matches(each, fold(source), 3)]
            pieces = excerpt(source, shown)
        else:
            pieces = excerpt(source, wanted) or _called(entry, query)
        hits.append(Hit(entry, pieces, fitting.get(entry.candidate_id or 0)))
    return hits


def _fitting(
    entries: list[SearchEntry], member: Membership, narrowing: Narrowing
) -> dict[int, Application]:
    """The newest fitting application of each person, in one query."""
    people = [entry.candidate_id for entry in entries if entry.candidate_id]
    found = narrowing.applications(member).filter(candidate__in=people)
    rows = found.select_related("position", "stage").order_by("applied_at", "pk")
    return {row.candidate_id: row for row in rows}


def _ways(query: str) -> list[list[str]]:
    """The words of a query; of a telephone number also those of its other spellings."""
    ways = [words(query), [phones.key(query)] if phones.is_number(query) else []]
    return [way for way in ways if way]


def _is_limited(member: Membership) -> bool:
    """Whether the member sees only a part of what matches, which no bound may cut off."""
    return bool(member.subcompany_id) or member.role == Role.HIRING_MANAGER


def _visible(member: Membership, kind: str) -> QuerySet[SearchEntry]:
    """Entries of a kind that the member may see, newest first."""
    found = SearchEntry.objects.filter(company_id=member.company_id, kind=kind)
    is_private = kind == Kind.MESSAGE and not member.can.sort_messages
    if _is_limited(member) or is_private:  # others see all: no need to list a hundred thousand ids
        field, model = VISIBLE[kind]
        found = found.filter(**{f"{field}__in": model.objects.visible_to(member).values("pk")})
    return found.select_related(*RELATED[kind]).defer("words").order_by("-at", "-pk")


def _index() -> Any:
    return postgresql if connection.vendor == "postgresql" else sqlite


def _called(entry: SearchEntry, query: str) -> list[tuple[str, bool]]:
    """The person's number, where it is what was asked for in another spelling."""
    person = entry.candidate
    return [(person.phone, True)] if person and phones.is_number(query) else []


def _source(entry: SearchEntry) -> str:
    return entry.message.text if entry.message else entry.text
