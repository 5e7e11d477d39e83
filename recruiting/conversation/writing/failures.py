"""Mails that did not arrive: a person decides to send them again, or to leave it."""

from django.db import transaction
from django.utils import timezone

from companies import audit
from companies.models import Membership
from mailsettings.outbound import outbox
from recruiting.models import Message


def send_again(message: Message, *, by: Membership) -> bool:
    """Queue it anew for those who did not get it; return whether that was possible.

    One that was left before, and fails again, is to be decided again.
    """
    with transaction.atomic():
        if message.outgoing is None or not outbox.retry(message.outgoing, by=by):
            return False
        Message.objects.filter(pk=message.pk).update(archived_at=None)
    return True


def leave(message: Message, *, by: Membership) -> None:
    """It is not sent again: nobody needs to be asked any more. Can be undone. One audit line."""
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(archived_at=timezone.now())
        audit.record(message.company, "message.left_unsent", message, by=by)


def ask_again(message: Message, *, by: Membership) -> None:
    """Undo ``leave``. One audit line."""
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(archived_at=None)
        audit.record(message.company, "message.asked_again", message, by=by)
