"""Telling people what happened: written down first, then spread to those it concerns, then mailed."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from companies.capabilities import Can
from companies.models import Membership, Role
from mailsettings.models import Mailbox, OutgoingMail
from recruiting.conversation.receiving import reachability
from recruiting.models import (
    Application,
    Interview,
    Message,
    Notification,
    NotificationChoice,
    Position,
    TeamNotifications,
)
from recruiting.models.notifications import ByMail, NewsKind

BATCH = 200
LOOK_BACK = timedelta(days=7)
KEPT_FOR = timedelta(days=90)
TROUBLE = (OutgoingMail.State.FAILED, OutgoingMail.State.UNCONFIRMED, OutgoingMail.State.BOUNCED)
DEFAULTS: dict[str, str] = {
    NewsKind.NEW_APPLICATION: ByMail.DAILY,
    NewsKind.NEW_MESSAGE: ByMail.OFF,
    NewsKind.MENTION: ByMail.NOW,
    NewsKind.ASSIGNED: ByMail.NOW,
    NewsKind.INTERVIEW_CHOSEN: ByMail.OFF,  # the invitation is a mail already
    NewsKind.INTERVIEW_DECLINED: ByMail.NOW,
    NewsKind.EVALUATION: ByMail.NOW,
    NewsKind.MAIL_FAILED: ByMail.NOW,
    NewsKind.CONNECTION: ByMail.NOW,
}
_ABOUT = (
    "application__candidate",
    "application__position",
    "application__assignee",
    "message",
    "mailbox",
    "actor__user",
)


def application_received(application: Application) -> Notification:
    """Return the row that tells it, for who inserts it together with the application's."""
    return Notification(
        company_id=application.position.company_id,
        kind=NewsKind.NEW_APPLICATION,
        application=application,
    )


def messages_received(messages: Sequence[Message]) -> None:
    Notification.objects.bulk_create(
        Notification(
            company_id=message.company_id,
            kind=NewsKind.NEW_MESSAGE,
            application_id=message.application_id,
            message=message,
        )
        for message in messages
    )


def tell(member: Membership, kind: NewsKind, application: Application, *, by: Membership) -> None:
    """Tell one member, unless it is their own doing."""
    if member.pk != by.pk:
        Notification.objects.create(
            company=by.company, kind=kind, member=member, application=application, actor=by
        )


def interview_answered(interview: Interview, kind: NewsKind) -> None:
    """The candidate chose a time or declined it: for who arranged it, else for the position's people."""
    application = interview.application
    Notification.objects.create(
        company_id=application.position.company_id,
        kind=kind,
        member_id=interview.organiser_id,
        application=application,
    )


def look_for_trouble() -> int:
    """Write down mails that did not arrive, and accounts that rest, each once; return how many.

    Addresses that cannot be reached are marked as well.
    """
    since = timezone.now() - LOOK_BACK
    told = Notification.objects.filter(kind=NewsKind.MAIL_FAILED).values("message")
    lost = Message.objects.filter(outgoing__state__in=TROUBLE, archived_at=None, at__gt=since)
    news = list(lost.exclude(pk__in=told.filter(at__gt=since))[:BATCH])
    reachability.note(news)
    rows = [
        Notification(
            company_id=message.company_id,
            kind=NewsKind.MAIL_FAILED,
            application_id=message.application_id,
            message=message,
        )
        for message in news
    ]
    for mailbox in Mailbox.objects.filter(paused_at__isnull=False):
        known = Notification.objects.filter(mailbox=mailbox, at__gte=mailbox.paused_at)
        if not known.exists():
            rows.append(
                Notification(
                    company_id=mailbox.company_id, kind=NewsKind.CONNECTION, mailbox=mailbox
                )
            )
    Notification.objects.bulk_create(rows)
    return len(rows)


def spread() -> int:
    """Make of what happened the rows of those it concerns; return how many things were spread."""
    waiting = list(Notification.objects.untold().select_related(*_ABOUT).order_by("pk")[:BATCH])
    return sum(_spread(row) for row in waiting)


def _spread(row: Notification) -> bool:
    with transaction.atomic():
        if not Notification.objects.untold().filter(pk=row.pk).delete()[0]:
            return False  # another worker has it
        people = [member for member in concerned(row) if member.pk != row.actor_id]
        choices = {
            choice.member_id: choice
            for choice in NotificationChoice.objects.filter(member__in=people, kind=row.kind)
        }
        rows = []
        for member in people:
            choice = choices.get(member.pk)
            in_app = choice.in_app if choice else True
            mail = choice.mail if choice else DEFAULTS[row.kind]
            if in_app or mail != ByMail.OFF:
                rows.append(_copy(row, member=member, in_app=in_app, mail=mail))
        team = TeamNotifications.objects.filter(company=row.company_id).exclude(address="").first()
        if team and row.kind in team.kinds:
            rows.append(_copy(row, address=team.address, in_app=False, mail=team.mail))
        Notification.objects.bulk_create(rows)
    return True


def _copy(row: Notification, **fields: object) -> Notification:
    values = {
        "company_id": row.company_id,
        "kind": row.kind,
        "actor_id": row.actor_id,
        "application_id": row.application_id,
        "message_id": row.message_id,
        "mailbox_id": row.mailbox_id,
        "at": row.at,
    }
    return Notification(**values, is_told=True, **fields)


def concerned(row: Notification) -> list[Membership]:
    """Who is to know: who is meant, else whose conversation it is, else all who would deal with it."""
    members = Membership.objects.active().filter(company=row.company_id).select_related("user")
    application, message, mailbox = row.application, row.message, row.mailbox
    meant = row.member_id
    if row.kind == NewsKind.NEW_MESSAGE and application:
        meant = application.assignee_id
    if meant:
        return list(members.filter(pk=meant))
    if row.kind == NewsKind.MAIL_FAILED and message and message.author_id:
        return list(members.filter(user=message.author_id))
    if mailbox:
        if mailbox.user_id:
            return list(members.filter(user=mailbox.user_id))
        places = (None, mailbox.subcompany_id)
        return _who(members, Can.EDIT_MAIL_SETTINGS, places)
    if application:
        team = application.position.team.values_list("membership", flat=True)
        return _who_see(members, application.position, set(team))
    return _who(members, Can.SORT_MESSAGES, (None, message.subcompany_id if message else None))


def _who(members: Iterable[Membership], can: Can, places: Sequence[int | None]) -> list[Membership]:
    return [one for one in members if can in one.can and one.subcompany_id in places]


def _who_see(members: Iterable[Membership], position: Position, team: set[int]) -> list[Membership]:
    writers = _who(members, Can.WRITE_MESSAGES, (None, position.subcompany_id))
    return [one for one in writers if one.role != Role.HIRING_MANAGER or one.pk in team]


def read(member: Membership, *, application: Application | None = None) -> int:
    """Mark a member's notifications as read, all or those about an application."""
    mine = Notification.objects.visible_to(member).filter(is_told=True).unread()
    if application:
        mine = mine.filter(application=application)
    return mine.update(read_at=timezone.now())


def choose(member: Membership, wishes: dict[str, tuple[bool, str]]) -> None:
    """Keep how a member wants to be told of each kind."""
    for kind, (in_app, mail) in wishes.items():
        NotificationChoice.objects.update_or_create(
            member=member, kind=kind, defaults={"in_app": in_app, "mail": mail}
        )


def forget() -> int:
    """Delete what is older than ``KEPT_FOR``."""
    return Notification.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()[0]


def due(cadence: str) -> list[Notification]:
    """What waits to be mailed, those of one reader together; who has read it needs no mail."""
    waiting = Notification.objects.filter(Q(read_at=None), mail=cadence, is_told=True)
    found = waiting.select_related(*_ABOUT, "member__user", "company")
    return list(found.order_by(F("member").asc(nulls_last=True), "address", "at")[:BATCH])
