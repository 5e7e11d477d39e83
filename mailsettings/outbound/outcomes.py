"""Writing down how far a mail got. Every write asks first whether the claim is still the writer's.

A claim is lost when the sweep took the mail for abandoned: what its late owner reports then changes
nothing. One case is no loss: the sweep made it ``unconfirmed`` and nobody touched it since; there the
late report is the answer everybody was waiting for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F
from django.utils import timezone

from mailsettings.models import OutgoingMail, OutgoingRecipient
from mailsettings.outbound import retry
from mailsettings.outbound.transports import Handover
from mailsettings.wire import smtp

State = OutgoingMail.State
# Longer than a whole attempt may take (transports.ATTEMPT), and short enough that people see within two
# minutes what a crash left behind.
STALE_AFTER = timedelta(seconds=100)

# Recipients whom no machine and no retry writes to again.
GOT_IT = [
    OutgoingRecipient.State.ACCEPTED,
    OutgoingRecipient.State.DELIVERED,
    OutgoingRecipient.State.COMPLAINED,
]

_PENDING = OutgoingRecipient.State.PENDING
_SAY = "update mailsettings_outgoingmail set last_reply = %s, history = %s where id = %s"

SHOWN = 30  # attempts of a mail that are remembered


class ClaimLost(Exception):
    """Somebody else took over this mail; it must not be sent by us."""


def record_data_started(*mails: OutgoingMail) -> None:
    """Commit that the next bytes may be these messages, claimed together; ``ClaimLost`` if one may not be."""
    now = timezone.now()
    with transaction.atomic():
        if _held(mails, State.SENDING).update(data_started_at=now) != len(mails):
            raise ClaimLost(mails[0].pk)
    for mail in mails:
        mail.data_started_at = now


def record_all_sent(done: Sequence[tuple[OutgoingMail, Handover]]) -> None:
    """``record_sent`` for mails that were claimed and marked together, in one transaction where nothing is odd."""
    plain = [(mail, took) for mail, took in done if took.is_plain]
    if len(plain) < 2 or not _record_plain(plain):
        plain = []
    settled = {mail.pk for mail, _ in plain}
    for mail, took in done:
        if mail.pk not in settled:
            record_sent(mail, took)


def _record_plain(done: Sequence[tuple[OutgoingMail, Handover]]) -> bool:
    """Write down mails that everybody got; False and nothing when a claim of them is lost."""
    mails = [mail for mail, _ in done]
    history = OutgoingMail._meta.get_field("history")
    said = []
    for mail, took in done:
        tries = _history(mail, server=took.server, reply=took.reply)
        said.append((took.reply, history.get_db_prep_save(tries, connection), mail.pk))
    with transaction.atomic():
        held = _held(mails, State.SENDING, State.UNCONFIRMED).update(
            state=State.SENT,
            sent_at=timezone.now(),
            server=done[0][1].server,
            last_code="",
        )
        if held != len(mails):
            transaction.set_rollback(True)
            return False
        # For a value of its own in each row the ORM takes longer than sending.
        with connection.cursor() as cursor:
            cursor.executemany(_SAY, said)
        pending = OutgoingRecipient.objects.filter(mail__in=mails, state=_PENDING)
        pending.update(state=OutgoingRecipient.State.ACCEPTED, reply="")
    return True


def record_sent(mail: OutgoingMail, done: Handover) -> bool:
    """The server took the mail for somebody; return whether the claim still held.

    Recipients that were only put off (greylisting) stay pending, and the mail is queued for them alone.
    """
    now = timezone.now()
    wait = retry.wait_after(mail.attempts) if done.put_off else None
    state = {"state": State.SENT} if wait is None else _back_to_queue(now + wait)
    with transaction.atomic():
        if not _finish(
            mail,
            **state,
            sent_at=now,
            server=done.server,
            last_code="",
            last_reply=done.reply,
            provider_id=done.provider_id,
            history=_history(mail, server=done.server, reply=done.reply),
        ):
            return False
        mail.recipients.filter(address__in=done.accepted).update(
            state=OutgoingRecipient.State.ACCEPTED, reply=""
        )
        for address, provider_id in done.recipient_ids.items():
            mail.recipients.filter(address=address).update(provider_id=provider_id)
        for address, why in done.refused.items():
            if wait is None or address not in done.put_off:
                _refuse(mail, why, address=address)
    return True


def record_failure(mail: OutgoingMail, error: smtp.SendError) -> bool:
    """The attempt failed: requeue, fail or leave unconfirmed; return whether the claim still held."""
    outcome: dict[str, Any] = {"last_code": error.code, "last_reply": error.reply or error.message}
    with transaction.atomic():
        if error.account:
            return _finish(mail, **_back_to_queue(timezone.now()), **outcome, **_uncounted())
        outcome["history"] = _history(mail, code=error.code, reply=outcome["last_reply"])
        if error.unconfirmed:
            return _finish(mail, state=State.UNCONFIRMED, **outcome)
        wait = None if error.permanent else retry.wait_after(mail.attempts)
        if wait is not None:
            held = _finish(mail, **_back_to_queue(timezone.now() + wait), **outcome)
        else:
            taken = mail.recipients.filter(state__in=GOT_IT).exists()
            held = _finish(mail, state=State.SENT if taken else State.FAILED, **outcome)
        if held:
            _refuse_recipients(mail, error, final=wait is None)
    return held


def release(*mails: OutgoingMail) -> None:
    """Give claimed mails back of which no byte has left; they were claimed together."""
    claim = OutgoingMail.objects.filter(
        pk__in=[mail.pk for mail in mails], state=State.SENDING, claimed_at=mails[0].claimed_at
    )
    claim.update(state=State.QUEUED, claimed_at=None, data_started_at=None, **_uncounted())


def recover_stale(now: datetime | None = None) -> None:
    """Settle what dead workers left: before DATA it is tried again, after it nobody knows."""
    before = (now or timezone.now()) - STALE_AFTER
    stale = OutgoingMail.objects.filter(state=State.SENDING, claimed_at__lt=before)
    why = "The sending process ended before it could write down the outcome."
    error = smtp.SendError(why, code="worker_lost")
    lost = {"last_code": error.code, "last_reply": why}
    for mail in stale.filter(data_started_at__lt=before):
        history = _history(mail, code=error.code, reply=why)
        _finish(mail, state=State.UNCONFIRMED, history=history, **lost)
    for mail in stale.filter(data_started_at=None):
        # A mail that kills its worker each time must not do so for ever: attempts count here.
        if mail.attempts > 1:
            record_failure(mail, error)
        else:
            history = _history(mail, code=error.code, reply=why)
            _finish(mail, **_back_to_queue(timezone.now()), history=history, **lost)


def _held(mails: Sequence[OutgoingMail], *states: str) -> "models.QuerySet[OutgoingMail]":
    """Return those rows that still stand as their owner says, who keeps his objects up to date.

    The mails were claimed together, and marked together if at all.
    """
    return OutgoingMail.objects.filter(
        pk__in=[mail.pk for mail in mails],
        state__in=states,
        claimed_at=mails[0].claimed_at,
        data_started_at=mails[0].data_started_at,
    )


def _finish(mail: OutgoingMail, **fields: Any) -> bool:
    return _held([mail], State.SENDING, State.UNCONFIRMED).update(**fields) == 1


def _history(
    mail: OutgoingMail, *, server: str = "", code: str = "", reply: str = ""
) -> list[dict[str, Any]]:
    """The attempts so far and this one, of which the last ``SHOWN`` are kept."""
    tried = {
        "at": timezone.now().isoformat(),
        "server": server,
        "code": code,
        "reply": reply[:500],
    }
    return [*mail.history, tried][-SHOWN:]


def _back_to_queue(at: datetime) -> dict[str, Any]:
    return {
        "state": State.QUEUED,
        "next_attempt_at": at,
        "claimed_at": None,
        "data_started_at": None,
    }


def _uncounted() -> dict[str, Any]:
    """The attempt was no attempt of this mail."""
    return {"attempts": F("attempts") - 1}


def _refuse_recipients(mail: OutgoingMail, error: smtp.SendError, *, final: bool) -> None:
    """Mark who will not get this mail; whoever was only put off stays pending for the next attempt."""
    for address, reply in error.refused.items():
        if final or reply.is_permanent:
            _refuse(mail, str(reply), address=address)
    if final:
        _refuse(mail, error.reply or error.message)


def _refuse(mail: OutgoingMail, why: str, **which: str) -> None:
    pending = mail.recipients.filter(state=_PENDING, **which)
    pending.update(state=OutgoingRecipient.State.REFUSED, reply=why)
