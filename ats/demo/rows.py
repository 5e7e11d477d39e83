"""Rows written past the ORM, which would take five times as long for a full house."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.utils import timezone

_ESCAPED = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


class Table:
    """Rows of one model that wait to be written together. Nobody else may write to it meanwhile."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        fields = model._meta.concrete_fields
        self._names = [field.attname for field in fields]
        self._places = {name: place for place, name in enumerate(self._names)}
        self._key = self._places[model._meta.pk.attname]
        self._made: list[tuple[int, Callable[[], Any]]] = []  # of each row its own: random codes
        usual: list[Any] = []
        for place, field in enumerate(fields):
            default = field.default
            is_shared = not callable(default) or default in (timezone.now, list, dict)
            if field.has_default() and not is_shared:
                self._made.append((place, default))
            usual.append(None if field.primary_key else field.get_default())
        self._adapted = _adapted(fields)
        for place, adapt in self._adapted:
            usual[place] = adapt(usual[place])
        self._usual = usual
        self._rows: list[list[Any]] = []
        self._next = 1 + (model._default_manager.aggregate(newest=models.Max("pk"))["newest"] or 0)

    def add(self, **values: Any) -> int:
        """Keep a row of column values, the others being the model's defaults; return its key."""
        row = self._usual.copy()
        row[self._key] = key = self._next
        self._next += 1
        for name, value in values.items():
            row[self._places[name]] = value
        for place, make in self._made:
            row[place] = make()
        self._rows.append(row)
        return key

    def write(self) -> None:
        """Insert what waits."""
        for place, adapt in self._adapted:
            usual = self._usual[place]
            for row in self._rows:
                if row[place] is not usual:
                    row[place] = adapt(row[place])
        quote = connection.ops.quote_name
        names = ", ".join(map(quote, self._names))
        table = quote(self.model._meta.db_table)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    copy.write("".join(map(_line, self._rows)))
            else:
                places = ", ".join(["%s"] * len(self._names))
                cursor.executemany(
                    f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 -- names of the model
                    self._rows,
                )
            for statement in connection.ops.sequence_reset_sql(no_style(), [self.model]):
                cursor.execute(statement)
        self._rows.clear()


@contextmanager
def in_bulk() -> Iterator[None]:
    """Let the database keep in memory what it would else look up again for every row."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL gin_pending_list_limit = '1GB'")
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            yield
            cursor.execute(
                "SELECT gin_clean_pending_list(indexrelid) FROM pg_index"
                " JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam"
                " WHERE amname = 'gin' AND indrelid = 'recruiting_searchentry'::regclass"
            )
        else:
            cursor.execute("PRAGMA cache_size")
            (before,) = cursor.fetchone()
            cursor.execute("PRAGMA cache_size = -262144")  # KiB
            yield
            cursor.execute(f"PRAGMA cache_size = {int(before)}")


def _line(row: list[Any]) -> str:
    """A row as PostgreSQL's COPY reads it."""
    return "\t".join(map(_text, row)) + "\n"


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    text = str(value)
    for plain, escaped in _ESCAPED:  # many times as fast as str.translate is with an umlaut
        if plain in text:
            text = text.replace(plain, escaped)
    return text


def _adapted(fields: Any) -> list[tuple[int, Callable[[Any], Any]]]:
    """Places of the columns whose values the database wants in a form of its own."""
    forms: dict[type[models.Field[Any, Any]], Callable[[Any], Any]] = {
        models.DateTimeField: _moment,
        models.DateField: _plain,
        models.JSONField: json.dumps,
    }
    return [
        (place, forms[type(field)]) for place, field in enumerate(fields) if type(field) in forms
    ]


def _moment(value: datetime | None) -> str | None:
    """UTC, which SQLite's column does not name."""
    if value is None:
        return None
    text = value.astimezone(UTC).isoformat(" ")
    return text if connection.vendor == "postgresql" else text[:-6]


def _plain(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
