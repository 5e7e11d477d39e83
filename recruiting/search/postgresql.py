"""The index of PostgreSQL: tsvector over the words, trigrams over the names."""

from functools import reduce
from operator import and_

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

NEAR = 0.4  # word similarity of which a name is what was meant


def matching(*ways: list[str]) -> Q:
    """Entries that hold, for each word of one of the ways, one that begins so."""
    asked = " | ".join(" & ".join(f"{word}:*" for word in words) for words in ways)
    sql = (
        "SELECT id FROM recruiting_searchentry"
        " WHERE to_tsvector('simple', words) @@ to_tsquery('simple', %s)"
    )
    return Q(pk__in=RawSQL(sql, [asked]))  # noqa: S611 -- the words are parameters


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
