"""Applications that nobody has worked on: they can be taken back as if they had never come."""

from django.db.models import Count, Q

from recruiting.models import Application, Candidate
from recruiting.models.applications import ApplicationQuerySet


def take_back(made: ApplicationQuerySet) -> int:
    """Delete those of ``made`` that nobody has worked on, and people with their last one; return how many.

    Stays what was moved, written to, noted, invited or evaluated since it came. Call it in a transaction.
    """
    untouched = list(
        made.annotate(
            moves=Count("stage_changes", distinct=True),
            mails=Count("messages", distinct=True),
            remarks=Count("notes", distinct=True),
            talks=Count("interviews", distinct=True),
            opinions=Count("reviews", distinct=True, filter=Q(reviews__stars__isnull=False)),
        )
        .filter(moves__lte=1, mails=0, remarks=0, talks=0, opinions=0)
        .values_list("pk", "candidate_id")
    )
    Application.objects.filter(pk__in=[pk for pk, _person in untouched]).delete()
    people = Candidate.objects.filter(pk__in=[person for _pk, person in untouched])
    people.filter(applications=None, messages=None).delete()
    return len(untouched)
