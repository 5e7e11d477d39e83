"""Asking the index: what a member may see, newest first, with the line that explains the match."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from companies.models import Membership
from recruiting.models import Candidate, Document, Message, Position, SearchEntry
from recruiting.search import postgresql, sqlite
from recruiting.search.folding import excerpt, fold

MAX_WORDS = 8
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
    """One find: ``pieces`` is the text around the match as pairs of text and whether it matched."""

    entry: SearchEntry
    pieces: list[tuple[str, bool]]


def words(query: str) -> list[str]:
    """The words that are looked for, folded; at most ``MAX_WORDS``."""
    return fold(query)[:MAX_WORDS]


def find(member: Membership, query: str, kind: str) -> QuerySet[SearchEntry]:
    """Entries of one kind with every word of the query, that the member may see, newest first."""
    wanted = words(query)
    if not wanted:
        return SearchEntry.objects.none()
    return _visible(member, kind).filter(_index().matching(wanted))


def find_similar(member: Membership, query: str, kind: str) -> QuerySet[SearchEntry]:
    """The same for words that are spelt nearly so: for when there is nothing else."""
    wanted = words(query)
    if not wanted:
        return SearchEntry.objects.none()
    return _visible(member, kind).filter(_index().similar(wanted))


def explain(entries: list[SearchEntry], query: str) -> list[Hit]:
    """Add to each entry where in it the words stand."""
    wanted = words(query)
    return [Hit(entry, excerpt(_source(entry), wanted)) for entry in entries]


def _visible(member: Membership, kind: str) -> QuerySet[SearchEntry]:
    field, model = VISIBLE[kind]
    allowed = Q(**{f"{field}__in": model.objects.visible_to(member).values("pk")})
    return (
        SearchEntry.objects.filter(allowed, company_id=member.company_id, kind=kind)
        .select_related(*RELATED[kind])
        .defer("words")
        .order_by("-at", "-pk")
    )


def _index() -> Any:
    return postgresql if connection.vendor == "postgresql" else sqlite


def _source(entry: SearchEntry) -> str:
    return entry.message.text if entry.message else entry.text
