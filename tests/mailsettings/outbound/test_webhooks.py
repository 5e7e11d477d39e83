"""Webhooks: told in the transaction of what happened, signed, repeated, and never into our own network."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from companies.models import AuditEntry, Company, Membership
from mailsettings.models import Event, OutgoingMail, WebhookDelivery, WebhookEndpoint
from mailsettings.outbound import outbox, webhooks
from mailsettings.wire import http
from tests.mailservers import DrippingScript
from tests.mailsettings.outbound.conftest import Queue
from tests.webhookserver import WebhookServer, webhook_server  # noqa: F401 -- a fixture

MESSAGE = str(Event.MESSAGE_RECEIVED)
Registered = tuple[WebhookEndpoint, str]


@pytest.fixture
def hook(company: Company, webhook_server: WebhookServer) -> Registered:  # noqa: F811 -- the fixture
    return webhooks.create(company, url=webhook_server.url, events=[MESSAGE], by=None)


def settled() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def test_event_is_posted_with_a_signature_the_secret_proves(
    hook: Registered,
    company: Company,
    webhook_server: WebhookServer,  # noqa: F811
) -> None:
    _, secret = hook
    webhooks.emit(company.pk, MESSAGE, {"message": 7})
    webhooks.deliver_due()
    (call,) = webhook_server.calls
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    proof = base64.b64encode(hmac.new(key, signed + call.body, hashlib.sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{proof}"
    told = json.loads(call.body)
    assert (told["type"], told["data"], told["id"]) == (
        MESSAGE,
        {"message": 7},
        call.headers["webhook-id"],
    )
    assert (settled().state, settled().status, settled().answer) == ("delivered", 200, "Thank you")


def test_only_wanted_events_of_the_own_company_are_told(
    hook: Registered, company: Company, cleo: Membership
) -> None:
    webhooks.emit(company.pk, Event.STAGE_CHANGED, {})
    webhooks.emit(cleo.company_id, MESSAGE, {})
    assert WebhookDelivery.objects.count() == 0


def test_what_is_rolled_back_is_not_told(hook: Registered, company: Company) -> None:
    with transaction.atomic():
        webhooks.emit(company.pk, MESSAGE, {})
        transaction.set_rollback(True)
    assert WebhookDelivery.objects.count() == 0


def test_refused_event_is_told_again_under_the_same_id(
    hook: Registered,
    company: Company,
    webhook_server: WebhookServer,  # noqa: F811
) -> None:
    webhook_server.status = 503
    webhooks.emit(company.pk, MESSAGE, {})
    webhooks.deliver_due()
    told = settled()
    assert (told.state, told.attempts, told.status) == ("queued", 1, 503)
    assert told.next_attempt_at > timezone.now() + timedelta(seconds=40)
    webhook_server.status = 204
    WebhookDelivery.objects.update(next_attempt_at=timezone.now())
    webhooks.deliver_due()
    assert settled().state == "delivered"
    first, second = webhook_server.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_redirect_is_not_followed(
    hook: Registered,
    company: Company,
    webhook_server: WebhookServer,  # noqa: F811
) -> None:
    webhook_server.status, webhook_server.headers = 302, {"Location": webhook_server.url}
    webhooks.emit(company.pk, MESSAGE, {})
    webhooks.deliver_due()
    assert (len(webhook_server.calls), settled().state) == (1, "queued")


def test_address_without_answer_is_left_alone_with_all_its_events(company: Company) -> None:
    endpoint, _ = webhooks.create(company, url="http://127.0.0.1:1/", events=[MESSAGE], by=None)
    for _ in range(3):
        webhooks.emit(company.pk, MESSAGE, {})
    webhooks.deliver_due()
    webhooks.deliver_due()
    assert sorted(WebhookDelivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    endpoint.refresh_from_db()
    assert endpoint.retry_at


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/", "https://169.254.169.254/latest"])
def test_own_network_is_never_called(company: Company, settings: Any, url: str) -> None:
    settings.MAIL_ALLOWED_NETWORKS = []
    webhooks.create(company, url=url, events=[MESSAGE], by=None)
    webhooks.emit(company.pk, MESSAGE, {})
    webhooks.deliver_due()
    assert settled().answer == "This host is not a public server."


def test_server_that_drips_its_answer_does_not_hold_a_worker() -> None:
    with DrippingScript("HTTP/1.1 200 OK") as server, pytest.raises(http.HttpError):
        http.request("POST", f"http://127.0.0.1:{server.port}/", b"{}", {}, timeout=0.3)


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "https:///x", "https://a:b@c.example/", "https://a.example/\r\nX: y"],
)
def test_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(http.HttpError):
        http.check_url(url)


def test_event_of_a_dead_worker_is_told_by_the_next(
    hook: Registered,
    company: Company,
    webhook_server: WebhookServer,  # noqa: F811
) -> None:
    webhooks.emit(company.pk, MESSAGE, {})
    assert webhooks._claim(hook[0].pk)
    webhooks.deliver_due()
    assert webhook_server.calls == []
    long_ago = timezone.now() - webhooks.STALE_AFTER - timedelta(seconds=1)
    WebhookDelivery.objects.update(claimed_at=long_ago)
    webhooks.deliver_due()
    assert len(webhook_server.calls) == 1


def test_bounce_is_told(hook: Registered, company: Company, queue: Queue) -> None:
    WebhookEndpoint.objects.update(events=[Event.MESSAGE_BOUNCED])
    mail = queue()
    OutgoingMail.objects.update(state="sent")
    outbox.record_bounce(
        company, message_id=mail.message_id, addresses=(), permanent=True, diagnostic="550 Unknown"
    )
    assert settled().data == {"message_id": mail.message_id, "answer": "550 Unknown"}


def test_what_was_settled_a_month_ago_is_forgotten(hook: Registered, company: Company) -> None:
    webhooks.emit(company.pk, MESSAGE, {})
    WebhookDelivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    webhooks.forget_old()
    assert settled().state == "queued"
    WebhookDelivery.objects.update(state="delivered")
    webhooks.forget_old()
    assert WebhookDelivery.objects.count() == 0


# ---- the page


def test_secret_is_shown_once(client: Any, ada: Membership) -> None:
    ada.role = "admin"
    ada.save()
    client.force_login(ada.user)
    form = {"url": "https://systems.example/hook", "events": [MESSAGE, Event.STAGE_CHANGED]}
    page = client.post("/settings/webhooks/", form)
    assert "whsec_" in page.text
    again = client.get("/settings/webhooks/").text
    assert "https://systems.example/hook" in again
    assert "whsec_" not in again
    assert AuditEntry.objects.get().verb == "webhook.created"


def test_sixth_address_and_odd_ones_are_refused_at_the_form(
    client: Any, ada: Membership, company: Company
) -> None:
    ada.role = "admin"
    ada.save()
    client.force_login(ada.user)
    form = {"url": "javascript:alert(1)", "events": [MESSAGE]}
    assert client.post("/settings/webhooks/", form).status_code == 422
    for _ in range(webhooks.MOST):
        webhooks.create(company, url="https://a.example/", events=[MESSAGE], by=None)
    form["url"] = "https://a.example/"
    assert client.post("/settings/webhooks/", form).status_code == 422
    assert WebhookEndpoint.objects.count() == webhooks.MOST


def test_test_button_and_log(
    client: Any,
    ada: Membership,
    hook: Registered,
    webhook_server: WebhookServer,  # noqa: F811
) -> None:
    ada.role = "admin"
    ada.save()
    client.force_login(ada.user)
    page = f"/settings/webhooks/{hook[0].pk}/"
    webhook_server.status = 500
    assert client.post(f"{page}test/").status_code == 302
    webhooks.deliver_due()
    text = client.get(page).text
    assert "500" in text
    assert "Thank you" in text
    webhook_server.status = 200
    client.post(f"/settings/webhooks/deliveries/{settled().pk}/repeat/")
    webhooks.deliver_due()
    assert settled().state == "delivered"
    client.post(f"{page}delete/")
    assert WebhookEndpoint.objects.count() == 0


def test_a_company_has_its_addresses_called_only_so_often(
    client: Any, ada: Membership, hook: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_ASKED", 2)
    client.force_login(ada.user)
    for _ in range(3):
        answer = client.post(f"/settings/webhooks/{hook[0].pk}/test/", follow=True)
    assert "Too many calls in the last ten minutes." in answer.text
    assert WebhookDelivery.objects.count() == 2
    WebhookDelivery.objects.update(state="failed")
    client.post(f"/settings/webhooks/deliveries/{WebhookDelivery.objects.latest('pk').pk}/repeat/")
    assert not WebhookDelivery.objects.exclude(state="failed").exists()


def test_log_takes_as_many_queries_with_three_rows_as_with_one(
    client: Any, ada: Membership, hook: Registered, company: Company, django_assert_num_queries: Any
) -> None:
    ada.role = "admin"
    ada.save()
    client.force_login(ada.user)
    page = f"/settings/webhooks/{hook[0].pk}/"
    client.get(page)
    for rows in (1, 2):
        for _ in range(rows):
            webhooks.emit(company.pk, MESSAGE, {})
        with django_assert_num_queries(7):
            client.get(page)


def test_recruiter_has_no_webhooks(client: Any, ada: Membership, hook: Registered) -> None:
    ada.role = "recruiter"
    ada.save()
    client.force_login(ada.user)
    assert client.get("/settings/webhooks/").status_code == 403
