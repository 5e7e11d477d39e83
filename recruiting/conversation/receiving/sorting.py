"""Sorting Unassigned messages: assign, create an application, archive. One function per change."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from companies import audit, files
from companies.models import Membership
from mailsettings.inbound.recipients import SELECTED
from mailsettings.models import Delivery
from recruiting.choices import ArchivedAs, Why
from recruiting.conversation.colleagues import ownership
from recruiting.conversation.writing import threads
from recruiting.hiring.applications import applying, untouched
from recruiting.hiring.applications.applying import Applicant
from recruiting.models import Application, Message, Position
from recruiting.models.applications import Door
from recruiting.people import addresses, categories
from recruiting.people.uploads import Paper

KEPT_FOR = timedelta(days=30)
WIPED_AT_ONCE = 500


class AlreadySorted(Exception):
    """Somebody else has sorted this message in the meantime."""


class WorkedOn(Exception):
    """The application made of this message has been worked on, so it is not taken back."""


def assign(
    message: Message,
    application: Application,
    *,
    by: Membership | None,
    remember_address: bool = True,
    is_made_of_it: bool = False,
) -> None:
    """File an unassigned message in a conversation; nobody did (``by``) where its position takes such.

    ``unassign`` takes back what a member did, and with it an application that ``is_made_of_it``.

    Effects: the message and its delivery are filed, the application's counters follow, the sender's
    address is remembered for the person if wanted (the next mail then files itself), one audit line.
    Raises ``AlreadySorted`` when it no longer stands in Unassigned messages.
    """
    candidate = application.candidate
    wanted = bool(remember_address and message.from_address)
    was = {"why": message.why, "about": message.why_about}
    with transaction.atomic():
        is_new = wanted and not addresses.knows(candidate, message.from_address)
        _take(
            message,
            candidate=candidate,
            application=application,
            subcompany=application.position.subcompany,
            thread_key=threads.key(application),
            matched_by="hand",
            why=Why.ASSIGNED if by else Why.ACCEPTED,
            why_about={
                "member": str(by.user),
                "learned": is_new,
                "made": is_made_of_it,
                "was": was,
            }
            if by
            else {},
        )
        Application.objects.filter(pk=application.pk).update(
            last_message_at=message.at, unread_count=F("unread_count") + int(not message.read_at)
        )
        ownership.arrived(message)
        _settle(message, Delivery.State.FILED)
        if wanted:
            addresses.learn(candidate, message.from_address)
        audit.record(message.company, "message.assigned", message, by=by)


def unassign(message: Message, *, by: Membership) -> bool:
    """Take back ``assign``: it waits to be sorted again, and what was learned by it is forgotten.

    An application that was made of it is deleted; raises ``WorkedOn``, and nothing changes, if that was
    moved, written to or the like since.
    """
    candidate, application = message.candidate, message.application
    if candidate is None or application is None or message.why != Why.ASSIGNED:
        return False
    about = message.why_about
    was = about.get("was", {})
    with transaction.atomic():
        detach(message, by=by)
        if was:
            Message.objects.filter(pk=message.pk).update(why=was["why"], why_about=was["about"])
        if about.get("learned"):
            addresses.forget(candidate, message.from_address)
        if about.get("made"):
            if not untouched.take_back(Application.objects.filter(pk=application.pk)):
                raise WorkedOn
            audit.record(message.company, "application.taken_back", message, by=by)
    return True


def create_application(
    message: Message,
    *,
    position: Position,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    by: Membership | None,
) -> Application:
    """Make an application of an unassigned mail and file the mail in its conversation.

    The attachments become documents. ``undo`` takes it back while nobody has worked on it. Raises
    ``AlreadyApplied`` (assign the message instead) and ``AlreadySorted``; nothing has changed then.
    """
    applicant = Applicant(
        email=email,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        message=message.text,
        documents=_papers(message),
        applied_at=message.at,
    )
    with transaction.atomic():
        application = applying.apply(position, applicant, door=Door.MAIL, by=by)
        assign(message, application, by=by, is_made_of_it=True)
    return application


def _papers(message: Message) -> list[Paper]:
    """Attachments as documents; pictures inside the text are decoration."""
    return [
        Paper(
            attachment.file,
            attachment.name,
            attachment.content_type,
            categories.guess(attachment.name),
        )
        for attachment in message.attachments.filter(is_inline=False).select_related("file")
    ]


def archive(message: Message, *, by: Membership, as_: str = ArchivedAs.NOT_CANDIDATE) -> None:
    """Take a message out of Unassigned messages without filing it. Can be undone.

    Spam and what was deleted is wiped after ``KEPT_FOR``. Raises ``AlreadySorted``.
    """
    with transaction.atomic():
        _take(message, archived_at=timezone.now(), archived_as=as_)
        _settle(message, Delivery.State.IGNORED)
        audit.record(message.company, "message.archived", message, by=by, archived_as=str(as_))


def unarchive(message: Message, *, by: Membership) -> bool:
    """Bring an archived message back; idempotent."""
    archived = Message.objects.archived().filter(pk=message.pk)
    with transaction.atomic():
        if not archived.update(archived_at=None, archived_as=""):
            return False
        _settle(message, Delivery.State.UNMATCHED)
        audit.record(message.company, "message.unarchived", message, by=by)
    return True


def undo(message: Message, *, by: Membership) -> bool:
    """Put a message that was sorted back where it was; return whether it was. May raise ``WorkedOn``."""
    return unassign(message, by=by) if message.candidate_id else unarchive(message, by=by)


def wipe() -> int:
    """Delete spam and deleted mails that nobody wanted back for ``KEPT_FOR``, with their raw files."""
    old = Message.objects.archived().filter(
        archived_as__in=[ArchivedAs.SPAM, ArchivedAs.DELETED],
        archived_at__lte=timezone.now() - KEPT_FOR,
    )
    wiped = list(old.select_related("delivery__raw")[:WIPED_AT_ONCE])
    for message in wiped:
        with transaction.atomic():
            delivery = message.delivery
            message.delete()
            if delivery:
                raw = delivery.raw
                delivery.delete()
                files.release([raw])
    return len(wiped)


def confirm_address(message: Message, *, by: Membership) -> None:
    """Confirm that a reply from another address is the candidate's; the address is remembered."""
    if message.candidate is None:
        return
    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(needs_confirmation=False)
        addresses.learn(message.candidate, message.from_address)
        audit.record(message.company, "message.address_confirmed", message, by=by)


def detach(message: Message, *, by: Membership) -> None:
    """Send a wrongly filed message back to Unassigned messages.

    Away, if a colleague wrote it, or if it was read in a personal mailbox.
    """
    delivery = message.delivery
    with transaction.atomic():
        if delivery and (message.direction == "out" or delivery.found_in in SELECTED):
            audit.record(message.company, "message.removed", message, by=by)
            _clear_unread(message)
            message.delete()
            Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.IGNORED)
            return
        moved = Message.objects.filter(
            pk=message.pk, direction=Message.Direction.IN, application__isnull=False
        ).update(
            candidate=None,
            application=None,
            thread_key="",
            matched_by="",
            needs_confirmation=False,
            why=Why.DETACHED,
            why_about={"member": str(by.user)},
        )
        if moved and message.application_id:
            _clear_unread(message)
            waited_for = Application.objects.filter(
                pk=message.application_id, waiting_since=message.at
            )
            waited_for.update(waiting_since=None)
            _settle(message, Delivery.State.UNMATCHED)
            audit.record(message.company, "message.detached", message, by=by)


def _clear_unread(message: Message) -> None:
    if message.application_id and not message.read_at:
        Application.objects.filter(pk=message.application_id, unread_count__gt=0).update(
            unread_count=F("unread_count") - 1
        )


def _take(message: Message, **fields: object) -> None:
    """Win the message while it is still unassigned, and write ``fields`` to it."""
    won = Message.objects.unassigned().filter(pk=message.pk).update(**fields)
    if not won:
        raise AlreadySorted
    message.refresh_from_db()


def _settle(message: Message, state: Delivery.State) -> None:
    if message.delivery_id:
        Delivery.objects.filter(pk=message.delivery_id).update(state=state)
