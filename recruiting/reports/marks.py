"""Marks of days whose figures changed, written by triggers, so that no way of writing can miss them.

Django makes a table anew for some changes on SQLite, and its triggers go with it. So they are installed
after every migration.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from recruiting.models import Application, ReportMark

Version = tuple[int, int, int]
# By table: the columns that figures are made of.
WATCHED = {
    "recruiting_application": ("position_id", "stage_id", "source_id", "applied_at"),
    "recruiting_stagechange": ("application_id", "from_stage_id", "to_stage_id", "at"),
    "recruiting_message": ("company_id", "application_id", "direction", "kind", "at"),
}
# By table: company and day of what changed, as rows of "changed"; a mail's answer is of the day the mail came.
DAYS = {
    "recruiting_application": (
        "SELECT p.company_id, {changed_applied} FROM {changed} JOIN recruiting_position p"
        " ON p.id = changed.position_id"
    ),
    "recruiting_stagechange": (
        "SELECT p.company_id, {applied} FROM {changed} JOIN recruiting_application a"
        " ON a.id = changed.application_id JOIN recruiting_position p ON p.id = a.position_id"
    ),
    "recruiting_message": (
        "SELECT changed.company_id, {changed_at} FROM {changed}"
        " WHERE changed.application_id IS NOT NULL"
        " UNION SELECT m.company_id, {at} FROM {changed} JOIN recruiting_message m"
        " ON m.application_id = changed.application_id AND m.direction = 'in'"
    ),
}


def versions(company: int, first: date, last: date) -> dict[date, Version]:
    """Of each day something that differs after every change of its figures; days without are left out."""
    rows = ReportMark.objects.filter(company=company, day__range=(first, last)).order_by()
    found = rows.values_list("day").annotate(marks=Count("pk"), newest=Max("pk"), salts=Sum("salt"))
    return {day: (marks, newest, salts) for day, marks, newest, salts in found}


def compact() -> None:
    """Leave one mark of each day that has several; its number is higher, so the day is counted once more."""
    days = ReportMark.objects.order_by().values_list("company", "day").annotate(marks=Count("pk"))
    for company, day in list(days.filter(marks__gt=1).values_list("company", "day")):
        with transaction.atomic():
            seen = list(
                ReportMark.objects.filter(company=company, day=day).values_list("pk", flat=True)
            )
            salt = random.getrandbits(30)
            ReportMark.objects.create(company_id=company, day=day, salt=salt)
            ReportMark.objects.filter(pk__in=seen).delete()


def install(using: str = "default", **_signal: Any) -> None:
    """Make the triggers, or make them anew."""
    there = connections[using]
    with there.cursor() as cursor:
        if ReportMark._meta.db_table not in there.introspection.table_names(cursor):
            return  # an older state was asked for
        statements = _postgresql() if there.vendor == "postgresql" else _sqlite()
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def suspended(company: int) -> Iterator[None]:
    """Mark every day of the company afterwards instead of each row's, which is what SQLite would do."""
    if connection.vendor == "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        for table in WATCHED:
            for event in ("insert", "update", "delete"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{event}_report")
    yield
    install()
    first = Application.objects.filter(position__company=company).aggregate(at=Min("applied_at"))
    since = (timezone.now() - first["at"]).days + 2 if first["at"] else 0
    today = timezone.now().date()
    ReportMark.objects.bulk_create(
        ReportMark(company_id=company, day=today - timedelta(days=n), salt=random.getrandbits(30))
        for n in range(since)
    )


def _sqlite() -> Iterator[str]:
    """A row at a time; the day's mark is replaced, so that there is never more than one."""
    for table, columns in WATCHED.items():
        differs = " OR ".join(f"old.{name} IS NOT new.{name}" for name in columns)
        for event, rows, when in (
            ("insert", ("new",), ""),
            ("update", ("old", "new"), f" WHEN {differs}"),
            ("delete", ("old",), ""),
        ):
            values = ", ".join(f"{{row}}.{name} AS {name}" for name in columns)
            body = ""
            for row in rows:
                days = DAYS[table].format(
                    changed=f"(SELECT {values.format(row=row)}) changed",
                    changed_applied="date(changed.applied_at)",
                    changed_at="date(changed.at)",
                    applied="date(a.applied_at)",
                    at="date(m.at)",
                )
                body += (
                    f" DELETE FROM recruiting_reportmark WHERE (company_id, day) IN ({days});"  # noqa: S608 -- constants
                    " INSERT INTO recruiting_reportmark (company_id, day, salt)"
                    f" SELECT company_id, day, abs(random() % 1000000000)"
                    f" FROM (SELECT 0 AS company_id, '' AS day WHERE 0 UNION {days});"
                )
            name = f"{table}_{event}_report"
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield f"CREATE TRIGGER {name} AFTER {event} ON {table}{when} BEGIN{body} END"


def _postgresql() -> Iterator[str]:
    """A statement at a time, however many rows; marks are only added, so that no writer waits for another."""
    for table, columns in WATCHED.items():
        ours = ", ".join(columns)
        differs = " OR ".join(f"o.{name} IS DISTINCT FROM n.{name}" for name in columns)
        news = ", ".join(f"n.{name}" for name in columns)
        olds = ", ".join(f"o.{name}" for name in columns)
        both = f"FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE {differs}"
        for event, changed, tables in (
            (
                "insert",
                f"SELECT {ours} FROM new_rows",  # noqa: S608 -- constants
                "NEW TABLE AS new_rows",
            ),
            (
                "update",
                f"SELECT {news} {both} UNION ALL SELECT {olds} {both}",
                "OLD TABLE AS old_rows NEW TABLE AS new_rows",
            ),
            (
                "delete",
                f"SELECT {ours} FROM old_rows",  # noqa: S608 -- constants
                "OLD TABLE AS old_rows",
            ),
        ):
            utc = "({0} AT TIME ZONE 'UTC')::date"
            days = DAYS[table].format(
                changed="changed",
                changed_applied=utc.format("changed.applied_at"),
                changed_at=utc.format("changed.at"),
                applied=utc.format("a.applied_at"),
                at=utc.format("m.at"),
            )
            name = f"{table}_{event}_report"
            yield (
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608 -- constants
                f" WITH changed AS ({changed})"
                " INSERT INTO recruiting_reportmark (company_id, day, salt)"
                " SELECT DISTINCT company_id, day, (random() * 1000000000)::integer"
                f" FROM (SELECT DISTINCT * FROM ({days}) found) AS days (company_id, day);"
                " RETURN NULL; END $$"
            )
            yield (
                f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table}"
                f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
            )
