"""From the spool to companies: one ``Delivery`` for each, all in one transaction, then the door's copy goes.

May be run by any number of workers at any time. A mail that cannot be routed is quarantined with its
reason and holds up no other.
"""

import logging
import time
from datetime import datetime, timedelta

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from companies import files
from companies.models import StoredFile
from mailsettings.inbound import recipients, recognition
from mailsettings.inbound.fingerprint import fingerprint
from mailsettings.inbound.recipients import Destination
from mailsettings.mime.parse import ParsedMail, parse
from mailsettings.models import Delivery, IncomingMail

CLAIM = timedelta(minutes=2)  # until a mail whose router died is taken again
MAX_ATTEMPTS = 5
BATCH = 100
BUDGET = 60.0  # seconds one run may go on
# Trouble of the moment, not of the mail. IntegrityError: a row or file it needs was just removed.
PASSING = (OperationalError, InterfaceError, IntegrityError, OSError)

logger = logging.getLogger(__name__)


class ClaimLostError(Exception):
    """Another router settled the mail meanwhile."""


def route_received() -> int:
    """Route what waits, oldest first, until nothing is left or the time is used up; return how many."""
    deadline = time.monotonic() + BUDGET
    routed = 0
    while waiting := _list_waiting():
        for incoming_id in waiting:
            routed += route(incoming_id)
            if time.monotonic() > deadline:
                return routed
    return routed


def route(incoming_id: int) -> bool:
    """Route one mail; False when it is not waiting or another router has it."""
    mail = _claim(incoming_id)
    if mail is None:
        return False
    if mail.attempts > MAX_ATTEMPTS:
        _settle(mail, IncomingMail.State.QUARANTINED, f"no outcome in {MAX_ATTEMPTS} attempts")
        return False
    try:
        _route(mail)
    except ClaimLostError:
        return False
    except FileNotFoundError:
        _settle(mail, IncomingMail.State.QUARANTINED, "its file is missing from storage")
    except PASSING as error:
        logger.warning("routing mail %s is tried again: %s", mail.pk, error)
        if mail.attempts == MAX_ATTEMPTS:
            _settle(mail, IncomingMail.State.QUARANTINED, f"{type(error).__name__}: {error}")
    except Exception as error:
        # Whatever it stumbled over, the next mail must not.
        logger.exception("routing mail %s failed", mail.pk)
        _settle(mail, IncomingMail.State.QUARANTINED, f"{type(error).__name__}: {error}")
    return True


def replay(incoming_id: int) -> bool:
    """Have a mail routed once more that was quarantined or unrouted; False when it was neither."""
    held = IncomingMail.objects.filter(
        pk=incoming_id,
        state__in=[IncomingMail.State.QUARANTINED, IncomingMail.State.UNROUTED],
        raw__isnull=False,
    )
    return bool(
        held.update(state=IncomingMail.State.RECEIVED, reason="", attempts=0, claimed_at=None)
    )


def _is_free(now: datetime) -> Q:
    return Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM)


def _list_waiting() -> list[int]:
    waiting = IncomingMail.objects.filter(
        _is_free(timezone.now()), state=IncomingMail.State.RECEIVED
    )
    return list(waiting.order_by("received_at", "pk").values_list("pk", flat=True)[:BATCH])


def _claim(incoming_id: int) -> IncomingMail | None:
    """Return the mail if this caller is the one that may route it, else None."""
    now = timezone.now()
    free = IncomingMail.objects.filter(
        _is_free(now), pk=incoming_id, state=IncomingMail.State.RECEIVED
    )
    if not free.update(claimed_at=now, attempts=F("attempts") + 1):
        return None
    mine = IncomingMail.objects.select_related("raw", "folder__mailbox__company")
    mine = mine.select_related("folder__mailbox__subcompany")
    return mine.filter(pk=incoming_id, claimed_at=now).first()


def _route(mail: IncomingMail) -> None:
    door_copy = mail.raw
    if door_copy is None:
        raise FileNotFoundError
    raw = door_copy.read()
    parsed = parse(raw)
    try:
        destinations = recipients.find_destinations(mail, parsed)
    except recipients.UnroutableError as error:
        _settle(mail, IncomingMail.State.UNROUTED, str(error))
        return
    key = fingerprint(raw, parsed)
    companies = [found.company for found in destinations]
    known = Delivery.objects.filter(dedupe_key=key, company__in=companies)
    notes = {delivery.company_id: _note_duplicate(delivery) for delivery in known}
    new = [found for found in destinations if found.company.pk not in notes]
    copies = [files.store(found.company, raw) for found in new]
    with transaction.atomic():
        for found, copy in zip(new, copies, strict=True):
            notes[found.company.pk] = _deliver(mail, parsed, key, found, copy)
        _settle(mail, IncomingMail.State.ROUTED, "; ".join(filter(None, notes.values())))
    files.release([door_copy])


def _deliver(
    mail: IncomingMail,
    parsed: ParsedMail,
    key: str,
    destination: Destination,
    copy: StoredFile,
) -> str:
    """Give a company its copy and say what it is; return a note when the company has it already."""
    delivery, is_new = Delivery.objects.get_or_create(
        company=destination.company,
        dedupe_key=key,
        defaults={
            "incoming": mail,
            "subcompany": destination.subcompany,
            "mailbox": destination.mailbox,
            "raw": copy,
            "message_id": parsed.message_id[:998],
            "address": destination.address,
            "found_in": destination.found_in[:60],
            "received_at": mail.received_at,
        },
    )
    if not is_new:
        return _note_duplicate(delivery)
    recognition.recognise(delivery, parsed)
    return ""


def _note_duplicate(delivery: Delivery) -> str:
    return f"duplicate of delivery {delivery.pk}"


def _settle(mail: IncomingMail, state: IncomingMail.State, reason: str) -> None:
    """Write the outcome if the mail is still ours, else raise ``ClaimLostError``."""
    outcome: dict[str, object] = {"state": state, "reason": reason[:2000]}
    if state == IncomingMail.State.ROUTED:
        outcome["raw"] = None
    ours = IncomingMail.objects.filter(
        pk=mail.pk, state=IncomingMail.State.RECEIVED, claimed_at=mail.claimed_at
    )
    if not ours.update(**outcome):
        raise ClaimLostError
