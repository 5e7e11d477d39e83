"""The index of PostgreSQL: tsvector over the words, trigrams over the names."""

from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

SHORTEST = 3  # letters of a word that is looked for inside others
NEAR = 0.4  # word similarity of which a name is what was meant


def matching(
    kind: str,
    ways: Sequence[list[str]],
    newest: int | None = None,
    *,
    whole: bool = False,
    among: QuerySet[Any, Any] | None = None,
) -> Q:
    """Entries of a kind that hold, for each word of one of the ways, one that begins so, or is just so.

    The index answers first and once, whatever else is asked (MATERIALIZED): looking from the newest on would
    read every entry for a word that nobody wrote, and a filter beside it would ask for each of its rows.
    Each kind has an index of its own. ``among`` are ids of what the entries may be about; ``newest`` bounds
    how many of them are looked at further.
    """
    end = "" if whole else ":*"
    asked = " | ".join(" & ".join(f"{word}{end}" for word in words) for words in ways)
    target = "candidate" if kind == "person" else kind
    sql = (
        f"WITH found AS MATERIALIZED (SELECT id, at, {target}_id AS target"  # noqa: S608 -- a kind
        " FROM recruiting_searchentry WHERE kind = %s"
        " AND to_tsvector('simple', words) @@ to_tsquery('simple', %s))"
    )
    params: list[object] = [kind, asked]
    if among is None:
        sql += " SELECT id FROM found"
    else:
        inside, values = among.query.sql_with_params()
        sql += (
            f", among (target) AS MATERIALIZED ({inside})"  # noqa: S608 -- what Django made
            " SELECT id FROM found WHERE target IN (SELECT target FROM among)"
        )
        params += values
    if newest:
        sql += " ORDER BY at DESC, id DESC LIMIT %s"
        params.append(newest)
    return Q(pk__in=RawSQL(sql, params))  # noqa: S611 -- the words are parameters


def about(people: QuerySet[Any, Any], newest: int) -> Q:
    """Entries of the newest of these people. They are looked up first: few or none may fit."""
    inside, values = people.query.sql_with_params()
    sql = (
        f"WITH people (id) AS MATERIALIZED ({inside})"  # noqa: S608 -- what Django made
        " SELECT id FROM recruiting_searchentry WHERE candidate_id IN (SELECT id FROM people)"
        " ORDER BY at DESC, id DESC LIMIT %s"
    )
    return Q(pk__in=RawSQL(sql, [*values, newest]))  # noqa: S611 -- as above


def inside(kind: str, words: Sequence[str]) -> Q:
    """People or positions that hold each word, wherever it stands in one of theirs; a short one begins it."""
    sql = "SELECT id FROM recruiting_searchentry WHERE kind = %s"
    params: list[object] = [kind]
    for word in words:
        if len(word) < SHORTEST:  # fewer letters make no trigram
            sql += " AND to_tsvector('simple', words) @@ to_tsquery('simple', %s)"
            params.append(f"{word}:*")
        else:
            sql += " AND words LIKE %s"
            params.append(f"%{word}%")
    return Q(pk__in=RawSQL(_once(sql), params))  # noqa: S611 -- the words are parameters


def similar(words: list[str]) -> Q:
    """Entries that hold, for each word, one whose trigrams are nearly the same, in a short text."""
    with connection.cursor() as cursor:  # the operator, which alone uses the index, reads it there
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)", [str(NEAR)]
        )
    sql = (
        "SELECT id FROM recruiting_searchentry"
        " WHERE kind IN ('person', 'position') AND %s <%% words"
    )
    once = _once(sql)
    return reduce(and_, (Q(pk__in=RawSQL(once, [word])) for word in words))  # noqa: S611 -- the words are parameters


def _once(sql: str) -> str:
    """Answered by its index before all else, and not asked again for each of the newest entries."""
    return f"WITH found AS MATERIALIZED ({sql}) SELECT id FROM found"  # noqa: S608 -- ours
