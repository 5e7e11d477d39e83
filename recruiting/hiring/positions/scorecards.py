"""The scorecards of a company: written whole, line by line, in the order they are given."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from companies import audit
from companies.models import Membership
from recruiting.models import Criterion, Scorecard


def save(
    scorecard: Scorecard, name: str, lines: Sequence[Mapping[str, Any]], *, by: Membership
) -> Scorecard:
    """Name a scorecard and give it these lines (``section``, ``name``, ``kind``, ``weight``).

    Evaluations that were given keep the lines they were given with.
    """
    with transaction.atomic():
        verb = "scorecard.changed" if scorecard.pk else "scorecard.created"
        scorecard.name = name
        scorecard.save()
        scorecard.criteria.all().delete()
        Criterion.objects.bulk_create(
            Criterion(scorecard=scorecard, order=order, **line) for order, line in enumerate(lines)
        )
        audit.record(scorecard.company, verb, scorecard, by=by, name=name, lines=len(lines))
    return scorecard


def delete(scorecard: Scorecard, *, by: Membership) -> None:
    """Delete a scorecard; its positions ask for stars and a text then."""
    with transaction.atomic():
        audit.record(scorecard.company, "scorecard.deleted", scorecard, by=by, name=scorecard.name)
        scorecard.delete()
