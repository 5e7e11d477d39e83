"""Accounts in trouble: their mail waits, everybody else's goes on.

A refused login counts towards a lock-out at the provider, so it is repeated rarely. A server that
cannot be reached is asked again after as long as it has been away, within bounds.
"""

from datetime import datetime, timedelta

from django.db.models.functions import Coalesce
from django.utils import timezone

from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.wire import smtp

LOGIN_WAIT = timedelta(minutes=10)
SHORTEST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=5)
TRIAL = timedelta(minutes=2)  # longer than one attempt takes; a trial whose worker died is repeated


def admits(mailbox: Mailbox | None) -> bool:
    """Say whether this caller may use the account now; a paused one is tried by one caller at a time."""
    if mailbox is None or mailbox.paused_at is None:
        return True
    mine = Mailbox.objects.filter(pk=mailbox.pk, retry_at=mailbox.retry_at)
    return mine.update(retry_at=timezone.now() + TRIAL) == 1


def pause(mailbox: Mailbox | None, error: smtp.SendError) -> None:
    """Hold the account's mail until its next trial; for the platform, which has no row, its due mail."""
    now = timezone.now()
    if mailbox is None:
        platform = OutgoingMail.objects.due(now).filter(mailbox=None)
        platform.update(next_attempt_at=now + SHORTEST_WAIT)
        return
    # Settings that somebody has corrected meanwhile are not to blame.
    same = Mailbox.objects.filter(
        pk=mailbox.pk,
        sends_by=mailbox.sends_by,
        smtp_host=mailbox.smtp_host,
        smtp_port=mailbox.smtp_port,
        smtp_encryption=mailbox.smtp_encryption,
        smtp_account=mailbox.smtp_account,
        smtp_password=mailbox.smtp_password,
    )
    same.update(
        paused_at=Coalesce("paused_at", now),
        pause_reason=f"{error.message} {error.reply}".strip(),
        retry_at=now + _wait(error, mailbox.paused_at or now, now),
    )


def lift(mailbox: Mailbox | None) -> None:
    """Let the account's mail go again: it worked, or its settings were changed."""
    if mailbox is not None:
        paused = Mailbox.objects.filter(pk=mailbox.pk, paused_at__isnull=False)
        paused.update(paused_at=None, pause_reason="", retry_at=None)
        mailbox.paused_at, mailbox.retry_at = None, None


def _wait(error: smtp.SendError, since: datetime, now: datetime) -> timedelta:
    if error.retry_after:
        return max(timedelta(seconds=error.retry_after), SHORTEST_WAIT)
    if error.stage == "auth":
        return LOGIN_WAIT
    return min(max(now - since, SHORTEST_WAIT), LONGEST_WAIT)
