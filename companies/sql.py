"""SQL that is written once, for what is asked so often that writing it counts.

Django writes the SQL of a query and of ``save()`` anew each time, which takes several times as long as
the database needs. Here it is kept, of the same querysets and models. Signals are not sent.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection, models, transaction
from django.db.models.expressions import Expression
from django.db.models.query import ValuesIterable, get_related_populators

M = TypeVar("M", bound=models.Model)


class _Slot(Expression):
    """Where a value will stand."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ARG002 -- Django's signature
        return "%s", (self,)


class Query(Generic[M]):
    """A question that takes texts, numbers and moments, and brings rows."""

    def __init__(self, make: Callable[..., "models.QuerySet[M]"]) -> None:
        self.make = make
        self.kept = threading.local()

    def __call__(self, *values: str | int | datetime) -> list[M]:
        [rows] = ask(self.of(*values))
        return rows

    def of(self, *values: str | int | datetime) -> "Asked":
        """Return the question for ``ask``."""
        plan: _Plan | None = getattr(self.kept, "plan", None)
        if plan is None or connection != plan.compiler.connection:
            plan = self.kept.plan = _Plan(self.make(*map(_Slot, range(len(values)))))
        moment = connection.ops.adapt_datetimefield_value
        given = [moment(each) if isinstance(each, datetime) else each for each in values]
        return plan, [given[p.number] if isinstance(p, _Slot) else p for p in plan.params]


def written_once(make: Callable[..., "models.QuerySet[M]"]) -> Query[M]:
    """Decorate a function that makes a queryset of texts, numbers and moments: it is a ``Query`` then.

    Its rows are dictionaries where the queryset brings ``values()``. The function is called once a thread,
    with expressions in the place of its arguments, so it can do no more with them than look for them.
    """
    return Query(make)


def ask(*asked: "Asked") -> list[list[Any]]:
    """Return the rows of each; PostgreSQL is asked once for all of them, in their order."""
    found = []
    with connection.cursor() as cursor:
        for some in [asked] if _is_far() else [(one,) for one in asked]:
            values = [value for _, values in some for value in values]
            cursor.execute(";".join(plan.sql for plan, _ in some), values)
            for number, (plan, _) in enumerate(some):
                if number:
                    cursor.nextset()
                found.append(list(plan.read(cursor.fetchall())))
    return found


def _is_far() -> bool:
    """Whether the way to the database is worth saving, and it takes several statements at once."""
    return connection.vendor == "postgresql"


class _Plan:
    """A queryset's SQL, and how its columns become instances (as in Django's ``ModelIterable``)."""

    def __init__(self, rows: "models.QuerySet[Any]") -> None:
        self.db = rows.db
        self.compiler: Any = rows.query.get_compiler(using=self.db)
        self.sql, self.params = self.compiler.as_sql()
        info, select = self.compiler.klass_info, self.compiler.select
        self.converters = self.compiler.get_converters([column[0] for column in select])
        self.is_values = issubclass(rows._iterable_class, ValuesIterable)
        if self.is_values:
            self.names = list(rows.query.selected or ())
            return
        self.model = info["model"]
        self.columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        self.names = [column[0].target.attname for column in select[self.columns]]
        self.populators = get_related_populators(info, select, self.db)  # type: ignore[call-arg]  # of a later Django

    def read(self, rows: list[Any]) -> Iterator[Any]:
        for row in self.compiler.apply_converters(rows, self.converters):
            if self.is_values:
                yield dict(zip(self.names, row, strict=True))
                continue
            found = self.model.from_db(self.db, self.names, row[self.columns])
            for populator in self.populators:
                populator.populate(row, found)
            yield found


Asked = tuple[_Plan, list[Any]]


def insert(*rows: models.Model) -> None:
    """Insert new rows with keys of the database's making, those that others point to first; all or none.

    PostgreSQL is asked once for all of them. Of the table that a row points to, no other row may stand
    between the two. Where a field that is no relation holds a row, its key is kept.
    """
    if not rows:
        return
    newest: dict[type[models.Model], models.Model] = {}
    for row in rows:
        for _, target in _settle(row):
            if newest.get(type(target)) is not target:
                raise ValueError(f"{row!r} points to no row that is made just before")
        newest[type(row)] = row
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for some in [rows] if _is_far() else [(row,) for row in rows]:
            _insert(cursor, some)


def _insert(cursor: Any, rows: Sequence[models.Model]) -> None:
    statements: list[str] = []
    values: list[Any] = []
    waiting = [_settle(row) for row in rows]
    for row, targets in zip(rows, waiting, strict=True):
        keys = {field: _newest(type(target)) for field, target in targets}
        marks = []
        for field in _fields(type(row)):
            mark = keys.get(field) or "%s"
            if mark == "%s":
                value = field.get_db_prep_save(field.pre_save(row, add=True), connection)
                if value is None or value == "":  # fewer values, which psycopg is quicker with
                    mark = "NULL" if value is None else "''"
                else:
                    values.append(value)
            marks.append(mark)
        statements.append(_statement(type(row), tuple(marks)))
    cursor.execute(";".join(statements), values)
    for number, row in enumerate(rows):
        if number:
            cursor.nextset()
        [row.pk] = cursor.fetchone()
        row._state.adding, row._state.db = False, connection.alias
    for row in rows:
        _settle(row)


def _settle(row: models.Model) -> list[tuple[Any, models.Model]]:
    """Take over the keys of rows that were inserted after ``row`` was made; return those that still wait."""
    waiting = []
    for field in _fields(type(row)):
        target = getattr(row, field.attname)
        if target is None and field.is_relation and field.is_cached(row):
            target = getattr(row, field.name)
        if isinstance(target, models.Model):
            setattr(row, field.name, target if field.is_relation else target.pk or target)
            if target.pk is None:
                waiting.append((field, target))
    return waiting


@cache
def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


@lru_cache(maxsize=1000)
def _statement(model: type[models.Model], marks: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    columns = ", ".join(quote(field.column) for field in _fields(model))
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(marks)}) RETURNING {key}"  # noqa: S608 -- names only


@cache
def _newest(model: type[models.Model]) -> str:
    """The key that was made last in a table, in the words of PostgreSQL."""
    table = connection.ops.quote_name(model._meta.db_table)
    return f"currval(pg_get_serial_sequence('{table}', '{model._meta.pk.column}'))"
