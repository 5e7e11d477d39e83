"""Filing deliveries: each becomes exactly one message, in a conversation or in Unassigned messages."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, DataError, transaction
from django.db.models import F
from django.utils import timezone

from companies import files
from companies.models import StoredFile
from mailsettings.inbound.recipients import PERSONAL
from mailsettings.mime import html as mail_html
from mailsettings.mime.parse import ParsedMail, Part, parse
from mailsettings.mime.text import trim_quotes
from mailsettings.models import Delivery
from recruiting.conversation import matching, threads
from recruiting.conversation.matching import Match
from recruiting.hiring import events
from recruiting.models import Application, Message, MessageAttachment

logger = logging.getLogger(__name__)

BATCH = 200
MIN_ATTEMPTS = 5
PATIENCE = timedelta(minutes=30)  # with database and storage
# Machine mail that answers no conversation is kept, but nobody needs to sort it.
QUIET_KINDS = frozenset({"delay", "report", "calendar_reply"})


def file_received() -> int:
    """File every delivery that waits; one that cannot be filed never holds up the next. Return how many."""
    waiting = Delivery.objects.filter(state=Delivery.State.RECEIVED).order_by(
        "attempts", "received_at", "pk"
    )
    filed = 0
    for pk in list(waiting.values_list("pk", flat=True)[:BATCH]):
        filed += file(pk)
    return filed


def file(delivery_id: int) -> bool:
    """File one delivery; say whether this call did it. Safe to call twice and at once.

    What breaks is put into quarantine with its reason. Trouble of database or storage is rarely the
    mail's fault: it is tried again for ``PATIENCE``, behind those that were not tried yet.
    """
    delivery = (
        Delivery.objects.filter(pk=delivery_id, state=Delivery.State.RECEIVED)
        .select_related("company", "raw")
        .first()
    )
    if delivery is None:
        return False
    try:
        return _file(delivery)
    except DataError as error:  # something in the mail that the database does not take
        _quarantine(delivery, error)
    except (DatabaseError, OSError) as error:
        _put_off(delivery, error)
    except Exception as error:  # noqa: BLE001 -- whatever it stumbled over, the next mail must not
        _quarantine(delivery, error)
    return False


def replay(delivery: Delivery) -> None:
    """Put a quarantined delivery back into the queue, to be read again by the code of today."""
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.QUARANTINED).update(
        state=Delivery.State.RECEIVED, attempts=0, reason=""
    )


def _file(delivery: Delivery) -> bool:
    mail = parse(delivery.raw.read())
    kept = [(part, files.store(delivery.company, part.content)) for part in mail.attachments]
    with transaction.atomic():
        locked = (
            Delivery.objects.select_for_update()
            .filter(pk=delivery.pk, state=Delivery.State.RECEIVED)
            .first()
        )
        if locked is None:
            return False
        found = _match(delivery, mail)
        if found.candidate is None and delivery.found_in == PERSONAL:
            _forget(locked)
            return False
        message = _message(delivery, mail, found)
        _attach(message, kept)
        state = _settle(message, is_quiet=_is_quiet(delivery, mail))
        if message.kind == "person":
            events.message_received(message)
        Delivery.objects.filter(pk=delivery.pk).update(state=state, reason=found.reason)
    return True


def _forget(delivery: Delivery) -> None:
    """Drop what came from a personal mailbox and is about no candidate (any more)."""
    delivery.delete()
    files.release([delivery.raw])


def _match(delivery: Delivery, mail: ParsedMail) -> Match:
    if delivery.kind == "test":
        return Match(None, None, "", "A test mail: it proves that the redirect works.")
    return matching.find(delivery.company, mail, addressed_to=[delivery.address])


def _message(delivery: Delivery, mail: ParsedMail, found: Match) -> Message:
    trimmed = trim_quotes(mail.text)
    sender = mail.sender
    return Message.objects.create(
        company=delivery.company,
        subcompany=found.application.position.subcompany
        if found.application
        else delivery.subcompany,
        candidate=found.candidate,
        application=found.application,
        direction=Message.Direction.IN,
        delivery=delivery,
        message_id=mail.message_id[:998],
        thread_key=threads.key(found.application) if found.application else "",
        from_name=sender.name[:255] if sender else "",
        from_address=sender.addr_spec[:255] if sender else "",
        to_addresses=[address.addr_spec for address in mail.to[:50]],
        cc_addresses=[address.addr_spec for address in mail.cc[:50]],
        subject=mail.subject[:500],
        text=trimmed.new_text,
        quoted_text=trimmed.quoted_text,
        html=mail_html.sanitise(mail.html) if mail.html else "",
        kind=delivery.kind or "person",
        matched_by=found.matched_by,
        reason=found.reason,
        needs_confirmation=found.needs_confirmation,
        at=_moment(delivery, mail),
    )


def _moment(delivery: Delivery, mail: ParsedMail) -> datetime:
    """When it was written; a Date from the future or long past is the sender's error, not ours."""
    written, received = mail.date, delivery.received_at
    if written is None or written > received + timedelta(minutes=10):
        return received
    return written if written > received - timedelta(days=30) else received


def _attach(message: Message, kept: list[tuple[Part, StoredFile]]) -> None:
    MessageAttachment.objects.bulk_create(
        MessageAttachment(
            message=message,
            file=stored,
            name=part.name,
            content_type=part.content_type[:127],
            content_id=part.content_id[:255],
            is_inline=part.inline,
        )
        for part, stored in kept
    )


def _is_quiet(delivery: Delivery, mail: ParsedMail) -> bool:
    """Whether nobody needs to sort it. What a job board generates is no reply and may be an application."""
    is_reply = mail.auto_submitted.lower().startswith("auto-replied")
    return delivery.kind in QUIET_KINDS or (delivery.kind == "auto_reply" and is_reply)


def _settle(message: Message, *, is_quiet: bool) -> Delivery.State:
    """Count the message where it was filed and say what the delivery has become."""
    if message.application_id:
        unread = int(message.kind == "person")
        Application.objects.filter(pk=message.application_id).update(
            last_message_at=message.at, unread_count=F("unread_count") + unread
        )
        return Delivery.State.FILED
    if is_quiet:
        Message.objects.filter(pk=message.pk).update(archived_at=timezone.now())
        return Delivery.State.IGNORED
    return Delivery.State.UNMATCHED


def _put_off(delivery: Delivery, error: Exception) -> None:
    """Try a delivery again later; when that has not helped for a while it goes into quarantine."""
    is_old = delivery.received_at < timezone.now() - PATIENCE
    if is_old and delivery.attempts + 1 >= MIN_ATTEMPTS:
        _quarantine(delivery, error)
        return
    reason = f"{type(error).__name__}: {error}"
    logger.warning("delivery %s is tried again: %s", delivery.pk, reason)
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.RECEIVED).update(
        attempts=F("attempts") + 1, reason=reason
    )


def _quarantine(delivery: Delivery, error: Exception) -> None:
    logger.error("delivery %s goes into quarantine", delivery.pk, exc_info=error)
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.RECEIVED).update(
        state=Delivery.State.QUARANTINED,
        attempts=F("attempts") + 1,
        reason=f"{type(error).__name__}: {error}",
    )
