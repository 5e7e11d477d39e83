"""The figures themselves: a funnel, times, sources with their cost, and how soon mail is answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import (
    Aggregate,
    Avg,
    Count,
    FloatField,
    Func,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Window,
)
from django.db.models.functions import Lag
from django.utils import timezone

from recruiting.choices import StageKind
from recruiting.models import Application, Message, Pipeline, Source, Stage, StageChange
from recruiting.reports.scope import Scope

APART = [StageKind.REJECTED, StageKind.WITHDRAWN]  # ends that are no step forward


@dataclass(frozen=True)
class Step:
    """A stage of the funnel: who came this far, and how many of all and of the step before."""

    stage: Stage
    count: int
    of_all: int
    of_previous: int

    @property
    def key(self) -> str:
        return str(self.stage.pk)


@dataclass(frozen=True)
class TimeToHire:
    """Days, as medians: from the application, and from when the position was published.

    ``months`` are those somebody was hired in: its first day, how many, and days from the application.
    """

    count: int
    from_application: float | None
    from_posting: float | None
    months: Sequence[tuple[date, int, float]]


@dataclass(frozen=True)
class OfSource:
    """What came by one source, and what it cost."""

    source: Source | None
    applications: int
    hired: int
    cost: Decimal | None
    per_hire: Decimal | None

    @property
    def key(self) -> str:
        return str(self.source.pk) if self.source else "none"


@dataclass(frozen=True)
class Answers:
    """Candidates' mails of the period, how many have no answer, and the average hours to one."""

    received: int
    unanswered: int
    hours: float | None


class Days(Func):
    """Days from the second moment to the first, reckoned in the database.

    Django's own difference calls back into Python for each row on SQLite.
    """

    arity = 2
    output_field = FloatField()
    template = "(EXTRACT(EPOCH FROM %(expressions)s) / 86400)"
    arg_joiner = " - "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler,
            connection,
            template="(julianday(%(expressions)s))",
            arg_joiner=") - julianday(",
            **context,
        )


def come_as_far(applications: QuerySet[Application], stage: Stage) -> QuerySet[Application]:
    """Those that have ever been in ``stage`` or in one after it, rejections aside."""
    been = StageChange.objects.filter(to_stage__order__gte=stage.order)
    return applications.filter(pk__in=_steps(been).values("application"))


def _steps(changes: QuerySet[StageChange]) -> QuerySet[StageChange]:
    return changes.exclude(to_stage__kind__in=APART)


def funnel(scope: Scope, pipeline: Pipeline, stages: Sequence[Stage]) -> list[Step]:
    """How many of those who applied in the period came as far as each stage of the pipeline."""
    applied = scope.applied().filter(position__pipeline=pipeline).order_by()
    changes = _steps(StageChange.objects.filter(application__in=applied.values("pk"))).order_by()
    furthest = changes.values("application").annotate(reached=Max("to_stage__order"))
    forward = [stage for stage in stages if stage.kind not in APART]
    counts = furthest.aggregate(
        **{
            f"to_{stage.pk}": Count("application", filter=Q(reached__gte=stage.order))
            for stage in forward
        }
    )
    steps: list[Step] = []
    for stage in forward:
        count = counts[f"to_{stage.pk}"]
        first = steps[0].count if steps else count
        previous = steps[-1].count if steps else count
        steps.append(Step(stage, count, _percent(count, first), _percent(count, previous)))
    return steps


def time_to_hire(scope: Scope) -> TimeToHire:
    """How long those took who were hired in the period."""
    rows = scope.ended("hired").values_list("applied_at", "closed_at", "position__published_at")
    own = [_days(closed - applied) for applied, closed, _posted in rows if closed]
    posted = [_days(closed - at) for _applied, closed, at in rows if closed and at and at <= closed]
    by_month: dict[date, list[float]] = {}
    for applied, closed, _posted in rows:
        if closed:
            month = timezone.localdate(closed).replace(day=1)
            by_month.setdefault(month, []).append(_days(closed - applied))
    return TimeToHire(
        len(own),
        round(median(own), 1) if own else None,
        round(median(posted), 1) if posted else None,
        [(month, len(days), round(median(days), 1)) for month, days in sorted(by_month.items())],
    )


def time_in_stage(
    scope: Scope, pipeline: Pipeline, stages: Sequence[Stage]
) -> dict[int, tuple[int, float]]:
    """By stage: how many have left it, and the average days they had been in it."""
    applied = scope.applied().filter(position__pipeline=pipeline).order_by()
    changes = StageChange.objects.filter(application__in=applied.values("pk")).order_by()
    earlier = Window(Lag("at"), partition_by="application", order_by=["at", "pk"])
    asked: dict[str, Aggregate] = {}
    for stage in stages:
        left = Q(from_stage=stage)
        asked[f"count_{stage.pk}"] = Count("pk", filter=left)
        asked[f"spent_{stage.pk}"] = Avg(Days("at", "came"), filter=left)
    found = changes.annotate(came=earlier).aggregate(**asked)
    return {
        stage.pk: (found[f"count_{stage.pk}"], round(found[f"spent_{stage.pk}"] or 0, 1))
        for stage in stages
        if found[f"count_{stage.pk}"]
    }


def sources(scope: Scope) -> list[OfSource]:
    """Applications and hires by source, most first; its cost is what the company entered for it."""
    rows = (
        scope.applied()
        .values_list("source")
        .annotate(count=Count("pk"), hired=Count("pk", filter=Q(stage__kind=StageKind.ACCEPTED)))
        .order_by("-count")
    )
    known = Source.objects.visible_to(scope.member).in_bulk()
    found = []
    for pk, count, hired in rows:
        source = known.get(pk) if pk else None
        cost = source.cost if source else None
        per_hire = (cost / hired).quantize(Decimal("0.01")) if cost and hired else None
        found.append(OfSource(source, count, hired, cost, per_hire))
    return found


def answers(scope: Scope) -> Answers:
    """How soon what people wrote in the period was answered by a mail to them."""
    reply = Message.objects.filter(
        application=OuterRef("application"), direction=Message.Direction.OUT, at__gt=OuterRef("at")
    ).order_by("at")
    theirs = Q(company=scope.member.company_id, application__isnull=False)
    if scope.is_narrowed:
        theirs &= Q(application__in=scope.everybody().values("pk"))
    received = Message.objects.filter(
        theirs,
        direction=Message.Direction.IN,
        kind="person",
        at__gte=scope.begins,
        at__lt=scope.ends,
    ).annotate(answered=Subquery(reply.values("at")[:1]))
    taken = Avg(Days("answered", "at"))
    totals = received.aggregate(all=Count("pk"), with_answer=Count("answered"), average=taken)
    hours = None if totals["average"] is None else round(totals["average"] * 24, 1)
    return Answers(totals["all"], totals["all"] - totals["with_answer"], hours)


def rows_behind(scope: Scope, figure: str) -> QuerySet[Application] | None:
    """The applications a figure counts: ``reached-<stage>``, ``source-<id>`` or ``none``, or an end."""
    kind, _dash, which = figure.partition("-")
    if figure == "applied":
        return scope.applied()
    if kind in ("hired", "rejected", "withdrawn") and not which:
        return scope.ended(kind)
    if kind == "source":
        if which == "none":
            return scope.applied().filter(source=None)
        return scope.applied().filter(source=int(which)) if _is_id(which) else None
    if kind == "reached" and _is_id(which):
        stage = Stage.objects.visible_to(scope.member).filter(pk=int(which)).first()
        if stage:
            applied = scope.applied().filter(position__pipeline=stage.pipeline_id)
            return come_as_far(applied, stage)
    return None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _days(spent: timedelta) -> float:
    return spent.total_seconds() / 86400
