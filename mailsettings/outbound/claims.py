"""Who sends what: a worker claims a batch of one account's due mails, within the limits of account and company.

Claims count as long as they are held: a slow server is the one that must not get more workers. Those
of a dead worker are settled by the sweep.
"""

import time
from collections import deque

from django.db import models, transaction

from companies.models import Company
from mailsettings.models import Mailbox, OutgoingMail, OutgoingRecipient
from mailsettings.outbound import limits, outcomes

State = OutgoingMail.State
# Workers that serve the mailboxes of one company: with slow servers of its own it delays nobody else.
PER_COMPANY = 4
BATCH = 50
# Seconds in which the mails of a batch must be begun, so that each has the time of a whole attempt
# (transports.ATTEMPT) before the sweep takes its claim for abandoned (outcomes.STALE_AFTER).
FRESH = 5.0


class Crowded(Exception):
    """Enough workers serve this account or its company, or it has sent enough for this minute."""


class Batch:
    """Claimed mails of one account, handed out one by one; ``give_back`` returns what was not begun."""

    def __init__(self, mails: list[OutgoingMail]) -> None:
        self.until = time.monotonic() + FRESH
        self._left = deque(mails)
        self._pending: dict[int, list[str]] = {mail.pk: [] for mail in mails}
        pending = OutgoingRecipient.objects.filter(state=OutgoingRecipient.State.PENDING)
        rows = pending.filter(mail__in=mails).order_by("pk").values_list("mail_id", "address")
        for mail_id, address in rows if mails else ():
            self._pending[mail_id].append(address)

    def __bool__(self) -> bool:
        return bool(self._left)

    @property
    def is_fresh(self) -> bool:
        """Whether a mail of it may still be begun."""
        return time.monotonic() <= self.until

    def next(self) -> OutgoingMail | None:
        """Return the mail whose turn it is; None when there is none or the claims have aged."""
        return next(iter(self.take(1)), None)

    def take(self, most: int) -> list[OutgoingMail]:
        """Return the mails whose turn it is; none when there are none or the claims have aged."""
        if not self.is_fresh:
            return []
        return [self._left.popleft() for _ in range(min(most, len(self._left)))]

    def pending(self, mail: OutgoingMail) -> tuple[str, ...]:
        """Return whom the mail has still to reach."""
        return tuple(self._pending[mail.pk])

    def give_back(self) -> None:
        if self._left:
            outcomes.release(*self._left)
            self._left.clear()


def claim_one(mail_id: int) -> Batch:
    """Claim one mail if it is due and nobody else has it."""
    row = OutgoingMail.objects.filter(pk=mail_id).values_list("mailbox_id", flat=True)
    if not row:
        return Batch([])
    return _claim(row[0], only=mail_id)


def claim_next(mailbox_id: int | None, *, most: int = BATCH) -> Batch:
    """Claim up to ``most`` due mails of an account, the oldest first; an empty batch when there are none."""
    return _claim(mailbox_id, most=most)


def _claim(mailbox_id: int | None, *, only: int | None = None, most: int = 1) -> Batch:
    """Claim in one UPDATE; raises ``Crowded``."""
    with transaction.atomic():
        mailbox = _pass_one_by_one(mailbox_id)
        if _is_crowded(mailbox_id, mailbox):
            raise Crowded
        due = OutgoingMail.objects.due().filter(mailbox=mailbox_id)
        if only:
            wanted = list(due.filter(pk=only).values_list("pk", flat=True))
        else:
            wanted = _choose(due.order_by("next_attempt_at", "pk")[:most])
        if wanted and mailbox:
            wanted = wanted[: limits.take(mailbox, len(wanted))]
            if not wanted:
                raise Crowded
        claimed_at = OutgoingMail.objects.claim(wanted) if wanted else None
    if claimed_at is None:
        return Batch([])
    mine = OutgoingMail.objects.filter(pk__in=wanted, claimed_at=claimed_at, state=State.SENDING)
    mails = list(mine.select_related("raw") if mailbox else mine.select_related("raw", "company"))
    for mail in mails:
        mail.mailbox = mailbox
    return Batch(sorted(mails, key=lambda mail: wanted.index(mail.pk)))


def _choose(due: models.QuerySet[OutgoingMail]) -> list[int]:
    """Return what is claimed together: mails never tried, or one that was.

    A mail that kills its worker each time thus takes none with it that has done nothing.
    """
    rows = list(due.values_list("pk", "attempts"))
    if rows and rows[0][1]:
        return [rows[0][0]]
    return [pk for pk, attempts in rows if not attempts]


def _pass_one_by_one(mailbox_id: int | None) -> Mailbox | None:
    """Return the account; workers woken together each see the claims of those before them."""
    if mailbox_id is None:
        return None
    company = Mailbox.objects.filter(pk=mailbox_id).values("company")
    Company.objects.select_for_update(no_key=True).filter(pk__in=company).first()
    return Mailbox.objects.filter(pk=mailbox_id).first()


def _is_crowded(mailbox_id: int | None, mailbox: Mailbox | None) -> bool:
    """Say whether enough workers serve the account, or the company it belongs to.

    A worker is known by the time of its claim: those of one account are made one after the other.
    """
    sending = OutgoingMail.objects.filter(state=State.SENDING)
    if mailbox is None:
        held = sending.filter(mailbox=mailbox_id)
        return held.values("claimed_at").distinct().count() >= limits.CONNECTIONS
    held = sending.filter(company=mailbox.company_id).exclude(mailbox=None)
    workers = set(held.values_list("mailbox_id", "claimed_at"))
    return len(workers) >= PER_COMPANY or sum(
        one == mailbox_id for one, _ in workers
    ) >= limits.connections(mailbox)
