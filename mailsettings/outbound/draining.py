"""Sending what is due in one account: its claimed mails go in groups over one connection.

That a mail may have left is committed before its DATA, and what became of it after the server's word:
two flushes of a disk, which a group shares. What a crash leaves unconfirmed is therefore the mails of a
fraction of a second, and one mail where the server is slow.
"""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable

from django.db import connections

from mailsettings.models import OutgoingMail
from mailsettings.outbound import claims, outcomes, pauses, transports
from mailsettings.outbound.transports import Handover, Transport
from mailsettings.wire import smtp

log = logging.getLogger(__name__)
GROUP = 16  # mails at most
MOST = 4 * claims.BATCH  # mails that are claimed together from a fast account
GROUP_SECONDS = 0.25  # that a group may take before the next one is made smaller

TransportFor = Callable[[OutgoingMail], Transport]


class Pace:
    """How many mails an account takes in ``GROUP_SECONDS``, learnt from group to group."""

    def __init__(self) -> None:
        self.mails = 1
        self._begun = 0.0

    def begin(self) -> None:
        self._begun = time.monotonic()

    def end(self) -> None:
        is_fast = time.monotonic() - self._begun < GROUP_SECONDS
        self.mails = min(self.mails * 2, GROUP) if is_fast else max(self.mails // 2, 1)


def drain_from(mail_id: int, *, until: float) -> None:
    """Send a mail if it is due and unclaimed, then what else is due in its account; begin none after ``until``."""
    with transports.kept() as transport_for, contextlib.suppress(claims.Crowded):
        batch = claims.claim_one(mail_id)
        first = batch.next()
        if first and _send_group([first], batch, transport_for):
            _send_all(first.mailbox_id, until, transport_for)


def drain(mailbox_id: int | None, *, until: float) -> None:
    """Send what is due in one account, unless enough workers serve it; begin no mail after ``until``."""
    with transports.kept() as transport_for, contextlib.suppress(claims.Crowded):
        _send_all(mailbox_id, until, transport_for)


def drain_in_thread(mailbox_id: int | None, until: float) -> None:
    """``drain`` in a thread of its own, whose troubles are nobody else's."""
    try:
        drain(mailbox_id, until=until)
    except Exception:
        log.exception("the mails of mailbox %s were left for the next round", mailbox_id)
    finally:
        connections.close_all()


def _send_all(mailbox_id: int | None, until: float, transport_for: TransportFor) -> None:
    """Send the due mails of one account while it works and time is left; ``Crowded`` as in ``claims``."""
    pace, most = Pace(), claims.BATCH
    while time.monotonic() < until and (batch := claims.claim_next(mailbox_id, most=most)):
        begun = time.monotonic()
        try:
            while time.monotonic() < until and (group := batch.take(pace.mails)):
                pace.begin()
                if not _send_group(group, batch, transport_for):
                    return
                pace.end()
        finally:
            batch.give_back()
        # Claiming asks as much for two hundred as for fifty; where fifty take long, more would go back.
        is_fast = time.monotonic() - begun < claims.FRESH / 10
        most = min(most * 2, MOST) if is_fast else claims.BATCH


def _send_group(
    group: list[OutgoingMail], batch: claims.Batch, transport_for: TransportFor
) -> bool:
    """Send these mails, which were claimed together; return whether the account can take more."""
    waiting = deque(group)
    done: list[tuple[OutgoingMail, Handover]] = []
    is_marked = False

    def mark() -> None:
        nonlocal is_marked
        outcomes.record_data_started(mail, *waiting)
        is_marked = True

    try:
        while waiting and batch.is_fresh:
            mail = waiting.popleft()
            handover = None
            try:
                if not pauses.admits(mail.mailbox):
                    outcomes.release(mail)
                    return False
                handover = _hand_over(mail, batch, transport_for, None if is_marked else mark)
            except outcomes.ClaimLost:
                return True
            except smtp.SendError as error:
                outcomes.record_failure(mail, error)
                if error.account:
                    batch.give_back()
                    pauses.pause(mail.mailbox, error)
                    return False
            if handover:
                done.append((mail, handover))
            if mail.mailbox and mail.mailbox.paused_at:
                pauses.lift(mail.mailbox)
    finally:
        if done:
            outcomes.record_all_sent(done)
        if waiting:
            outcomes.release(*waiting)
    return True


def _hand_over(
    mail: OutgoingMail,
    batch: claims.Batch,
    transport_for: TransportFor,
    mark: Callable[[], None] | None,
) -> Handover:
    envelope = smtp.Envelope(transports.return_path(mail), batch.pending(mail))
    return transport_for(mail).send(envelope, _read(mail), before_data=mark)


def _read(mail: OutgoingMail) -> bytes:
    try:
        return mail.raw.read()
    except FileNotFoundError as error:
        why = "The stored mail is missing."
        raise smtp.SendError(why, code="file_missing", permanent=True) from error
