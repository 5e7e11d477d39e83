"""The index of PostgreSQL: tsvector over the words, trigrams over the names."""

from collections.abc import Sequence
from functools import reduce
from operator import and_

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

NEAR = 0.4  # word similarity of which a name is what was meant


def matching(
    kind: str, ways: Sequence[list[str]], newest: int | None = None, *, whole: bool = False
) -> Q:
    """Entries of a kind that hold, for each word of one of the ways, one that begins so, or is just so.

    The index answers first, whatever else is asked (OFFSET 0): looking from the newest on would read every
    entry for a word that nobody wrote. Each kind has an index of its own. ``newest`` bounds how many of
    them are looked at further.
    """
    end = "" if whole else ":*"
    asked = " | ".join(" & ".join(f"{word}{end}" for word in words) for words in ways)
    sql = (
        "SELECT id FROM (SELECT id, at FROM recruiting_searchentry WHERE kind = %s"
        " AND to_tsvector('simple', words) @@ to_tsquery('simple', %s) OFFSET 0) found"
    )
    params: list[object] = [kind, asked]
    if newest:
        sql += " ORDER BY at DESC, id DESC LIMIT %s"
        params.append(newest)
    return Q(pk__in=RawSQL(sql, params))  # noqa: S611 -- the words are parameters


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
    return reduce(and_, (Q(pk__in=RawSQL(sql, [word])) for word in words))  # noqa: S611 -- the words are parameters
