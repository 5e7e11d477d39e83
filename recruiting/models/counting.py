"""Parts of a query about something else: counts, and the rows of several slices; so a page asks once."""

from collections.abc import Iterable
from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery


class _Number(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def counted(rows: QuerySet[Any]) -> Subquery:
    """How many rows there are, as a part of a query about something else."""
    return _Number(rows.order_by().values("pk"))


def newest(slices: Iterable[QuerySet[Any]]) -> QuerySet[Any]:
    """The keys of all rows of some slices of one model, for use in another query.

    A union, because "in this slice or in that" makes PostgreSQL look at every row of the table; each slice
    in a query of its own, because SQLite takes no limits inside a union.
    """
    parts = [
        rows.model._default_manager.filter(pk__in=rows.values("pk")).order_by().values("pk")
        for rows in slices
    ]
    first, *others = parts
    found: QuerySet[Any] = first.union(*others, all=True) if others else first
    return found
