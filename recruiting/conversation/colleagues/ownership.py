"""Who answers a conversation and when: assignee, snooze, done. One function per change, each audited."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Min
from django.db.models.functions import Coalesce
from django.utils import timezone

from companies import audit
from companies.models import Membership
from mailsettings.models import OutgoingMail
from recruiting.conversation.colleagues import notify
from recruiting.models import Application, Message
from recruiting.models.notifications import NewsKind


def arrived(message: Message) -> None:
    """A mail came into a conversation: from a person it waits for an answer, and ends a snooze."""
    if message.application_id and message.kind == "person":
        Application.objects.filter(pk=message.application_id).update(
            waiting_since=Coalesce(F("waiting_since"), message.at), snoozed_until=None
        )


def answered(application: Application, *, by: Membership) -> None:
    """Somebody wrote: nothing waits any more, and who answers first has the conversation from now on."""
    Application.objects.filter(pk=application.pk).update(waiting_since=None, snoozed_until=None)
    Application.objects.filter(pk=application.pk, assignee=None).update(assignee=by)


def stopped(answer: Message) -> None:
    """An answer was stopped before it left: if the person had the last word, that waits again."""
    if answer.application and (since := unanswered_since(answer.application)):
        Application.objects.filter(pk=answer.application.pk).update(
            waiting_since=Coalesce(F("waiting_since"), since)
        )


def unanswered_since(application: Application) -> datetime | None:
    """When the person wrote first after what was last written to them; None if nobody did."""
    theirs = application.messages.filter(direction=Message.Direction.IN, kind="person")
    ours = application.messages.filter(direction=Message.Direction.OUT)
    last = ours.exclude(outgoing__state=OutgoingMail.State.CANCELLED).aggregate(at=Max("at"))["at"]
    waiting = theirs.filter(at__gt=last) if last else theirs
    first: datetime | None = waiting.aggregate(at=Min("at"))["at"]
    return first


def hand_to(application: Application, assignee: Membership | None, *, by: Membership) -> None:
    """Give the conversation to a colleague, who is told, or to nobody."""
    with transaction.atomic():
        Application.objects.filter(pk=application.pk).update(assignee=assignee)
        if assignee:
            notify.tell(assignee, NewsKind.ASSIGNED, application, by=by)
        audit.record(
            by.company,
            "conversation.assigned",
            application,
            by=by,
            assignee=assignee.pk if assignee else None,
        )


def snooze(application: Application, until: datetime, *, by: Membership) -> None:
    """Take the conversation out of Unreplied until then; a new mail brings it back at once."""
    with transaction.atomic():
        Application.objects.filter(pk=application.pk).update(
            snoozed_until=until, waiting_since=Coalesce(F("waiting_since"), timezone.now())
        )
        audit.record(by.company, "conversation.snoozed", application, by=by)


def finish(application: Application, *, by: Membership) -> bool:
    """Nothing needs to be answered (done); return whether something waited. Can be undone."""
    with transaction.atomic():
        waited = Application.objects.filter(pk=application.pk, waiting_since__isnull=False)
        if not waited.update(waiting_since=None, snoozed_until=None):
            return False
        audit.record(by.company, "conversation.done", application, by=by)
    return True


def wake(application: Application, *, by: Membership) -> None:
    """Undo done and snooze: the conversation waits for an answer again, since when it did."""
    since = unanswered_since(application) or application.last_message_at or timezone.now()
    with transaction.atomic():
        Application.objects.filter(pk=application.pk).update(
            snoozed_until=None,
            waiting_since=Coalesce(F("waiting_since"), since),
        )
        audit.record(by.company, "conversation.reopened", application, by=by)
