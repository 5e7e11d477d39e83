"""From the spool to companies: one ``Delivery`` for each, all in one transaction, then the door's copy goes.

Mails are routed in batches, since what a mail costs is mostly questions that can be asked for many at once;
when one of them breaks, each is routed alone. May be run by any number of workers at any time. A mail that
cannot be routed is quarantined with its reason and holds up no other.
"""

import dataclasses
import logging
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from companies import files
from mailsettings.inbound import recipients, recognition
from mailsettings.inbound.fingerprint import fingerprint
from mailsettings.inbound.recipients import Destination
from mailsettings.mime import patience
from mailsettings.mime.parse import ParsedMail, parse
from mailsettings.models import Delivery, IncomingMail

CLAIM = timedelta(minutes=2)  # until a mail whose router died is taken again
MAX_ATTEMPTS = 5
LISTED = 200
BATCH = 50
BATCH_BYTES = 16 * 1024 * 1024
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
    while (waiting := _list_waiting()) and time.monotonic() < deadline:
        claimed: list[IncomingMail] = []
        for batch in divide(waiting):
            mails = _claim(batch)
            routed += sum(_route_claimed(mails))
            claimed += mails
            if time.monotonic() > deadline:
                break
        _clear_door(claimed)
    return routed


def route(incoming_id: int) -> bool:
    """Route one mail; False when it is not waiting or another router has it."""
    claimed = _claim([incoming_id])
    is_routed = any(_route_claimed(claimed))
    _clear_door(claimed)
    return is_routed


def _clear_door(mails: list[IncomingMail]) -> None:
    """Delete the door's copies of those that were routed; of the others the file is still pointed to.

    For many mails at once, since it asks every table that could point there.
    """
    files.release([mail.raw for mail in mails if mail.raw])


def divide(sizes: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Put ids, given with their bytes, into batches that a process can hold; what is large goes alone."""
    batch: list[int] = []
    weight = 0
    for pk, size in sizes:
        if batch and (len(batch) == BATCH or weight + size > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(pk)
        weight += size
    if batch:
        yield batch


def _route_claimed(mails: list[IncomingMail]) -> Iterator[bool]:
    """Route a batch at once, or, when anything in it goes wrong, each alone; say which were routed."""
    healthy = [mail for mail in mails if mail.attempts <= MAX_ATTEMPTS]
    for mail in mails:
        if mail.attempts > MAX_ATTEMPTS:
            reason = f"no outcome in {MAX_ATTEMPTS} attempts"
            _settle([mail], IncomingMail.State.QUARANTINED, reason)
    if len(healthy) > 1:
        try:
            left = _route(healthy)
        except Exception as error:  # noqa: BLE001 -- told below, for the mail it belongs to
            logger.info("a batch of %s mails is routed one by one: %s", len(healthy), error)
            left = healthy
        yield from [True] * (len(healthy) - len(left))
        healthy = left
    for mail in healthy:
        yield _route_alone(mail)


def _route_alone(mail: IncomingMail) -> bool:
    try:
        try:
            _route([mail])
        except IntegrityError:  # another router has just delivered the same mail, or dropped a file
            _route([mail])
    except ClaimLostError:
        return False
    except FileNotFoundError:
        _settle([mail], IncomingMail.State.QUARANTINED, "its file is missing from storage")
    except PASSING as error:
        logger.warning("routing mail %s is tried again: %s", mail.pk, error)
        if mail.attempts == MAX_ATTEMPTS:
            _settle([mail], IncomingMail.State.QUARANTINED, f"{type(error).__name__}: {error}")
    except Exception as error:
        # Whatever it stumbled over, the next mail must not.
        logger.exception("routing mail %s failed", mail.pk)
        _settle([mail], IncomingMail.State.QUARANTINED, f"{type(error).__name__}: {error}")
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


def _list_waiting() -> list[tuple[int, int]]:
    waiting = IncomingMail.objects.filter(
        _is_free(timezone.now()), state=IncomingMail.State.RECEIVED
    )
    return list(waiting.order_by("received_at", "pk").values_list("pk", "size")[:LISTED])


def _claim(incoming_ids: list[int]) -> list[IncomingMail]:
    """Return those of the mails that this caller may route now, oldest first."""
    now = timezone.now()
    free = IncomingMail.objects.filter(
        _is_free(now), pk__in=incoming_ids, state=IncomingMail.State.RECEIVED
    )
    if not free.update(claimed_at=now, attempts=F("attempts") + 1):
        return []
    mine = IncomingMail.objects.select_related("raw", "folder__mailbox__company")
    mine = mine.select_related("folder__mailbox__subcompany")
    return list(mine.filter(pk__in=incoming_ids, claimed_at=now).order_by("received_at", "pk"))


@dataclasses.dataclass(slots=True)
class _Reading:
    """A mail of the batch and what was found out about it."""

    mail: IncomingMail
    parsed: ParsedMail
    key: str
    destinations: list[Destination]
    reason: str = ""


def _route(mails: list[IncomingMail]) -> list[IncomingMail]:
    """Route all of these or none; return those left over, which equal another of the batch."""
    readings = _read(mails)
    for reading in readings:
        if reading.reason:
            _settle([reading.mail], IncomingMail.State.UNROUTED, reading.reason)
    readings = [reading for reading in readings if not reading.reason]
    keys = {reading.key: reading for reading in reversed(readings)}
    left = [reading.mail for reading in readings if keys[reading.key] is not reading]
    readings = [reading for reading in readings if keys[reading.key] is reading]
    deliveries = _make_deliveries(readings)
    known = recognition.Known([(made.company_id, reading.parsed) for made, reading in deliveries])
    with transaction.atomic():
        for delivery, reading in deliveries:
            recognition.recognise(delivery, reading.parsed, known)
        Delivery.objects.bulk_create([delivery for delivery, _ in deliveries])
        _settle([reading.mail for reading in readings], IncomingMail.State.ROUTED)
    return left


def _read(mails: list[IncomingMail]) -> list[_Reading]:
    contents = []
    for mail in mails:
        if mail.raw is None:
            raise FileNotFoundError
        raw = mail.raw.read()
        with patience.limit():
            parsed = parse(raw)
        contents.append((mail, parsed, fingerprint(raw, parsed)))
    traces = [recipients.trace(mail, parsed) for mail, parsed, _ in contents]
    known = recipients.Directory(traces)
    readings = []
    for (mail, parsed, key), traced in zip(contents, traces, strict=True):
        reading = _Reading(mail, parsed, key, [])
        try:
            reading.destinations = recipients.find_destinations(mail, traced, known)
        except recipients.UnroutableError as error:
            reading.reason = str(error)
        readings.append(reading)
    return readings


def _make_deliveries(readings: list[_Reading]) -> list[tuple[Delivery, _Reading]]:
    """A delivery with a copy of its own for each company that has not got the mail yet, unsaved."""
    companies = {found.company.pk: found.company for one in readings for found in one.destinations}
    known = Delivery.objects.filter(
        company__in=companies, dedupe_key__in=[reading.key for reading in readings]
    )
    had = {(delivery.company_id, delivery.dedupe_key): delivery.pk for delivery in known}
    made: list[tuple[Delivery, _Reading]] = []
    for reading in readings:
        mail = reading.mail
        places = [(found.company.pk, reading.key) for found in reading.destinations]
        mail.reason = "; ".join(f"duplicate of delivery {had[at]}" for at in places if at in had)
        made += [
            (_describe(found, reading), reading)
            for found in reading.destinations
            if (found.company.pk, reading.key) not in had
        ]
    for pk, company in companies.items():
        mine = [(delivery, reading) for delivery, reading in made if delivery.company_id == pk]
        copies = files.copy_many(
            company, [reading.mail.raw for _, reading in mine if reading.mail.raw]
        )
        for (delivery, _), copy in zip(mine, copies, strict=True):
            delivery.raw = copy
    return made


def _describe(destination: Destination, reading: _Reading) -> Delivery:
    return Delivery(
        company=destination.company,
        dedupe_key=reading.key,
        incoming=reading.mail,
        subcompany=destination.subcompany,
        mailbox=destination.mailbox,
        message_id=reading.parsed.message_id[:998],
        address=destination.address,
        found_in=destination.found_in[:60],
        received_at=reading.mail.received_at,
    )


def _settle(mails: list[IncomingMail], state: IncomingMail.State, reason: str = "") -> None:
    """Write the outcome if the mails are all still ours, else raise ``ClaimLostError``.

    Without a ``reason`` each mail keeps its own. A routed mail gives up the door's copy.
    """
    if not mails:
        return
    outcome: dict[str, object] = {"state": state}
    if reason:
        outcome["reason"] = reason[:2000]
    else:
        told = [When(pk=mail.pk, then=Value(mail.reason[:2000])) for mail in mails if mail.reason]
        outcome["reason"] = Case(*told, default=Value("")) if told else ""
    if state == IncomingMail.State.ROUTED:
        outcome["raw"] = None
    ours = IncomingMail.objects.filter(
        pk__in=[mail.pk for mail in mails],
        state=IncomingMail.State.RECEIVED,
        claimed_at=mails[0].claimed_at,
    )
    if ours.update(**outcome) != len(mails):
        raise ClaimLostError
