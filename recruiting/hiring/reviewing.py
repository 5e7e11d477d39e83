"""Evaluations, and the queue in which a member looks at one application after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from companies import audit
from companies.models import Membership
from recruiting.hiring import pipeline
from recruiting.models import Application, Position, Review, Stage


@dataclass(frozen=True)
class Summary:
    """What a member may know of an application's evaluations: others' only after one's own."""

    mine: Review | None
    others: int
    shown: Sequence[Review]
    average: float | None
    lowest: int | None
    highest: int | None


def rate(application: Application, stars: int, text: str, *, by: Membership) -> Review:
    """Submit one's evaluation, or change it; ``stars`` are 1 to 5, anything else is a ``ValueError``."""
    if not 1 <= stars <= 5:
        raise ValueError("stars are 1 to 5")
    with transaction.atomic():
        review, _made = Review.objects.update_or_create(
            application=application,
            membership=by,
            defaults={"stars": stars, "text": text[:5000], "at": timezone.now()},
        )
        audit.record(application.position.company, "application.rated", application, by=by)
    return review


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
    stars = [each.stars for each in given if each.stars] if mine else []
    return Summary(
        mine=mine,
        others=len(given) - bool(mine),
        shown=given if mine else [],
        average=round(mean(stars), 1) if stars else None,
        lowest=min(stars, default=None),
        highest=max(stars, default=None),
    )


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
