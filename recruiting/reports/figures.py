"""The figures themselves: a funnel, times, sources with their cost, and how soon mail is answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from django.utils import timezone

from companies.models import Membership
from recruiting.models import Source, Stage
from recruiting.reports.daily import APART, NOTHING, Counts
from recruiting.reports.scope import Scope


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


def funnel(counts: Counts, stages: Sequence[Stage]) -> list[Step]:
    """How many of those who applied in the period came as far as each stage of the pipeline."""
    steps: list[Step] = []
    for stage in stages:
        if stage.kind in APART:
            continue
        count = sum(n for order, (n, _) in counts.reached.items() if order >= stage.order)
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


def time_in_stage(counts: Counts, stages: Sequence[Stage]) -> dict[int, tuple[int, float]]:
    """By stage: how many have left it, and the average days they had been in it."""
    found = {}
    for stage in stages:
        if stage.pk in counts.left:
            count, spent = counts.left[stage.pk]
            found[stage.pk] = (count, round(spent / count, 1))
    return found


def sources(counts: Counts, member: Membership) -> list[OfSource]:
    """Applications and hires by source, most first; its cost is what the company entered for it."""
    known = Source.objects.visible_to(member).in_bulk()
    found = []
    for pk, (count, hired) in sorted(counts.sources.items(), key=lambda row: -row[1][0]):
        source = known.get(pk) if pk else None
        cost = source.cost if source else None
        per_hire = (cost / int(hired)).quantize(Decimal("0.01")) if cost and hired else None
        found.append(OfSource(source, count, int(hired), cost, per_hire))
    return found


def answers(counts: Counts) -> Answers:
    """How soon what people wrote in the period was answered by a mail to them."""
    received, _none = counts.answers.get("received", NOTHING)
    answered, taken = counts.answers.get("answered", NOTHING)
    hours = round(taken / answered * 24, 1) if answered else None
    return Answers(received, received - answered, hours)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def _days(spent: timedelta) -> float:
    return spent.total_seconds() / 86400
