"""Ending applications: the reason, and a mail that is held back for a while and can be stopped."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from companies.models import Membership
from mailsettings.models import OutgoingMail
from mailsettings.outbound import outbox
from recruiting.conversation.writing import composing
from recruiting.hiring.applications import pipeline
from recruiting.models import (
    Application,
    Message,
    MessageTemplate,
    RejectionReason,
    StageChange,
)

OF_ENDING = "rejection"  # marks a mail that goes out because an application ended


@dataclass(frozen=True)
class Ending:
    """Why, and which mail leaves after how long; no template, no mail."""

    reason: RejectionReason | None = None
    template: MessageTemplate | None = None
    delay: timedelta = timedelta()


def end(application: Application, kind: str, wanted: Ending, *, by: Membership) -> bool:
    """Reject (``kind`` "rejection") or withdraw an application; return whether anything changed.

    A mail is queued with it or nothing happens at all: raises ``composing.CannotSend``. Who was rejected
    already is not written to again.
    """
    with transaction.atomic():
        was = application.stage_id
        close = pipeline.reject if kind == RejectionReason.Kind.REJECTION else pipeline.withdraw
        changed = close(application, wanted.reason, by=by)
        if wanted.template and application.stage_id != was:
            letter = composing.Letter(
                wanted.template.subject, wanted.template.body, template=wanted.template.pk
            )
            later = timezone.now() + wanted.delay if wanted.delay else None
            message = composing.send(application, letter, by=by, not_before=later)
            Message.objects.filter(pk=message.pk).update(matched_by=OF_ENDING)
    return changed


def undo(change: StageChange, *, by: Membership) -> bool:
    """Take back a move, and stop the mail that would follow it; return whether it was taken back."""
    with transaction.atomic():
        undone = pipeline.undo(change, by=by)
        if undone:
            stop_mail(change.application, by=by)
    return undone


def stop_mail(application: Application, *, by: Membership) -> int:
    """Cancel mails of an ending that have not left; return how many."""
    held = OutgoingMail.objects.filter(
        message__application=application,
        message__matched_by=OF_ENDING,
        state=OutgoingMail.State.QUEUED,
    )
    return sum(outbox.cancel(mail, by=by) for mail in held)
