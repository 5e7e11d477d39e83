"""Rows written past the ORM, which would take five times as long for a full house."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.utils import timezone


class Table:
    """Rows of one model that wait to be written together. Nobody else may write to it meanwhile."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self._fields = model._meta.concrete_fields
        self._usual: dict[str, Any] = {}
        self._made: dict[str, Callable[[], Any]] = {}  # of each row its own: random codes
        for field in self._fields:
            default = field.default
            if (
                field.has_default()
                and default not in (timezone.now, list, dict)
                and callable(default)
            ):
                self._made[field.attname] = default
            self._usual[field.attname] = None if field.primary_key else field.get_default()
        self._rows: list[dict[str, Any]] = []
        self._key = model._meta.pk.attname
        self._next = 1 + (model._default_manager.aggregate(newest=models.Max("pk"))["newest"] or 0)

    def add(self, **values: Any) -> int:
        """Keep a row of column values, the others being the model's defaults; return its key."""
        row = self._usual | values
        row[self._key] = key = self._next
        self._next += 1
        for name, make in self._made.items():
            row[name] = make()
        self._rows.append(row)
        return key

    def write(self) -> None:
        """Insert what waits."""
        quote = connection.ops.quote_name
        names = ", ".join(quote(field.attname) for field in self._fields)
        places = ", ".join(["%s"] * len(self._fields))
        table = quote(self.model._meta.db_table)
        for column, adapt in self._adapted():
            for row in self._rows:
                row[column] = adapt(row[column])
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 -- names of the model
                [tuple(row.values()) for row in self._rows],
            )
            for statement in connection.ops.sequence_reset_sql(no_style(), [self.model]):
                cursor.execute(statement)
        self._rows.clear()

    def _adapted(self) -> list[tuple[str, Callable[[Any], Any]]]:
        """The columns whose values the database wants in a form of its own."""
        ops = connection.ops
        moment = cache(ops.adapt_datetimefield_value)  # most stand in several columns
        forms: dict[type[models.Field[Any, Any]], Callable[[Any], Any]] = {
            models.DateTimeField: moment,
            models.DateField: ops.adapt_datefield_value,
            models.JSONField: lambda value: ops.adapt_json_value(value, None),
        }
        return [
            (field.attname, forms[type(field)]) for field in self._fields if type(field) in forms
        ]
