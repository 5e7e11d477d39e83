"""The index of SQLite: FTS5 over the words, and its vocabulary for words nobody spelt that way."""

import difflib
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from recruiting.models import SearchEntry

SHORTEST = 3  # letters of a word that is looked for inside others
CANDIDATES = 5000  # words of the vocabulary one misspelt word is compared with


def matching(
    kind: str,
    ways: Sequence[list[str]],
    newest: int | None = None,
    *,
    whole: bool = False,
    among: QuerySet[Any, Any] | None = None,
) -> Q:
    """Entries of a kind that hold, for each word of one of the ways, one that begins so, or is just so.

    ``among`` are ids of what the entries may be about; ``newest`` bounds how many of them are looked at further.
    """
    end = "" if whole else "*"
    asked = " OR ".join(" AND ".join(f'"{word}"{end}' for word in words) for words in ways)
    sql = "SELECT rowid FROM recruiting_search_fts WHERE recruiting_search_fts MATCH %s"
    params: list[object] = [asked]
    if newest:
        sql = f"SELECT id FROM recruiting_searchentry WHERE id IN ({sql}) AND kind = %s"  # noqa: S608 -- a constant
        params.append(kind)
        if among is not None:
            inside, values = among.query.sql_with_params()
            target = "candidate" if kind == "person" else kind
            sql += f" AND {target}_id IN ({inside})"
            params += values
        sql += " ORDER BY at DESC, id DESC LIMIT %s"
        params.append(newest)
    return Q(pk__in=RawSQL(sql, params))  # noqa: S611 -- the words are parameters


def about(people: QuerySet[Any, Any], newest: int) -> Q:
    """Entries of the newest of these people."""
    found = SearchEntry.objects.filter(candidate__in=people).order_by("-at", "-pk")
    return Q(pk__in=found.values("pk")[:newest])


def inside(kind: str, words: Sequence[str]) -> Q:
    """People or positions that hold each word, wherever it stands in one of theirs; a short one begins it."""
    sql = "SELECT id FROM recruiting_searchentry WHERE kind = %s"
    params: list[object] = [kind]
    for word in words:
        begun = f"{word}%"
        sql += " AND (words LIKE %s OR words LIKE %s)"
        params += [begun, f"% {begun}"] if len(word) < SHORTEST else [begun, f"%{begun}"]
    return Q(pk__in=RawSQL(sql, params))  # noqa: S611 -- the words are parameters


def similar(words: list[str]) -> Q:
    """Entries that hold, for each word, one that is spelt nearly so."""
    asked = " AND ".join(
        "(" + " OR ".join(f'"{near}"' for near in _near(word)) + ")" for word in words
    )
    sql = "SELECT rowid FROM recruiting_search_fts WHERE recruiting_search_fts MATCH %s"
    return Q(pk__in=RawSQL(sql, [asked]))  # noqa: S611 -- the words are parameters


def _near(word: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT term FROM recruiting_search_vocabulary WHERE term >= %s AND term < %s"
            " AND length(term) BETWEEN %s AND %s LIMIT %s",
            [word[0], chr(ord(word[0]) + 1), len(word) - 2, len(word) + 2, CANDIDATES],
        )
        terms = [row[0] for row in cursor.fetchall()]
    return difflib.get_close_matches(word, terms, n=8, cutoff=0.75) or [word]
