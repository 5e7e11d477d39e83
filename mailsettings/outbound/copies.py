"""Copies of sent mails for the Sent folder of their account: once, and never at the price of a resend.

A copy has a row of its own. Whatever happens to it, the mail stays sent; a worker that dies after
filing it finds it again by its Message-ID.
"""

import logging
import time
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import F
from django.utils import timezone

from mailsettings.encryption import DecryptionError
from mailsettings.inbound import folders
from mailsettings.mime.compose import ID_FIELDS
from mailsettings.models import Mailbox, OutgoingMail, SentCopy
from mailsettings.providers import lookup
from mailsettings.wire import copies as wire
from mailsettings.wire import imap

log = logging.getLogger(__name__)
State = SentCopy.State
WAIT = timedelta(seconds=30)  # for the provider, who may file it himself
LEASE = timedelta(minutes=5)  # until a copy whose worker died is tried again
NOT_OLDER = timedelta(days=3)
MAX_ATTEMPTS = 6
AT_ONCE = 100
TIMEOUT = 20.0  # seconds


def file_due(*, seconds: float = 25.0) -> int:
    """File what waits, account by account, beginning none after ``seconds``; return how many were filed."""
    _note_sent()
    until = time.monotonic() + seconds
    filed = 0
    for _mailbox_id, waiting in groupby(
        _due(timezone.now()), key=lambda copy: copy.mail.mailbox_id
    ):
        if time.monotonic() > until:
            break
        mine = [copy for copy in waiting if _claim(copy)]
        if mine and mine[0].mail.mailbox:
            filed += _file(mine[0].mail.mailbox, mine)
    return filed


def _note_sent() -> None:
    """Give each newly sent mail of an account that is read a row for its copy."""
    sent = OutgoingMail.objects.filter(
        state=OutgoingMail.State.SENT,
        sent_at__gt=timezone.now() - NOT_OLDER,
        mailbox__isnull=False,
        sent_copy=None,
    ).exclude(mailbox__imap_host="")
    SentCopy.objects.bulk_create(
        (
            SentCopy(
                mail=mail,
                state=State.SKIPPED if _files_itself(mail.mailbox) else State.WAITING,
                next_attempt_at=(mail.sent_at or timezone.now()) + WAIT,
            )
            for mail in sent.select_related("mailbox").order_by("sent_at")[:AT_ONCE]
        ),
        ignore_conflicts=True,  # another worker may be doing the same
    )


def _files_itself(mailbox: Mailbox | None) -> bool:
    provider = lookup.by_host(mailbox.smtp_host) if mailbox else None
    return bool(provider and provider.files_sent)


def _due(now: datetime) -> list[SentCopy]:
    waiting = SentCopy.objects.filter(state=State.WAITING, next_attempt_at__lte=now)
    return list(
        waiting.select_related("mail__mailbox", "mail__raw").order_by(
            "mail__mailbox_id", "next_attempt_at", "pk"
        )[:AT_ONCE]
    )


def _claim(copy: SentCopy) -> bool:
    mine = SentCopy.objects.filter(
        pk=copy.pk, state=State.WAITING, next_attempt_at=copy.next_attempt_at
    )
    return bool(mine.update(next_attempt_at=timezone.now() + LEASE, attempts=F("attempts") + 1))


def _file(mailbox: Mailbox, waiting: list[SentCopy]) -> int:
    """File the copies of one account in one session."""
    filed = 0
    left = list(waiting)
    try:
        source = folders.source_for(mailbox)
        if source is None:
            _settle(left, State.SKIPPED)
            return 0
        with imap.session(source.open_account(), timeout=TIMEOUT) as client:
            folder = wire.sent_folder(client)
            if folder is None:
                _settle(left, State.SKIPPED, last_error="The account has no folder for sent mails.")
                return 0
            while left:
                copy = left[0]
                try:
                    raw = copy.mail.raw.read()
                except FileNotFoundError:  # which must not hold up the others
                    _settle([left.pop(0)], State.FAILED, last_error="The stored mail is missing.")
                    continue
                is_new = wire.file_once(client, folder, raw, copy.mail.message_id, ID_FIELDS)
                state = State.FILED if is_new else State.PRESENT
                _settle([left.pop(0)], state, folder=folder[:200], last_error="")
                filed += is_new
    except (imap.ImapError, DecryptionError, OSError) as error:
        log.warning("copies for mailbox %s are tried again: %s", mailbox.pk, error)
        _put_off(left, str(error))
    return filed


def _settle(done: list[SentCopy], state: str, **fields: str) -> None:
    SentCopy.objects.filter(pk__in=[copy.pk for copy in done]).update(state=state, **fields)


def _put_off(failed: list[SentCopy], error: str) -> None:
    now = timezone.now()
    for copy in failed:
        attempts = copy.attempts + 1
        SentCopy.objects.filter(pk=copy.pk).update(
            state=State.FAILED if attempts >= MAX_ATTEMPTS else State.WAITING,
            next_attempt_at=now + LEASE * 2**attempts,
            last_error=error[:2000],
        )
