"""Counts of each day, remembered until a mark says that the day changed, so that a report adds up days."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import (
    Count,
    FloatField,
    Func,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    Window,
)
from django.db.models.functions import Lag, TruncDate
from django.utils import timezone

from recruiting.choices import StageKind
from recruiting.models import Message, Pipeline, Stage, StageChange
from recruiting.reports import marks
from recruiting.reports.scope import Scope, moment

APART = [StageKind.REJECTED, StageKind.WITHDRAWN]  # ends that are no step forward
MOST_DAYS = 8000  # of a longer period the days are not told apart
KEPT = 7 * 24 * 3600  # seconds
Totals = dict[Any, tuple[int, float]]
NOTHING = (0, 0.0)


@dataclass
class Counts:
    """What a report is made of, by key: how many, and a second number that goes with it.

    ``reached``: by the furthest place in the pipeline, applications. ``left``: by stage, those who left it
    and the days they had been in it. ``sources``: applications and those hired. ``answers``: mails received
    (key ``received``), and those answered with the days to it (``answered``).
    """

    reached: Totals = field(default_factory=dict)
    left: Totals = field(default_factory=dict)
    sources: Totals = field(default_factory=dict)
    answers: Totals = field(default_factory=dict)

    def add(self, part: str, key: Any, count: int, other: float = 0.0) -> None:
        totals: Totals = getattr(self, part)
        before, others = totals.get(key, NOTHING)
        totals[key] = before + count, others + other

    @classmethod
    def of(cls, days: Iterable["Counts"]) -> "Counts":
        """The sum of days."""
        found = cls()
        for day in days:
            for part in vars(day):
                for key, (count, other) in getattr(day, part).items():
                    found.add(part, key, count, other)
        return found


class Days(Func):
    """Days from the second moment to the first, reckoned in the database.

    Django's own difference calls back into Python for each row on SQLite.
    """

    arity = 2
    output_field = FloatField()
    template = "(EXTRACT(EPOCH FROM %(expressions)s)::float / 86400)"
    arg_joiner = " - "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler,
            connection,
            template="(julianday(%(expressions)s))",
            arg_joiner=") - julianday(",
            **context,
        )


def counts(scope: Scope, pipeline: Pipeline | None) -> Counts:
    """The counts of a period: of days that have not changed as they were counted before."""
    days = [scope.first + timedelta(days=n) for n in range((scope.last - scope.first).days + 1)]
    if len(days) > MOST_DAYS:
        return Counts.of(_count(scope, pipeline, days).values())
    of_day = _versions(scope, days)
    place = _place(scope, pipeline)
    known: dict[date, tuple[Any, Counts | None]] = cache.get(place, {})
    missing = [day for day in days if day not in known or known[day][0] != of_day[day]]
    if missing:
        made = _count(scope, pipeline, missing)
        known |= {day: (of_day[day], made.get(day)) for day in missing}
        newest = dict(sorted(known.items())[-MOST_DAYS:])
        cache.set(place, newest, timeout=KEPT)
    return Counts.of(filter(None, (known[day][1] for day in days)))


def _versions(scope: Scope, days: Sequence[date]) -> dict[date, Any]:
    """Of each day the marks of the two days of UTC it lies in. They are read before anything is counted."""
    first, last = days[0] - timedelta(days=1), days[-1] + timedelta(days=1)
    found = marks.versions(scope.member.company_id, first, last)
    versions: dict[date, Any] = dict.fromkeys(days)
    for day in {marked + timedelta(days=n) for marked in found for n in (-1, 0, 1)} & set(days):
        begins, ends = (at.astimezone(UTC).date() for at in _span(day, day))
        versions[day] = found.get(begins), found.get(ends)
    return versions


def _place(scope: Scope, pipeline: Pipeline | None) -> str:
    """Where counts are remembered: another place when other positions are meant, or stages mean another thing."""
    stages = Stage.everything.visible_to(scope.member).order_by()
    positions = scope.narrowed().order_by().values_list("pk", "pipeline", Value(""), Value(-1))
    meant = (
        sorted(stages.values_list("pk", "pipeline", "kind", "order").union(positions, all=True)),
        pipeline and pipeline.pk,
        scope.is_narrowed,
        str(timezone.get_current_timezone()),
    )
    digest = hashlib.sha256(repr(meant).encode()).hexdigest()
    return f"recruiting.reports.{scope.member.company_id}.{digest}"


def _count(scope: Scope, pipeline: Pipeline | None, days: Sequence[date]) -> dict[date, Counts]:
    """Count the days: the whole of what the database is asked."""
    found: defaultdict[date, Counts] = defaultdict(Counts)
    spans = [_span(first, last) for first, last in _runs(days)]
    applied = scope.everybody().filter(_within("applied_at", spans)).order_by()
    if pipeline:
        here = applied.filter(position__pipeline=pipeline).values("pk")
        changes = StageChange.objects.filter(application__in=here).order_by()
        changes = changes.annotate(day=TruncDate("application__applied_at"))
        for day, order, count in _reached(changes):
            found[day].add("reached", order, count)
        for day, stage, count, spent in _left(changes):
            found[day].add("left", stage, count, spent or 0.0)
    rows = applied.annotate(day=TruncDate("applied_at")).values_list("day", "source")
    is_hired = Q(stage__kind=StageKind.ACCEPTED)
    for day, source, count, hired in rows.annotate(
        count=Count("pk"), hired=Count("pk", filter=is_hired)
    ):
        found[day].add("sources", source, count, hired)
    for day, received, answered, taken in _answers(scope, spans):
        found[day].add("answers", "received", received)
        found[day].add("answers", "answered", answered, taken or 0.0)
    return found


def come_this_far(changes: QuerySet[StageChange]) -> QuerySet[StageChange]:
    """The steps forward: neither rejections nor withdrawals."""
    return changes.exclude(to_stage__kind__in=APART)


def _reached(changes: QuerySet[StageChange]) -> Iterator[Any]:
    """Day, furthest place in the pipeline, and how many came there and no further."""
    people: QuerySet[Any, Any] = come_this_far(changes)
    people = people.values("application", "day")
    people = people.annotate(reached=Max("to_stage__order")).values_list("day", "reached")
    return _grouped(people, "day, reached, COUNT(*)", "day, reached")


def _left(changes: QuerySet[StageChange]) -> Iterator[Any]:
    """Day, stage, how many have left it, and the days they had been in it."""
    came = Window(Lag("at"), partition_by="application", order_by=["at", "pk"])
    rows = changes.annotate(spent=Days("at", came)).values_list("day", "from_stage", "spent")
    columns = "day, from_stage, COUNT(*), SUM(spent)"
    found = _grouped(rows, columns, "day, from_stage")
    return (row for row in found if row[1] is not None)


def _answers(scope: Scope, spans: Sequence[tuple[datetime, datetime]]) -> Iterator[Any]:
    """Day, mails received, how many of them have an answer, and the days it took."""
    reply = Message.objects.filter(
        application=OuterRef("application"), direction=Message.Direction.OUT, at__gt=OuterRef("at")
    ).order_by("at")
    theirs = Q(company=scope.member.company_id, application__isnull=False)
    if scope.is_narrowed:
        theirs &= Q(application__in=scope.everybody().order_by().values("pk"))
    received = (
        Message.objects.filter(theirs, _within("at", spans))
        .filter(direction=Message.Direction.IN, kind="person")
        .annotate(day=TruncDate("at"), taken=Days(Subquery(reply.values("at")[:1]), "at"))
    )
    rows = received.values_list("day", "taken")
    return _grouped(rows, "day, COUNT(*), COUNT(taken), SUM(taken)", "day")


def _grouped(rows: QuerySet[Any, Any], columns: str, by: str) -> Iterator[Any]:
    """Group rows that are themselves groups or windows, which the ORM cannot; the first column is a day."""
    sql, params = rows.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM ({sql}) AS found GROUP BY {by}", params)  # noqa: S608 -- constants
        for day, *values in cursor.fetchall():
            yield date.fromisoformat(str(day)), *values


def _within(name: str, spans: Sequence[tuple[datetime, datetime]]) -> Q:
    found = Q()
    for begins, ends in spans:
        found |= Q(**{f"{name}__gte": begins, f"{name}__lt": ends})
    return found


def _runs(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """First and last of each row of days without a gap; ``days`` are in order."""
    first = last = days[0]
    for day in days[1:]:
        if day - last > timedelta(days=1):
            yield first, last
            first = day
        last = day
    yield first, last


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    """The moments from the begin of ``first`` to the end of ``last``, where the company is."""
    return moment(first), moment(last + timedelta(days=1))
