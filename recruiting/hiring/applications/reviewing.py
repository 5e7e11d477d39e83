"""Evaluations, and the queue in which a member looks at one application after the other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import mean
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from companies import audit
from companies.capabilities import Can
from companies.models import Membership, Role
from recruiting.conversation.colleagues import notify
from recruiting.hiring.applications import pipeline
from recruiting.models import (
    Application,
    EvaluationRequest,
    Position,
    Recommendation,
    Review,
    Stage,
)
from recruiting.models.notifications import NewsKind


@dataclass(frozen=True)
class Line:
    """What all marks for one criterion say together."""

    section: str
    name: str
    scores: Sequence[int]

    @property
    def average(self) -> float:
        return round(mean(self.scores), 1)

    @property
    def lowest(self) -> int:
        return min(self.scores)

    @property
    def highest(self) -> int:
        return max(self.scores)


@dataclass(frozen=True)
class Summary:
    """What a member may know of an application's evaluations: others' only after one's own."""

    mine: Review | None
    others: int
    shown: Sequence[Review]

    @property
    def stars(self) -> list[int]:
        return [each.stars for each in self.shown if each.stars]

    @property
    def average(self) -> float | None:
        return round(mean(self.stars), 1) if self.stars else None

    @property
    def lowest(self) -> int | None:
        return min(self.stars, default=None)

    @property
    def highest(self) -> int | None:
        return max(self.stars, default=None)

    @property
    def recommendations(self) -> list[tuple[str, int]]:
        """How many recommend what, the best first."""
        given = [each.recommendation for each in self.shown]
        counted = [(kind.label, given.count(kind)) for kind in Recommendation]
        return [(str(label), count) for label, count in counted if count]

    @property
    def lines(self) -> list[Line]:
        """The criteria somebody marked, in the order of the scorecard that was filled in last."""
        scores: dict[tuple[str, str], list[int]] = {}
        for review in reversed(self.shown):
            for answer in review.answers:
                if answer.get("score"):
                    key = answer["section"], answer["name"]
                    scores.setdefault(key, []).append(answer["score"])
        return [Line(section, name, given) for (section, name), given in scores.items()]


def overall(answers: Sequence[Mapping[str, Any]]) -> int | None:
    """The stars that the marks of a scorecard come to, by their weights; None without marks."""
    marks = [(each["score"], each["weight"]) for each in answers if each.get("score")]
    if not marks:
        return None
    total = sum(score * weight for score, weight in marks)
    average: float = total / sum(weight for _score, weight in marks)
    return math.floor(average + 0.5)


def rate(
    application: Application,
    stars: int,
    text: str,
    *,
    by: Membership,
    recommendation: str = "",
    answers: Sequence[Mapping[str, Any]] = (),
) -> Review:
    """Submit one's evaluation, or change it; ``stars`` are 1 to 5, anything else is a ``ValueError``."""
    if not 1 <= stars <= 5:
        raise ValueError("stars are 1 to 5")
    given = {"stars": stars, "text": text[:5000], "at": timezone.now()}
    if answers or recommendation:
        given |= {"recommendation": recommendation, "answers": list(answers)}
    with transaction.atomic():
        review, _made = Review.objects.update_or_create(
            application=application, membership=by, defaults=given
        )
        audit.record(application.position.company, "application.rated", application, by=by)
    return review


def ask(
    application: Application, colleague: Membership, due_on: date, *, by: Membership
) -> EvaluationRequest:
    """Ask a colleague for an evaluation until a day, and tell them; asking again changes the day."""
    with transaction.atomic():
        request, _made = EvaluationRequest.objects.update_or_create(
            application=application,
            membership=colleague,
            defaults={"due_on": due_on, "asked_by": by, "at": timezone.now()},
        )
        audit.record(
            application.position.company,
            "application.evaluation_asked",
            application,
            by=by,
            colleague=colleague.pk,
        )
        notify.tell(colleague, NewsKind.EVALUATION, application, by=by)
    return request


def colleagues(application: Application) -> list[Membership]:
    """Who may be asked: active members who see the application and may evaluate it."""
    members = Membership.objects.active().filter(company=application.position.company_id)
    found = members.select_related("user", "company").order_by("user__name")
    mine = Q(role=Role.HIRING_MANAGER, positions__position=application.position_id)
    found = found.filter(~Q(role=Role.HIRING_MANAGER) | mine)
    found = found.filter(Q(subcompany=None) | Q(subcompany=application.position.subcompany_id))
    return [each for each in found if Can.ADD_NOTES in each.can]


def skip(application: Application, *, by: Membership) -> None:
    """Leave an application out of one's queue; an evaluation that is there stays."""
    Review.objects.get_or_create(application=application, membership=by)


def summary(application: Application, member: Membership) -> Summary:
    """Read the evaluations as the member may see them, in one query."""
    given = list(
        Review.objects.filter(application=application, stars__isnull=False)
        .select_related("membership__user")
        .order_by("at", "pk")
    )
    mine = next((each for each in given if each.membership_id == member.pk), None)
    return Summary(mine=mine, others=len(given) - bool(mine), shown=given if mine else [])


def queue(position: Position, stage: Stage, member: Membership) -> QuerySet[Application]:
    """Applications of a stage that the member has neither evaluated nor skipped, eldest first."""
    return (
        Application.objects.visible_to(member)
        .filter(position=position, stage=stage)
        .exclude(reviews__membership=member)
        .order_by("applied_at", "pk")
    )


def advance(application: Application, *, by: Membership) -> bool:
    """Move to the next stage of the pipeline; return False where there is none that is still open."""
    later = (
        Stage.objects.filter(
            pipeline=application.position.pipeline_id, order__gt=application.stage.order
        )
        .order_by("order", "pk")
        .first()
    )
    if later is None or later.is_closed:
        return False
    return pipeline.move(application, later, by=by)
