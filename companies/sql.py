"""SQL that is written once, for what is asked so often that writing it counts.

Django writes the SQL of a query and of ``save()`` anew each time, which takes several times as long as
the database needs. Here it is kept, of the same querysets and models. Signals are not sent.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache, wraps
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


class _Slot(Expression):
    """Where a value will stand."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ARG002 -- Django's signature
        return "%s", (self,)


def written_once(make: Callable[..., "models.QuerySet[M]"]) -> Callable[..., list[M]]:
    """Decorate a function that makes a queryset of texts and numbers; it returns the rows then.

    It is called once a thread, with expressions in the place of its arguments, so it can do no more with
    them than look for them.
    """
    kept = threading.local()

    @wraps(make)
    def ask(*values: str | int) -> list[M]:
        plan: _Plan | None = getattr(kept, "plan", None)
        if plan is None or connection != plan.compiler.connection:
            plan = kept.plan = _Plan(make(*map(_Slot, range(len(values)))))
        return list(plan.ask(values))

    return ask


class _Plan:
    """A queryset's SQL, and how its columns become instances (as in Django's ``ModelIterable``)."""

    def __init__(self, rows: "models.QuerySet[Any]") -> None:
        self.db = rows.db
        self.compiler: Any = rows.query.get_compiler(using=self.db)
        self.sql, self.params = self.compiler.as_sql()
        info, select = self.compiler.klass_info, self.compiler.select
        self.model = info["model"]
        self.columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        self.names = [column[0].target.attname for column in select[self.columns]]
        self.populators = get_related_populators(info, select, self.db)  # type: ignore[call-arg]  # of a later Django
        self.converters = self.compiler.get_converters([column[0] for column in select])

    def ask(self, values: Sequence[str | int]) -> Iterable[Any]:
        params = [values[p.number] if isinstance(p, _Slot) else p for p in self.params]
        with self.compiler.connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = cursor.fetchall()
        for row in self.compiler.apply_converters(rows, self.converters):
            found = self.model.from_db(self.db, self.names, row[self.columns])
            for populator in self.populators:
                populator.populate(row, found)
            yield found


def insert(*rows: models.Model) -> None:
    """Insert new rows with keys of the database's making, those that others point to first; all or none.

    PostgreSQL is asked once for all of them; SQLite, to which it is no way, once for each. Of the table
    that a row points to, no other row may stand between the two.
    """
    newest: dict[Any, models.Model] = {}
    for row in rows:
        for field in _settle(row):
            if newest.get(field.related_model) is not getattr(row, field.name):
                raise ValueError(f"{field} points to no row that is made just before")
        newest[type(row)] = row
    together = connection.vendor == "postgresql"
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for some in [rows] if together else zip(rows, strict=True):
            _insert(cursor, some)


def _insert(cursor: Any, rows: Sequence[models.Model]) -> None:
    statements: list[str] = []
    values: list[Any] = []
    waiting = [_settle(row) for row in rows]
    for row, keys in zip(rows, waiting, strict=True):
        statements.append(_statement(type(row), keys, connection.vendor))
        values += (
            field.get_db_prep_save(field.pre_save(row, add=True), connection)
            for field in _fields(type(row))
            if field not in keys
        )
    cursor.execute(";".join(statements), values)
    for number, row in enumerate(rows):
        if number:
            cursor.nextset()
        [row.pk] = cursor.fetchone()
        row._state.adding, row._state.db = False, connection.alias
    for row, keys in zip(rows, waiting, strict=True):
        for field in keys:
            setattr(row, field.name, getattr(row, field.name))  # takes its key over


def _settle(row: models.Model) -> tuple[Any, ...]:
    """Take over the keys of rows that were inserted after ``row`` was made; return what still waits."""
    keys = []
    for field in _fields(type(row)):
        if field.is_relation and getattr(row, field.attname) is None and field.is_cached(row):
            if (target := getattr(row, field.name)) is None:
                continue
            setattr(row, field.name, target)
            if target.pk is None:
                keys.append(field)
    return tuple(keys)


@cache
def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


@cache
def _statement(model: type[models.Model], keys: tuple[Any, ...], vendor: str) -> str:  # noqa: ARG001 -- the SQL is one vendor's
    """``keys`` are those that the statements before will have made."""
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    columns = ", ".join(quote(field.column) for field in _fields(model))
    values = ", ".join(_newest(field) if field in keys else "%s" for field in _fields(model))
    return f"INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING {key}"  # noqa: S608 -- names only


def _newest(field: Any) -> str:
    """The key that was made last for the table the field points to."""
    target = field.related_model._meta
    table = connection.ops.quote_name(target.db_table)
    return f"currval(pg_get_serial_sequence('{table}', '{target.pk.column}'))"
