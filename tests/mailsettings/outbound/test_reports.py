"""What the platform's provider reports: stored first, applied once, for the right recipient."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from mailsettings.models import OutgoingMail, ProviderEvent
from mailsettings.outbound import reports
from tests.mailsettings.outbound.conftest import Queue, states

KEY = "mailgun-key"


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


@pytest.fixture
def mail(queue: Queue) -> OutgoingMail:
    mail = queue(None, "mia@mail.example", "ben@acme.example")
    mail.recipients.update(state="accepted")
    OutgoingMail.objects.update(
        state="sent", provider_id="<4711@mg.example>", sent_at=timezone.now()
    )
    mail.refresh_from_db()
    return mail


def report(event: str, *, key: str = KEY, recipient: str = "mia@mail.example", **more: Any) -> int:
    """As Mailgun posts it (field names of its documentation)."""
    token = "a" * 50
    signature = hmac.new(key.encode(), f"1793610000{token}".encode(), hashlib.sha256).hexdigest()
    body = {
        "signature": {"timestamp": "1793610000", "token": token, "signature": signature},
        "event-data": {
            "event": event,
            "id": f"{event}-{recipient}",
            "timestamp": 1793610000.1,
            "recipient": recipient,
            "message": {"headers": {"message-id": "4711@mg.example"}},
            **more,
        },
    }
    client = Client(raise_request_exception=False)
    answer = client.post(
        "/anymail/mailgun/tracking/", json.dumps(body), content_type="application/json"
    )
    return answer.status_code


def test_delivered_is_said_of_that_recipient_alone(mail: OutgoingMail) -> None:
    assert report("delivered") == 200
    assert states(mail)["mia@mail.example"] == "accepted"  # stored, not read yet
    assert reports.process_waiting() == 1
    assert states(mail) == {"mia@mail.example": "delivered", "ben@acme.example": "accepted"}


def test_bounce_marks_mail_and_recipient(mail: OutgoingMail) -> None:
    failed: dict[str, Any] = {
        "severity": "permanent",
        "delivery-status": {"code": 550, "message": "No such user"},
    }
    report("failed", **failed)
    reports.process_waiting()
    mail.refresh_from_db()
    assert mail.state == "bounced"
    assert states(mail) == {"mia@mail.example": "bounced", "ben@acme.example": "accepted"}
    assert "No such user" in mail.last_reply


def test_complaint_stands_at_the_recipient_and_the_mail_stays_sent(mail: OutgoingMail) -> None:
    report("complained")
    reports.process_waiting()
    mail.refresh_from_db()
    assert (mail.state, states(mail)["mia@mail.example"]) == ("sent", "complained")


def test_delivery_settles_an_unconfirmed_mail(mail: OutgoingMail) -> None:
    OutgoingMail.objects.update(state="unconfirmed")
    report("delivered")
    reports.process_waiting()
    mail.refresh_from_db()
    assert mail.state == "sent"


def test_report_with_a_wrong_signature_is_refused(mail: OutgoingMail) -> None:
    assert report("delivered", key="guessed") == 400
    assert ProviderEvent.objects.count() == 0


@pytest.mark.filterwarnings("ignore")  # Anymail warns of what is tested here
def test_nothing_is_taken_where_nothing_proves_the_sender(
    mail: OutgoingMail, settings: Settings
) -> None:
    settings.ANYMAIL = {"MAILJET_API_KEY": "k"}
    body = [{"event": "sent", "MessageID": 1, "email": "mia@mail.example", "time": 1}]
    client = Client(raise_request_exception=False)
    answer = client.post(
        "/anymail/mailjet/tracking/", json.dumps(body), content_type="application/json"
    )
    assert answer.status_code in (400, 403)
    assert ProviderEvent.objects.count() == 0


def test_secret_in_the_address_is_proof_enough(mail: OutgoingMail, settings: Settings) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": "provider:hook"}
    OutgoingMail.objects.update(provider_id="4711")
    body = [{"event": "sent", "MessageID": 4711, "email": "mia@mail.example", "time": 1}]
    login = base64.b64encode(b"provider:hook").decode()
    answer = Client().post(
        "/anymail/mailjet/tracking/",
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Basic {login}"},
    )
    assert answer.status_code == 200
    reports.process_waiting()
    assert states(mail)["mia@mail.example"] == "delivered"


def test_report_posted_twice_is_one(mail: OutgoingMail) -> None:
    assert (report("delivered"), report("delivered")) == (200, 200)
    assert ProviderEvent.objects.count() == 1


def test_opening_a_mail_is_nobodys_business(mail: OutgoingMail) -> None:
    assert report("opened") == 200
    assert ProviderEvent.objects.count() == 0


def test_report_that_overtakes_the_worker_waits_for_the_id(mail: OutgoingMail) -> None:
    OutgoingMail.objects.update(provider_id="")
    report("delivered")
    assert reports.process_waiting() == 0
    OutgoingMail.objects.update(provider_id="<4711@mg.example>")
    assert reports.process_waiting() == 1
    assert states(mail)["mia@mail.example"] == "delivered"


@pytest.mark.django_db
def test_report_about_no_mail_of_ours_is_settled_after_an_hour() -> None:
    report("delivered")
    ProviderEvent.objects.update(received_at=timezone.now() - timedelta(hours=2))
    assert reports.process_waiting() == 1
    assert reports.process_waiting() == 0


def test_each_recipients_own_id_is_known(mail: OutgoingMail) -> None:
    OutgoingMail.objects.update(provider_id="another")
    mail.recipients.filter(address="mia@mail.example").update(provider_id="<4711@mg.example>")
    report("delivered")
    reports.process_waiting()
    assert states(mail)["mia@mail.example"] == "delivered"


def test_reports_about_mails_of_others_keep_none_of_ours_waiting(
    mail: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "BATCH", 2)
    for name in ("anna", "karl"):
        foreign = {"headers": {"message-id": f"{name}@elsewhere.example"}}
        report("delivered", recipient=f"{name}@mail.example", message=foreign)
    report("delivered")
    assert reports.process_waiting() == 1
    assert states(mail)["mia@mail.example"] == "delivered"


def test_what_a_server_says_is_stored_without_what_no_database_takes(mail: OutgoingMail) -> None:
    words: dict[str, Any] = {"delivery-status": {"message": "user\0 unknown \ud800", "code": 550}}
    assert report("failed", severity="permanent", **words) == 200
    event = ProviderEvent.objects.get()
    assert "\0" not in event.said + event.raw + event.recipient
    reports.process_waiting()
    mail.refresh_from_db()
    assert mail.state == "bounced"
