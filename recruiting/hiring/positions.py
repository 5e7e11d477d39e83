"""Opening, publishing and archiving positions. Each change is one function with its audit line."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from companies import audit
from companies.models import Company, Subcompany
from recruiting.models import Pipeline, Position
from recruiting.models.positions import FIRST_PUBLIC_NUMBER

ATTEMPTS = 20  # to get a free number while others take theirs


def create(
    company: Company,
    *,
    name: str,
    pipeline: Pipeline,
    by: audit.Actor,
    subcompany: Subcompany | None = None,
    **fields: object,
) -> Position:
    """Open a draft with the next public number and return it.

    Numbers are unique over all companies. Two people who open a position at the same moment get two
    numbers: the unique constraint decides and the loser takes the next one.
    """
    with transaction.atomic():
        position = _insert(
            company=company, name=name, pipeline=pipeline, subcompany=subcompany, **fields
        )
        audit.record(company, "position.created", position, by=by, name=name)
    return position


def _insert(**fields: object) -> Position:
    for attempt in range(ATTEMPTS):
        highest = Position.objects.aggregate(Max("number"))["number__max"]
        number = max(highest or 0, FIRST_PUBLIC_NUMBER - 1) + 1
        position = Position(number=number, **fields)
        try:
            with transaction.atomic():
                position.save(force_insert=True)
        except IntegrityError:
            if attempt == ATTEMPTS - 1 or not Position.objects.filter(number=number).exists():
                raise
        else:
            break
    return position


def set_state(position: Position, state: Position.State, *, by: audit.Actor) -> None:
    """Publish, pause or archive a position, or make it a draft again; its applications stay.

    Publishing notes the time. The state it is in already changes nothing.
    """
    fields: dict[str, object] = {"state": state}
    if state == Position.State.PUBLISHED:
        fields["published_at"] = timezone.now()
    with transaction.atomic():
        changed = Position.objects.filter(pk=position.pk).exclude(state=state).update(**fields)
        if changed:
            audit.record(position.company, f"position.{state.value}", position, by=by)
    position.refresh_from_db(fields=["state", "published_at"])


def publish(position: Position, *, by: audit.Actor) -> None:
    """Show the position to applicants."""
    set_state(position, Position.State.PUBLISHED, by=by)


def unpublish(position: Position, *, by: audit.Actor) -> None:
    """Take the position offline for a while."""
    set_state(position, Position.State.PAUSED, by=by)


def archive(position: Position, *, by: audit.Actor) -> None:
    """Close the position for good; its applications stay readable."""
    set_state(position, Position.State.ARCHIVED, by=by)
