"""Filing deliveries: each becomes exactly one message, in a conversation or in Unassigned messages."""

import dataclasses
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, DataError, transaction
from django.db.models import Case, DateTimeField, F, IntegerField, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone, translation

from companies import files
from companies.models import Membership, StoredFile, User
from mailsettings.inbound import recipients, routing
from mailsettings.mime import html as mail_html
from mailsettings.mime import images, patience, trace
from mailsettings.mime.parse import ParsedMail, Part, parse
from mailsettings.mime.text import Trimmed, trim_quotes
from mailsettings.models import Delivery
from recruiting.choices import ArchivedAs, Why
from recruiting.conversation.receiving import accepting, matching, reachability, rules
from recruiting.conversation.receiving.matching import Letter, Match
from recruiting.conversation.writing import threads
from recruiting.hiring.applications import events
from recruiting.interviews import answers
from recruiting.models import Application, Message, MessageAttachment

logger = logging.getLogger(__name__)

BATCH = 200
MIN_ATTEMPTS = 5
PATIENCE = timedelta(minutes=30)  # with database and storage
# Machine mail that answers no conversation is kept, but nobody needs to sort it.
SENT = "sent"  # the kind of a copy of what a colleague wrote in a mail program
QUIET_KINDS = frozenset({"delay", "report", "calendar_reply"})


def file_received() -> int:
    """File every delivery that waits; one that cannot be filed never holds up the next. Return how many."""
    waiting = Delivery.objects.filter(state=Delivery.State.RECEIVED).order_by(
        "attempts", "received_at", "pk"
    )
    listed = list(waiting.values_list("pk", "raw__size")[:BATCH])
    return sum(_file_batch(batch) for batch in routing.divide(listed))


def file(delivery_id: int) -> bool:
    """File one delivery; say whether this call did it. Safe to call twice and at once.

    What breaks is put into quarantine with its reason. Trouble of database or storage is rarely the
    mail's fault: it is tried again for ``PATIENCE``, behind those that were not tried yet.
    """
    delivery = (
        Delivery.objects.filter(pk=delivery_id, state=Delivery.State.RECEIVED)
        .select_related("company", "raw", "mailbox__user")
        .first()
    )
    if delivery is None:
        return False
    try:
        return bool(_file([delivery]))
    except DataError as error:  # something in the mail that the database does not take
        _quarantine(delivery, error)
    except (DatabaseError, OSError) as error:
        _put_off(delivery, error)
    except Exception as error:  # noqa: BLE001 -- whatever it stumbled over, the next mail must not
        _quarantine(delivery, error)
    return False


def _file_batch(delivery_ids: list[int]) -> int:
    """File these at once or, when anything in one of them goes wrong, each alone."""
    if len(delivery_ids) > 1:
        waiting = Delivery.objects.filter(pk__in=delivery_ids, state=Delivery.State.RECEIVED)
        waiting = waiting.select_related("company", "raw", "subcompany", "mailbox__user")
        try:
            return _file(list(waiting.order_by("received_at", "pk")))
        except Exception as error:  # noqa: BLE001 -- told for the mail it belongs to, when that is filed alone
            logger.info("a batch of %s deliveries is filed one by one: %s", len(waiting), error)
    return sum(file(pk) for pk in delivery_ids)


def replay(delivery: Delivery) -> None:
    """Put a quarantined delivery back into the queue, to be read again by the code of today."""
    Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.QUARANTINED).update(
        state=Delivery.State.RECEIVED, attempts=0, reason=""
    )


@dataclasses.dataclass(slots=True)
class _Reading:
    """A delivery and what was read in it, before anything is written."""

    delivery: Delivery
    mail: ParsedMail
    letter: Letter
    html: str
    trimmed: Trimmed
    message: Message = dataclasses.field(init=False)


def _file(deliveries: list[Delivery]) -> int:
    """File all of these or none; return how many still waited."""
    readings = [_read(delivery) for delivery in deliveries]
    kept = _keep(readings)
    with transaction.atomic():
        held = Delivery.objects.select_for_update().filter(
            pk__in=[delivery.pk for delivery in deliveries], state=Delivery.State.RECEIVED
        )
        locked = {delivery.pk for delivery in held.order_by("pk")}
        readings = [reading for reading in readings if reading.delivery.pk in locked]
        book = matching.Book([reading.letter for reading in readings])
        putting_away = rules.Rules(
            {reading.delivery.company_id for reading in readings},
            {reading.letter.sender for reading in readings},
        )
        filed = []
        for reading in readings:
            found = _match(reading, book, putting_away)
            if reading.delivery.found_in in recipients.SELECTED and _is_nobodys(reading, found):
                _forget(reading.delivery)
                continue
            reading.message = _message(reading, found)
            book.note(reading.message)
            filed.append(reading)
        _write(filed, kept)
        putting_away.count()
    accepting.accept(reading.message for reading in filed)
    return len(filed)


def _write(readings: list[_Reading], kept: dict[int, list[tuple[Part, StoredFile]]]) -> None:
    """Write the messages with all that belongs to them."""
    Message.objects.bulk_create([reading.message for reading in readings])
    MessageAttachment.objects.bulk_create(
        attachment
        for reading in readings
        for attachment in _attachments(reading.message, kept[reading.delivery.pk])
    )
    _count([reading.message for reading in readings])
    reachability.heard_from(reading.message for reading in readings)
    for reading in readings:
        answers.take(reading.delivery.company, reading.mail)
    events.messages_received([reading.message for reading in readings if _is_news(reading.message)])
    _settle([reading.delivery for reading in readings])


def _settle(deliveries: list[Delivery]) -> None:
    """Write state and reason of all, with a statement for each that occurs: there are few."""
    outcomes: dict[tuple[str, str], list[int]] = {}
    for delivery in deliveries:
        outcomes.setdefault((delivery.state, delivery.reason), []).append(delivery.pk)
    for (state, reason), pks in outcomes.items():
        Delivery.objects.filter(pk__in=pks).update(state=state, reason=reason)


def _is_nobodys(reading: _Reading, found: Match) -> bool:
    """Whether it is about no candidate (any more), or a mail of ours that a server has renamed."""
    if found.application is None:
        return True
    if reading.delivery.kind != SENT:
        return False
    day = timedelta(days=1)
    at = _moment(reading.delivery, reading.mail)
    ours = found.application.messages.filter(
        outgoing__isnull=False, subject=reading.mail.subject[:500], at__range=(at - day, at + day)
    )
    words = reading.trimmed.new_text.split()
    return any(text.split() == words for text in ours.values_list("text", flat=True))


def _forget(delivery: Delivery) -> None:
    """Drop what came from a folder of which only the conversations with candidates are read."""
    raw = delivery.raw
    delivery.delete()
    files.release([raw])


def _read(delivery: Delivery) -> _Reading:
    raw = delivery.raw.read()
    with patience.limit():
        mail = parse(raw)
        return _Reading(
            delivery,
            mail,
            Letter(delivery.company_id, mail, [delivery.address], is_sent=delivery.kind == SENT),
            threads.without_marks(mail_html.sanitise(mail.html)) if mail.html else "",
            trim_quotes(threads.without_marks(mail.text)),
        )


def _keep(readings: list[_Reading]) -> dict[int, list[tuple[Part, StoredFile]]]:
    """Store the attachments of all, company by company; by delivery."""
    kept: dict[int, list[tuple[Part, StoredFile]]] = {
        reading.delivery.pk: [] for reading in readings
    }
    companies = {reading.delivery.company_id: reading.delivery.company for reading in readings}
    for pk, company in companies.items():
        parts = [
            (reading.delivery.pk, part)
            for reading in readings
            if reading.delivery.company_id == pk
            for part in reading.mail.attachments
        ]
        if parts:
            stored = files.store_many(company, [part.content for _, part in parts])
            for (delivery_id, part), row in zip(parts, stored, strict=True):
                kept[delivery_id].append((part, row))
    return kept


def _match(reading: _Reading, book: matching.Book, putting_away: rules.Rules) -> Match:
    delivery = reading.delivery
    if delivery.kind == "test":
        return matching.nobody(Why.TEST)
    found = book.find(reading.letter)
    if found.application is None and found.why != Why.CLOSED_THREAD:
        rule = putting_away.find(delivery.company_id, delivery.subcompany_id, reading.letter.sender)
        if rule:
            return matching.nobody(Why.RULE, pattern=rule.pattern, treat=rule.treat)
    return found


def _message(reading: _Reading, found: Match) -> Message:
    """The message of a delivery, unsaved; the delivery is told, unsaved, what has become of it."""
    delivery, mail = reading.delivery, reading.mail
    sender = mail.sender
    is_sent = delivery.kind == SENT and found.application is not None
    put_away = found.about["treat"] if found.why == Why.RULE else ""
    is_quiet = bool(put_away) or (not found.application and _is_quiet(delivery, mail))
    kind = "person" if is_sent else delivery.kind or "person"
    results = {} if is_sent else trace.read_results(mail, settings.AUTHSERV_IDS)
    failed = trace.list_failed(results, is_redirected=recipients.is_redirected(delivery))
    with translation.override("en"):  # a line in a log, for administrators
        delivery.reason = found.reason
    delivery.state = Delivery.State.UNMATCHED
    if found.application:
        delivery.state = Delivery.State.FILED
    elif is_quiet:
        delivery.state = Delivery.State.IGNORED
    return Message(
        company=delivery.company,
        subcompany=found.application.position.subcompany
        if found.application
        else delivery.subcompany,
        candidate=found.candidate,
        application=found.application,
        direction=Message.Direction.OUT if is_sent else Message.Direction.IN,
        author=_find_author(delivery, mail) if is_sent else None,
        delivery=delivery,
        message_id=mail.message_id[:998],
        thread_key=threads.key(found.application) if found.application else "",
        from_name=sender.name[:255] if sender else "",
        from_address=sender.addr_spec[:255] if sender else "",
        to_addresses=[address.addr_spec for address in mail.to[:50]],
        cc_addresses=[address.addr_spec for address in mail.cc[:50]],
        subject=mail.subject[:500],
        text=reading.trimmed.new_text,
        quoted_text=reading.trimmed.quoted_text,
        html=reading.html,
        kind=ArchivedAs.MACHINE if put_away == ArchivedAs.MACHINE else kind,
        matched_by=found.matched_by,
        why=found.why,
        why_about=found.about,
        authentication=results,
        failed_checks=", ".join(method.upper() for method in failed),
        needs_confirmation=found.needs_confirmation,
        at=_moment(delivery, mail),
        archived_at=timezone.now() if is_quiet else None,
        archived_as=put_away,
    )


def _find_author(delivery: Delivery, mail: ParsedMail) -> User | None:
    """The colleague whose mailbox it lay in, else the one who is known here by that address."""
    if delivery.mailbox and delivery.mailbox.user:
        return delivery.mailbox.user
    address = mail.sender.addr_spec if mail.sender else ""
    colleagues = Membership.objects.active().filter(company=delivery.company_id)
    found = colleagues.filter(user__email__iexact=address).select_related("user").first()
    return found.user if found else None


def _moment(delivery: Delivery, mail: ParsedMail) -> datetime:
    """When it was written; a Date from the future or long past is the sender's error, not ours."""
    written, received = mail.date, delivery.received_at
    if written is None or written > received + timedelta(minutes=10):
        return received
    return written if written > received - timedelta(days=30) else received


def _attachments(
    message: Message, kept: list[tuple[Part, StoredFile]]
) -> Iterator[MessageAttachment]:
    shown = mail_html.content_ids(message.html)
    for part, stored in kept:
        is_inline = part.content_id in shown and bool(images.kind(part.content))
        yield MessageAttachment(
            message=message,
            file=stored,
            name=part.name,
            content_type=part.content_type[:127],
            content_id=part.content_id[:255],
            is_inline=is_inline,
        )


def _is_quiet(delivery: Delivery, mail: ParsedMail) -> bool:
    """Whether nobody needs to sort it. What a job board generates is no reply and may be an application."""
    is_reply = mail.auto_submitted.lower().startswith("auto-replied")
    return delivery.kind in QUIET_KINDS or (delivery.kind == "auto_reply" and is_reply)


def _is_news(message: Message) -> bool:
    is_received = message.kind == "person" and message.direction == Message.Direction.IN
    return is_received and message.archived_at is None


def _count(messages: list[Message]) -> None:
    """Let the counters of conversations follow what was filed in them."""
    touched: dict[int, tuple[datetime, int]] = {}
    answered: dict[int, datetime] = {}
    for message in messages:
        if message.application_id:
            _, unread = touched.get(message.application_id, (message.at, 0))
            touched[message.application_id] = message.at, unread + int(_is_news(message))
            if message.direction == Message.Direction.OUT:
                answered[message.application_id] = message.at
    _note_answers(answered)
    if touched:
        # One statement, so that rows are locked in one order whoever else counts.
        latest = [When(pk=pk, then=Value(at)) for pk, (at, _) in touched.items()]
        more = [When(pk=pk, then=Value(count)) for pk, (_, count) in touched.items()]
        Application.objects.filter(pk__in=touched).update(
            last_message_at=Case(*latest, output_field=DateTimeField()),
            unread_count=F("unread_count") + Case(*more, output_field=IntegerField()),
            waiting_since=Case(
                *[
                    When(pk=pk, then=Coalesce(F("waiting_since"), Value(at)))
                    for pk, (at, count) in touched.items()
                    if count
                ],
                default=F("waiting_since"),
                output_field=DateTimeField(),
            ),
            snoozed_until=Case(
                When(pk__in=[pk for pk, (_, count) in touched.items() if count], then=None),
                default=F("snoozed_until"),
                output_field=DateTimeField(),
            ),
        )


def _note_answers(answered: dict[int, datetime]) -> None:
    """What a colleague wrote elsewhere answers what had come until then."""
    for pk, at in answered.items():
        Application.objects.filter(pk=pk, waiting_since__lte=at).update(
            waiting_since=None, snoozed_until=None
        )


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
