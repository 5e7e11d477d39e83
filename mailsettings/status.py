"""How the mail engine stands: its queues, what has waited longest, the folders it reads, the accounts that rest."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Q

from mailsettings.models import Delivery, IncomingMail, Mailbox, MailFolder, OutgoingMail


def find_oldest() -> dict[str, datetime | None]:
    """When that was received or due which has waited longest to be routed, filed and sent."""
    received = IncomingMail.objects.filter(state=IncomingMail.State.RECEIVED)
    unfiled = Delivery.objects.filter(state=Delivery.State.RECEIVED)
    queued = OutgoingMail.objects.filter(state=OutgoingMail.State.QUEUED)
    return {
        "routing": received.aggregate(at=Min("received_at"))["at"],
        "filing": unfiled.aggregate(at=Min("received_at"))["at"],
        "sending": queued.aggregate(at=Min("next_attempt_at"))["at"],
    }


def list_paused() -> list[Mailbox]:
    """Accounts that their server refuses; the longest first."""
    paused = Mailbox.objects.filter(paused_at__isnull=False).select_related("company")
    return list(paused.order_by("paused_at"))


def count_outgoing() -> dict[str, int]:
    """Count by the states people see: what was tried before and waits is ``retrying``."""
    states = dict.fromkeys(OutgoingMail.State.values, 0) | {"retrying": 0}
    queued = OutgoingMail.State.QUEUED
    for state, total, tried in (
        OutgoingMail.objects.values_list("state")
        .annotate(total=Count("pk"), tried=Count("pk", filter=Q(attempts__gt=0)))
        .order_by()
    ):
        states[state] = total
        if state == queued:
            states.update({queued: total - tried, "retrying": tried})
    return states


def count_incoming() -> dict[str, int]:
    """Count deliveries, and mails that have not become any; those that have count as these."""
    known = [*Delivery.State.values, *IncomingMail.State.values]
    counts: Counter[str] = Counter()
    for rows in (Delivery.objects, IncomingMail.objects):
        counts.update(dict(rows.values_list("state").annotate(Count("pk")).order_by()))
    counts[IncomingMail.State.OVERSIZE] += counts[IncomingMail.State.WANTED]  # until it is here
    hidden = {IncomingMail.State.ROUTED, IncomingMail.State.WANTED}
    return {state: counts[state] for state in known if state not in hidden}


def list_mailboxes() -> list[dict[str, Any]]:
    inboxes = MailFolder.objects.filter(purpose=MailFolder.Purpose.INBOX)
    folders = inboxes.select_related("mailbox").annotate(
        in_ledger=Count("mails", filter=Q(mails__uidvalidity=F("uidvalidity")))
    )
    read = [_folder(folder) for folder in folders.order_by("pk")]
    unread = Mailbox.objects.polled().filter(folders=None, user=None)
    return read + [
        {
            "address": mailbox.address,
            "folder": mailbox.imap_folder,
            "on_server": None,
            "in_ledger": 0,
            "missing": None,
            "last_polled_at": None,
            "state": "waiting",
        }
        for mailbox in unread.order_by("pk")
    ]


def _folder(folder: Any) -> dict[str, Any]:
    return {
        "address": folder.mailbox.address if folder.mailbox else f"*@{settings.RECRUITING_DOMAIN}",
        "folder": folder.name,
        "on_server": folder.on_server,
        "in_ledger": folder.in_ledger,
        "missing": folder.missing,
        "last_polled_at": folder.last_polled_at and folder.last_polled_at.isoformat(),
        "state": _state(folder),
    }


def _state(folder: MailFolder) -> str:
    if folder.next_poll_at is None:
        return "off"
    if folder.failing_since:
        return "failing"
    return "ok" if folder.last_polled_at else "waiting"
