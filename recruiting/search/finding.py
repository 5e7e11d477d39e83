"""Asking the index: what a member may see, newest first, with the line that explains the match."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

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
    member: Membership,
    query: str,
    kind: str,
    narrowing: Narrowing = EVERYBODY,
    most: int = MOST,
) -> QuerySet[SearchEntry]:
    """Entries of one kind with every word of the query, that the member may see, newest first.

    Without words a narrowing alone finds people. A telephone number is found in every spelling. ``most``
    are listed, or more.
    """
    entries, wanted = _visible(member, kind), words(query)
    among = narrowing.targets(member, kind)
    if not wanted and (among is None or kind != Kind.PERSON):
        return SearchEntry.objects.none()
    if _is_limited(
        member, kind
    ):  # else what is listed would be bounded before what they see is chosen
        seen = VISIBLE[kind][1].objects.visible_to(member).order_by().values("pk")
        among = seen if among is None else seen.filter(pk__in=among)
    try:
        if not wanted and among is not None:
            return entries.filter(_index().about(among, most))
        return entries.filter(_index().matching(kind, _ways(query), most, among=among))
    except EmptyResultSet:  # there can be none such
        return SearchEntry.objects.none()


def people(company: int, query: str) -> tuple[QuerySet[Any, Any], str]:
    """Ids of the company's people for use in another query, and how they were found.

    First those with every word of the query as the beginning of one of theirs; if there are none, those who
    have each ``inside`` a word; if there are none either, those with words that are spelt nearly so (``near``).
    """
    mine = SearchEntry.objects.filter(company=company, kind=Kind.PERSON)
    found = mine.filter(_index().matching(Kind.PERSON, _ways(query)))
    if found.exists():
        return found.values("candidate"), ""
    found = mine.filter(_index().inside(Kind.PERSON, words(query)))
    if found.exists():
        return found.values("candidate"), "inside"
    return mine.filter(_index().similar(words(query))).values("candidate"), "near"


def called_like(company: int, query: str) -> QuerySet[Any, Any]:
    """Ids of the company's people that have each word of the query inside one of theirs."""
    mine = SearchEntry.objects.filter(company=company, kind=Kind.PERSON)
    ways = [_index().inside(Kind.PERSON, way) for way in _ways(query)]
    return mine.filter(reduce(or_, ways)).values("candidate")


def find_either(member: Membership, queries: Iterable[str], kind: str) -> QuerySet[SearchEntry]:
    """The same for entries with every word of one of the queries."""
    ways = [way for query in queries for way in _ways(query)]
    if not ways:
        return SearchEntry.objects.none()
    return _visible(member, kind).filter(_index().matching(kind, ways, MOST))


def find_similar(
    member: Membership, query: str, narrowing: Narrowing = EVERYBODY
) -> Iterator[tuple[str, str, QuerySet[SearchEntry]]]:
    """For when nothing begins with the words: people and positions that have them ``inside`` theirs, then
    those with words that are spelt nearly so (``near``). Each is a kind, how, and its entries."""
    wanted = words(query)
    if not wanted:
        return
    for how in ("inside", "near"):
        near = None if how == "inside" else _index().similar(wanted)
        for kind in (Kind.PERSON, Kind.POSITION):
            among = narrowing.targets(member, kind)
            fits = Q() if among is None else Q(**{f"{VISIBLE[kind][0]}__in": among})
            entries = _visible(member, kind).filter(near or _index().inside(kind, wanted), fits)
            yield kind, how, entries


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
    how: str = "",
) -> list[Hit]:
    """Add to each entry where in it the words stand (``inside`` or ``near`` them), and which application fits."""
    fitting = _fitting(entries, member, narrowing) if narrowing else {}
    hits = []
    for entry in entries:
        source = f"{entry.name} {_source(entry)}" if how else _source(entry)
        pieces = _called(entry.candidate, query) or where(source, query, how)
        hits.append(Hit(entry, pieces, fitting.get(entry.candidate_id or 0)))
    return hits


def explain_people(people: Iterable[Candidate], query: str, how: str) -> dict[int, Any]:
    """By person where the words stand, of those in whose name and first address (shown anyway) they do not."""
    found = {}
    for person in people:
        known = [each.address for each in person.addresses.all()]
        if not where(" ".join([person.name, *known[:1]]), query, how):
            rest = " ".join([*known[1:], person.phone, person.location])
            found[person.pk] = _called(person, query) or where(rest, query, how)
    return found


def where(source: str, query: str, how: str = "") -> list[tuple[str, bool]]:
    """The text around the first word that begins as one of the query, has it ``inside``, or is ``near`` it."""
    wanted, theirs = words(query), fold(source) if how else []
    if how == "inside":
        wanted = [word for word in theirs if any(each in word for each in wanted)]
    elif how == "near":
        wanted = [word for each in wanted for word in get_close_matches(each, theirs, 3)]
    return excerpt(source, wanted)


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


def _is_limited(member: Membership, kind: str) -> bool:
    """Whether the member sees only a part of the entries, so that the ids of those they see are listed."""
    is_private = kind == Kind.MESSAGE and not member.can.sort_messages
    return bool(member.subcompany_id) or member.role == Role.HIRING_MANAGER or is_private


def _visible(member: Membership, kind: str) -> QuerySet[SearchEntry]:
    """Entries of a kind that the member may see, newest first."""
    found = SearchEntry.objects.filter(company_id=member.company_id, kind=kind)
    if _is_limited(member, kind):  # others see all: no need to list a hundred thousand ids
        field, model = VISIBLE[kind]
        found = found.filter(**{f"{field}__in": model.objects.visible_to(member).values("pk")})
    return found.select_related(*RELATED[kind]).defer("words").order_by("-at", "-pk")


def _index() -> Any:
    return postgresql if connection.vendor == "postgresql" else sqlite


def _called(person: Candidate | None, query: str) -> list[tuple[str, bool]]:
    """The person's number, where it is what was asked for in another spelling."""
    if (
        person
        and phones.is_number(query)
        and phones.key(person.phone).startswith(phones.key(query))
    ):
        return [(person.phone, True)]
    return []


def _source(entry: SearchEntry) -> str:
    return entry.message.text if entry.message else entry.text
