"""Counts that ride along in another query, so that a page with many of them asks once."""

from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce


def counted(rows: QuerySet[Any]) -> Coalesce:
    """How many rows there are, as a part of a query about something else."""
    all_of_them = rows.order_by().annotate(counted_as=Value(1)).values("counted_as")
    number = all_of_them.annotate(number=Count("pk", distinct=True)).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)
