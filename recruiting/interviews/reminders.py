"""Reminders the day before: the row is won first, its letters are queued in the same transaction."""

from django.db import transaction
from django.utils import timezone

from recruiting.conversation.writing.composing import CannotSend
from recruiting.interviews import letters
from recruiting.models import Interview

BATCH = 200


def send_due() -> int:
    """Queue the reminders that are due; return of how many interviews. Nobody is reminded twice."""
    due = Interview.objects.filter(remind_at__lte=timezone.now()).order_by("remind_at")
    return sum(_send(pk) for pk in list(due.values_list("pk", flat=True)[:BATCH]))


@transaction.atomic
def _send(pk: int) -> bool:
    mine = Interview.objects.filter(pk=pk, remind_at__lte=timezone.now())
    if not mine.update(remind_at=None):
        return False
    interview = Interview.objects.select_related(
        "organiser__user",
        "application__candidate",
        "application__position__company__email_settings",
        "application__position__subcompany",
    ).get(pk=pk)
    is_off = interview.state != Interview.State.BOOKED or interview.application.closed_at
    if is_off or interview.starts_at is None or interview.starts_at <= timezone.now():
        return False
    try:
        with transaction.atomic():
            letters.to_candidate(interview, "reminder", by=None)
    except CannotSend:  # colleagues are reminded all the same
        pass
    rows = interview.participants.select_related("membership__user")
    letters.to_colleagues(interview, [row.membership for row in rows], "reminder")
    return True
