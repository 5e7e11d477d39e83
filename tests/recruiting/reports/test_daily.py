"""Days that are remembered say what counting everything says, whoever changed whatever in between."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.utils import timezone

from companies.models import Membership
from recruiting.hiring.applications import pipeline
from recruiting.models import Application, Message, Position, ReportMark, Source, Stage, StageChange
from recruiting.reports import daily, figures, marks, scope
from recruiting.reports.scope import Scope
from tests import factories

STEPS = 30


class World:
    """A position whose people come, move, write and go, as chance has it."""

    def __init__(self, position: Position, member: Membership, seed: int) -> None:
        self.position, self.member = position, member
        self.chance = random.Random(seed)
        company = position.company
        self.sources = [None, *factories.SourceFactory.create_batch(2, company=company)]
        self.deeds: list[Callable[[Application], object]] = [
            lambda each: each.delete(),
            self.apply,
            self.apply,
            self.move,
            self.move,
            self.move,
            lambda each: pipeline.reopen(each, by=self.member),
            lambda each: factories.MessageFactory(application=each, at=self.moment()),
            lambda each: factories.MessageFactory(application=each, at=self.moment()),
            lambda each: factories.SentMessageFactory(application=each, at=self.moment()),
            lambda each: each.messages.order_by("?")[:1].get().delete(),
            lambda each: Message.objects.filter(application=each).update(application=None),
            lambda each: Message.objects.filter(application=each).update(kind="auto"),
            # past every function of ours, as the admin or a query by hand would
            lambda each: Application.objects.filter(pk=each.pk).update(applied_at=self.moment()),
            lambda each: Application.objects.update(source=self.chance.choice(self.sources)),
            lambda each: (
                self.sources[-1] and Source.objects.filter(pk=self.sources[-1].pk).delete()
            ),
            self.swap,
        ]

    def step(self) -> None:
        deed = self.chance.choice(self.deeds)
        each = Application.objects.order_by("?").first()
        if each is None:
            self.apply(each)
            return
        try:
            deed(each)
        except Message.DoesNotExist:
            return

    def moment(self) -> datetime:
        """Any hour of the last days, midnight of Berlin and of Greenwich among them."""
        return timezone.now() - timedelta(hours=self.chance.randrange(24 * 12))

    def apply(self, _each: Application | None) -> None:
        made = factories.ApplicationFactory(
            position=self.position, applied_at=self.moment(), source=self.sources[0]
        )
        StageChange.objects.filter(application=made).update(at=made.applied_at)

    def move(self, each: Application) -> None:
        stages = list(self.position.pipeline.stages.all())
        pipeline.move(each, self.chance.choice(stages), by=self.member)

    def swap(self, _each: Application) -> None:
        """The second stage goes behind the third."""
        second, third = self.position.pipeline.stages.all()[1:3]
        Stage.objects.filter(pk=second.pk).update(order=third.order)
        Stage.objects.filter(pk=third.pk).update(order=second.order)


def plainly(asked: Scope, position: Position) -> list[object]:
    """The same figures, counted one by one from the rows."""
    stages = list(position.pipeline.stages.all())
    applied = [
        each
        for each in Application.objects.filter(position=position)
        if asked.begins <= each.applied_at < asked.ends
    ]
    furthest, spent = [], dict[int, list[float]]()
    for each in applied:
        changes = list(each.stage_changes.select_related("to_stage"))
        orders = [row.to_stage.order for row in changes if row.to_stage.kind not in daily.APART]
        furthest.append(max(orders))
        for before, row in pairwise(changes):
            if row.from_stage_id:
                days = (row.at - before.at).total_seconds() / 86400
                spent.setdefault(row.from_stage_id, []).append(days)
    waits = []
    mails = Message.objects.filter(application__position=position, direction="in", kind="person")
    for mail in mails.filter(at__gte=asked.begins, at__lt=asked.ends):
        after = Message.objects.filter(
            application=mail.application, direction="out", at__gt=mail.at
        )
        reply = after.order_by("at").first()
        waits.append((reply.at - mail.at).total_seconds() / 3600 if reply else None)
    taken = [wait for wait in waits if wait is not None]
    return [
        [sum(n >= each.order for n in furthest) for each in stages if each.kind not in daily.APART],
        {pk: (len(days), pytest.approx(fmean(days), abs=0.06)) for pk, days in spent.items()},
        sorted(
            (str(source), sum(each.source_id == source for each in applied))
            for source in {each.source_id for each in applied}
        ),
        (len(waits), waits.count(None)),
        pytest.approx(fmean(taken), abs=0.06) if taken else None,
    ]


def remembered(asked: Scope, position: Position) -> list[object]:
    stages = list(position.pipeline.stages.all())
    counts = daily.counts(asked, position.pipeline)
    answers = figures.answers(counts)
    return [
        [step.count for step in figures.funnel(counts, stages)],
        figures.time_in_stage(counts, stages),
        sorted(
            (str(each.source and each.source.pk), each.applications)
            for each in figures.sources(counts, asked.member)
        ),
        (answers.received, answers.unanswered),
        answers.hours,
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_remembered_is_what_counting_everything_says(
    ada: Membership, position: Position, seed: int
) -> None:
    world = World(position, ada, seed)
    week = timezone.localdate() - timedelta(days=7)
    for asked in (scope.read(QueryDict(""), ada), scope.read(QueryDict(f"from={week}"), ada)):
        for _step in range(STEPS // 2):
            world.step()
            assert remembered(asked, position) == plainly(asked, position)


def test_a_change_counts_one_day_anew_and_the_rest_is_remembered(
    ada: Membership, position: Position, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, counted = scope.read(QueryDict(""), ada), list[int]()
    count = daily._count

    def watched(*args: object) -> object:
        counted.append(len(args[2]))  # type: ignore[arg-type]  # the days
        return count(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(daily, "_count", watched)
    for days in (3, 20):
        noon = timezone.now().replace(hour=12) - timedelta(days=days)
        made = factories.ApplicationFactory(position=position, applied_at=noon)
    daily.counts(asked, position.pipeline)
    daily.counts(asked, position.pipeline)
    assert counted == [91]
    pipeline.move(made, position.pipeline.stages.all()[1], by=ada)
    daily.counts(asked, position.pipeline)
    assert counted[1] <= 2  # the day of UTC touches two of Berlin
    marks.compact()
    assert ReportMark.objects.count() == ReportMark.objects.values("day").distinct().count()
    assert remembered(asked, position) == plainly(asked, position)
    cache.clear()
    assert remembered(asked, position) == plainly(asked, position)
