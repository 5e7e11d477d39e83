"""Telling a company's own systems what happened: the row first, in the transaction of what happened.

Deliveries are signed as the Standard Webhooks specification says, repeated with growing waits, and may
come twice; ``webhook-id`` tells. They carry ids and names of stages, nothing about a person.
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.core.cache import cache
from django.db import connection, connections, models, transaction
from django.db.models import F, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from companies import audit, sql
from companies.audit import Actor
from companies.models import Company
from mailsettings.encryption import DecryptionError, Sealed
from mailsettings.models import WebhookDelivery, WebhookEndpoint
from mailsettings.outbound import doorbell, retry
from mailsettings.wire import http

log = logging.getLogger(__name__)
State = WebhookDelivery.State
TEST = "test"
MOST = 5  # addresses of a company
MOST_ASKED = 20  # calls that people of a company may ask for
ASKED_WINDOW = 600  # seconds
TIMEOUT = 10.0  # seconds for a whole call
STALE_AFTER = timedelta(seconds=60)  # longer than a call takes; its worker is dead
LONGEST_REST = timedelta(minutes=15)  # of an address that gives no answer
KEPT = timedelta(days=30)
AT_ONCE = 4
PREFIX = "whsec_"


class TooMany(Exception):
    """The company has as many addresses as it may."""


class AskedTooOften(Exception):
    """People of the company had its addresses called as often as they may; the text tells them."""

    def __str__(self) -> str:
        return str(_("Too many calls in the last ten minutes. Please wait a little."))


def create(
    company: Company, *, url: str, events: list[str], by: Actor
) -> tuple[WebhookEndpoint, str]:
    """Register an address; return it with its secret, which nobody can read again. ``TooMany``."""
    secret = PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if WebhookEndpoint.objects.filter(company=company).count() >= MOST:
            raise TooMany
        endpoint = WebhookEndpoint.objects.create(
            company=company, url=url, events=events, secret=secret
        )
        audit.record(company, "webhook.created", endpoint, by=by, url=url, events=events)
    return endpoint, secret


def delete(endpoint: WebhookEndpoint, *, by: Actor) -> None:
    """Call the address no more and forget what it was told."""
    with transaction.atomic():
        audit.record(endpoint.company, "webhook.deleted", endpoint, by=by, url=endpoint.url)
        endpoint.delete()


def emit(company_id: int, event: str, data: Mapping[str, object]) -> None:
    """Queue an event for each address that wants it; call it in the transaction of what happened."""
    tell([each for each in registered(company_id) if event in each.events], event, data)


def list_wanting(companies: Iterable[int], event: str) -> dict[int, list[WebhookEndpoint]]:
    """Return the addresses that want the event, by company; for those who have many to tell."""
    wanting: dict[int, list[WebhookEndpoint]] = {}
    known = WebhookEndpoint.objects.filter(company__in=companies).only("company_id", "events")
    for endpoint in known.order_by("pk"):
        if event in endpoint.events:
            wanting.setdefault(endpoint.company_id, []).append(endpoint)
    return wanting


@sql.written_once
def registered(company: int) -> "models.QuerySet[WebhookEndpoint]":
    """The addresses of a company, whatever they want."""
    known = WebhookEndpoint.objects.only("company_id", "events")
    return known.filter(company=company).order_by("pk")


def tell(endpoints: Iterable[WebhookEndpoint], event: str, data: Mapping[str, object]) -> None:
    """Queue an event for these addresses, as ``emit`` does."""
    for endpoint in endpoints:
        _queue(endpoint, event, data)


def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Queue an event that says nothing but that it is a test, and try a resting address at once.

    Raise ``AskedTooOften``.
    """
    _count(endpoint.company_id)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(retry_at=None)
    return _queue(endpoint, TEST, {"message": "This is a test."})


def send_again(delivery: WebhookDelivery) -> bool:
    """Queue what failed once more, with all attempts anew; return whether it had failed.

    Raise ``AskedTooOften``.
    """
    _count(delivery.endpoint.company_id)
    failed = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.FAILED)
    if not failed.update(state=State.QUEUED, attempts=0, next_attempt_at=timezone.now()):
        return False
    _wake(delivery.endpoint_id)
    return True


def signature(secret: str, uid: str, timestamp: int, body: bytes) -> str:
    """Return the header ``webhook-signature`` of a body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{uid}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def deliver(endpoint_id: int, *, seconds: float = 20.0) -> None:
    """Call an address with what is due for it, one after the other; safe to call at once and twice."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and (delivery := _claim(endpoint_id)):
        if not _call(delivery):
            return


def deliver_due() -> None:
    """Take up what dead workers left, then call every address that has something due."""
    stale = WebhookDelivery.objects.filter(
        state=State.SENDING, claimed_at__lt=timezone.now() - STALE_AFTER
    )
    stale.update(state=State.QUEUED)
    due = WebhookDelivery.objects.due().values_list("endpoint_id", flat=True)
    waiting = list(due.annotate(oldest=Min("next_attempt_at")).order_by("oldest"))
    if len(waiting) < 2 or connection.in_atomic_block:  # other threads do not see open transactions
        for endpoint_id in waiting:
            deliver(endpoint_id)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(_deliver_in_thread, waiting))


def forget_old() -> None:
    """Delete what was settled a month ago."""
    settled = WebhookDelivery.objects.filter(state__in=[State.DELIVERED, State.FAILED])
    settled.filter(created_at__lt=timezone.now() - KEPT).delete()


def _count(company_id: int) -> None:
    """Count a call that a person asked for: the button reaches out to hosts that somebody typed in."""
    place = f"webhook-calls:{company_id}:{int(time.time()) // ASKED_WINDOW}"
    cache.add(place, 0, timeout=ASKED_WINDOW + 1)
    if cache.incr(place) > MOST_ASKED:
        raise AskedTooOften


def _queue(endpoint: WebhookEndpoint, event: str, data: Mapping[str, object]) -> WebhookDelivery:
    delivery = WebhookDelivery.objects.create(endpoint=endpoint, event=event, data=dict(data))
    _wake(endpoint.pk)
    return delivery


def _wake(endpoint_id: int) -> None:
    from mailsettings.tasks import deliver_webhooks  # noqa: PLC0415 -- upward as in outbox

    doorbell.ring_after_commit(deliver_webhooks, endpoint_id, about=endpoint_id)


def _claim(endpoint_id: int) -> WebhookDelivery | None:
    """Return the next due event; one call at a time to an address, so that a slow one holds one worker."""
    with transaction.atomic():
        WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id).first()
        of_endpoint = WebhookDelivery.objects.filter(endpoint=endpoint_id)
        if of_endpoint.filter(state=State.SENDING).exists():
            return None
        due = of_endpoint.due().select_related("endpoint__company")
        delivery = due.order_by("next_attempt_at", "pk").first()
        if delivery is None:
            return None
        delivery.claimed_at = timezone.now()
        WebhookDelivery.objects.filter(pk=delivery.pk).update(
            state=State.SENDING, claimed_at=delivery.claimed_at, attempts=F("attempts") + 1
        )
        delivery.attempts += 1
    return delivery


def _call(delivery: WebhookDelivery) -> bool:
    """Call once and write down what came of it; return whether the address answered at all."""
    endpoint = delivery.endpoint
    try:
        answer = http.request("POST", endpoint.url, *_signed(delivery), timeout=TIMEOUT)
    except DecryptionError:
        text = gettext_noop("The stored secret cannot be read with the keys of this server.")
        _record(delivery, None, text)
        return False
    except http.HttpError as error:
        _record(delivery, None, error.message)
        rest = min(retry.wait_after(delivery.attempts) or LONGEST_REST, LONGEST_REST)
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(retry_at=timezone.now() + rest)
        return False
    _record(delivery, answer.status, answer.text)
    if endpoint.retry_at:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(retry_at=None)
    return True


def _signed(delivery: WebhookDelivery) -> tuple[bytes, dict[str, str]]:
    """Return body and headers; the time is that of the attempt, so that an old call cannot be replayed."""
    secret = delivery.endpoint.secret
    clear = secret.reveal() if isinstance(secret, Sealed) else secret
    uid, now = str(delivery.uid), int(time.time())
    content = {
        "id": uid,
        "type": delivery.event,
        "timestamp": delivery.created_at.isoformat(),
        "company": delivery.endpoint.company.account,
        "data": delivery.data,
    }
    body = json.dumps(content, ensure_ascii=False).encode()
    return body, {
        "Content-Type": "application/json",
        "webhook-id": uid,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(clear, uid, now, body),
    }


def _record(delivery: WebhookDelivery, status: int | None, text: str) -> None:
    now = timezone.now()
    outcome: dict[str, object] = {"status": status, "answer": text}
    wait = retry.wait_after(delivery.attempts)
    if status is not None and 200 <= status <= 299:
        outcome |= {"state": State.DELIVERED, "delivered_at": now}
    elif wait is None or delivery.event == TEST:
        outcome |= {"state": State.FAILED}
    else:
        outcome |= {"state": State.QUEUED, "next_attempt_at": now + wait}
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, claimed_at=delivery.claimed_at)
    mine.filter(state=State.SENDING).update(**outcome)


def _deliver_in_thread(endpoint_id: int) -> None:
    try:
        deliver(endpoint_id)
    except Exception:
        log.exception("the events of webhook %s were left for the next round", endpoint_id)
    finally:
        connections.close_all()
