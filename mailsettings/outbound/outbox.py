"""The outgoing spool: put mails in, send what is due, and know how far each one got.

Waking a worker is an optimisation; ``deliver_due`` is the guarantee. Whoever wins the claim sends,
everybody else does nothing, so every function here may be called any number of times.
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Min, Q
from django.utils import timezone

from companies import audit, files
from companies.audit import Actor
from companies.models import Company, StoredFile
from mailsettings.mime.compose import Draft, compose, pieces
from mailsettings.models import Event, Mailbox, OutgoingMail, OutgoingRecipient
from mailsettings.outbound import doorbell, draining, outcomes, renamed, webhooks

State = OutgoingMail.State
AT_ONCE = 8  # accounts that are served side by side, so that a dead one delays no other
IN_MEMORY = 1024 * 1024  # bytes of files with which a mail is composed in one piece
REPORTED_WITHIN = timedelta(days=5)  # in which servers give up, most of them at once
SECONDS = 20.0  # for which a worker begins mails; the next ring or sweep goes on


def queue(
    *,
    company: Company,
    mailbox: Mailbox | None,
    envelope_sender: str,
    recipients: Sequence[str],
    raw: bytes | StoredFile,
    message_id: str,
    subject: str = "",
    not_before: datetime | None = None,
) -> OutgoingMail:
    """Put a mail into the spool and wake a worker once the caller's transaction has committed.

    The bytes are on disk before the row that names them. ``recipients`` is the envelope, Bcc
    included; ``mailbox`` None sends through the platform. ``ValueError`` without a recipient. Who queues
    many stores their bytes together (``files.store_many``), which flushes the disk for several at a time.
    """
    if not recipients:
        raise ValueError("a mail needs at least one recipient")
    with transaction.atomic():
        mail = OutgoingMail.objects.create(
            company=company,
            mailbox=mailbox,
            raw=files.store(company, raw) if isinstance(raw, bytes) else raw,
            message_id=message_id,
            envelope_sender=envelope_sender,
            subject=" ".join(subject.split())[:500],
            next_attempt_at=not_before or timezone.now(),
        )
        OutgoingRecipient.objects.bulk_create(
            OutgoingRecipient(mail=mail, address=address) for address in dict.fromkeys(recipients)
        )
    if mail.next_attempt_at <= timezone.now():
        _wake(mail)
    return mail


def store(company: Company, draft: Draft) -> StoredFile:
    """Keep the bytes of a mail for ``queue``; those of a large one are on disk as they are composed."""
    if draft.weight > IN_MEMORY:
        return files.store_pieces(company, pieces(draft))
    return files.store(company, compose(draft))


def _wake(mail: OutgoingMail) -> None:
    """Ring after commit for the first mail of an account; its worker sends what else is due there.

    A silent broker costs seconds of delay, never the mail.
    """
    from mailsettings.tasks import deliver  # noqa: PLC0415 -- the one upward import, see pyproject.toml

    doorbell.ring_after_commit(deliver, mail.pk, about=mail.mailbox_id)


def deliver(mail_id: int, *, seconds: float = SECONDS) -> None:
    """Send a mail if it is due, then over the same connection what else is due in its account.

    Only the caller that wins the claim sends. Where enough workers serve the account already, its
    mails are left to them or the next sweep.
    """
    draining.drain_from(mail_id, until=time.monotonic() + seconds)


def deliver_due(*, seconds: float = SECONDS) -> None:
    """Settle what dead workers left, then send what is due; begin no mail after ``seconds``.

    Accounts are served side by side, those that work before those on trial.
    """
    outcomes.recover_stale()
    until = time.monotonic() + seconds
    accounts = (
        OutgoingMail.objects.due()
        .values_list("mailbox_id", flat=True)
        .annotate(oldest=Min("next_attempt_at"))
        .order_by(F("mailbox__paused_at").asc(nulls_first=True), "oldest")
    )
    waiting = list(accounts)
    if len(waiting) < 2 or connection.in_atomic_block:  # other threads do not see open transactions
        for mailbox_id in waiting:
            draining.drain(mailbox_id, until=until)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda mailbox_id: draining.drain_in_thread(mailbox_id, until), waiting))


def retry(mail: OutgoingMail, *, by: Actor) -> bool:
    """Send again on a person's word, now and with all attempts anew, to those who did not get it.

    Return whether that was possible: not for a mail that is being sent or was sent to everybody, nor
    for an unconfirmed one as long as its Sent folder was not looked into.
    """
    if mail.can_be_looked_for:
        return False
    again = [State.QUEUED, State.FAILED, State.UNCONFIRMED, State.BOUNCED, State.CANCELLED]
    with transaction.atomic():
        if mail.recipients.filter(state=OutgoingRecipient.State.REFUSED).exists():
            again.append(State.SENT)
        if not _change(
            mail,
            again,
            state=State.QUEUED,
            attempts=0,
            next_attempt_at=timezone.now(),
            claimed_at=None,
            data_started_at=None,
            look="",
        ):
            return False
        mail.recipients.exclude(state__in=outcomes.GOT_IT).update(
            state=OutgoingRecipient.State.PENDING, reply=""
        )
        audit.record(mail.company, "outgoing_mail.retried", mail, by=by)
        _wake(mail)
    return True


def cancel(mail: OutgoingMail, *, by: Actor) -> bool:
    """Never send a mail that is still queued; return whether it was not too late."""
    with transaction.atomic():
        taken = mail.recipients.filter(state__in=outcomes.GOT_IT).exists()
        if not _change(mail, [State.QUEUED], state=State.SENT if taken else State.CANCELLED):
            return False
        if taken:  # it only waited for those who were put off
            mail.recipients.filter(state=OutgoingRecipient.State.PENDING).update(
                state=OutgoingRecipient.State.REFUSED, reply="cancelled"
            )
        audit.record(mail.company, "outgoing_mail.cancelled", mail, by=by)
    return True


def record_bounce(
    company: Company,
    *,
    message_id: str,
    addresses: Iterable[str],
    permanent: bool,
    diagnostic: str,
) -> OutgoingMail | None:
    """A server reported back on a mail of ``company``; return that mail, None when there is none.

    ``addresses`` are those the report names; without any, it is about a mail's only recipient. A
    delay (not ``permanent``) changes no state. Without a ``message_id`` it is about the only mail that
    went to such an address of late. A mail that is queued again stays queued.
    """
    mail = _returned(company, message_id, addresses)
    if mail is None or not permanent:
        return mail
    left = [State.SENDING, State.SENT, State.UNCONFIRMED, State.BOUNCED]
    with transaction.atomic():
        bounced = OutgoingMail.objects.filter(pk=mail.pk, state__in=left)
        if bounced.update(state=State.BOUNCED, last_code="bounced", last_reply=diagnostic):
            named = {address.lower() for address in addresses}
            recipients = list(mail.recipients.all())
            hit = [one for one in recipients if one.address.lower() in named]
            for one in hit or (recipients if len(recipients) == 1 else []):
                one.state, one.reply = OutgoingRecipient.State.BOUNCED, diagnostic
                one.save(update_fields=["state", "reply"])
            words = {"message_id": mail.message_id, "answer": diagnostic[:500]}
            webhooks.emit(company.pk, Event.MESSAGE_BOUNCED, words)
    mail.refresh_from_db()
    return mail


def _returned(company: Company, message_id: str, addresses: Iterable[str]) -> OutgoingMail | None:
    """The mail that a report is about: by its id with us or with the provider, else by whom it names."""
    ours = OutgoingMail.objects.filter(company=company)
    if message_id:
        found = ours.filter(message_id=message_id).first()
        return found or ours.filter(pk__in=renamed.find([company.pk], [message_id])).first()
    named = Q()
    for address in addresses:
        named |= Q(recipients__address__iexact=address)
    late = ours.filter(state=State.SENT, created_at__gt=timezone.now() - REPORTED_WITHIN)
    mails = list(late.filter(named).distinct()[:2]) if named else []
    return mails[0] if len(mails) == 1 else None


def _change(mail: OutgoingMail, allowed: list[State], **fields: object) -> bool:
    """Update the row if it is in an allowed state, and the object in any case."""
    changed = OutgoingMail.objects.filter(pk=mail.pk, state__in=allowed).update(**fields)
    mail.refresh_from_db()
    return changed == 1
