import base64
import hashlib
import hmac
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from companies.models import Company
from mailsettings.inbound import routing, spool
from mailsettings.mime.parse import parse
from mailsettings.models import Delivery, IncomingMail
from tests.factories import raw_mail

ACME = "acme-jobs@in.posthorn.example"
SIGNING_KEY = "mailgun-key"


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.ANYMAIL = {
        "WEBHOOK_SECRET": "provider:hook",
        "MAILGUN_WEBHOOK_SIGNING_KEY": SIGNING_KEY,
    }


def post(url: str, password: str = "hook", **body: Any) -> int:
    login = base64.b64encode(f"provider:{password}".encode()).decode()
    client = Client(raise_request_exception=False)
    return client.post(url, headers={"authorization": f"Basic {login}"}, **body).status_code


def post_mailgun(raw: bytes) -> int:
    """As Mailgun's route with "forward to …/mime" posts (field names of its documentation)."""
    timestamp, token = "1793610000", "a" * 50
    signature = hmac.new(SIGNING_KEY.encode(), f"{timestamp}{token}".encode(), hashlib.sha256)
    fields = {
        "recipient": ACME,
        "sender": "bounces+mia@mail.example",
        "from": "Mia Muster <mia@mail.example>",
        "subject": "Bewerbung",
        "body-mime": raw.decode(),
        "timestamp": timestamp,
        "token": token,
        "signature": signature.hexdigest(),
    }
    return post("/anymail/mailgun/inbound_mime/", data=fields)


def post_mailjet(**fields: Any) -> int:
    """As Mailjet's Parse API posts: decoded fields, attachments in base64."""
    event = {
        "Sender": "mia@mail.example",
        "Recipient": ACME,
        "Date": "20261102T090000",
        "From": "Mia Muster <mia@mail.example>",
        "Subject": "Bewerbung für Köln",
        "Headers": {
            "From": "Mia Muster <mia@mail.example>",
            "To": ACME,
            "Subject": "Bewerbung für Köln",
            "Message-ID": "<1@mail.example>",
            "Date": "Mon, 02 Nov 2026 10:00:00 +0100",
            "Received": ["by mx2.mail.example", "by mx1.mail.example"],
            "Content-Type": 'multipart/mixed; boundary="theirs"',
        },
        "Parts": [
            {"Headers": {"Content-Type": "text/plain; charset=utf-8"}, "ContentRef": "Text-part"},
            {
                "Headers": {
                    "Content-Type": "application/pdf",
                    "Content-Disposition": 'attachment; filename="lebenslauf.pdf"',
                },
                "ContentRef": "Attachment1",
            },
        ],
        "Text-part": "Guten Tag, anbei mein Lebenslauf.",
        "Attachment1": base64.b64encode(b"%PDF-1.4").decode(),
        "SpamAssassinScore": "0.2",
        **fields,
    }
    return post("/anymail/mailjet/inbound/", data=event, content_type="application/json")


def test_mailgun_mail_is_stored_and_routed_by_its_envelope(company: Company) -> None:
    raw = raw_mail(subject="Bewerbung", Message_ID="<1@mail.example>", To="jobs@acme.example")
    assert post_mailgun(raw) == 200
    mail = IncomingMail.objects.get()
    assert (mail.door, mail.envelope_sender) == ("webhook", "bounces+mia@mail.example")
    assert mail.envelope_recipients == [ACME]
    routing.route_received()
    delivery = Delivery.objects.get()
    assert (delivery.company, delivery.message_id) == (company, "<1@mail.example>")


def test_mailjet_mail_keeps_text_header_and_attachment(company: Company) -> None:
    assert post_mailjet() == 200
    routing.route_received()
    mail = parse(Delivery.objects.get().raw.read())
    assert (mail.subject, mail.message_id) == ("Bewerbung für Köln", "<1@mail.example>")
    assert mail.text == "Guten Tag, anbei mein Lebenslauf."
    assert [(part.name, part.content) for part in mail.attachments] == [
        ("lebenslauf.pdf", b"%PDF-1.4")
    ]


def test_mail_posted_twice_is_delivered_once(company: Company) -> None:
    assert (post_mailjet(), post_mailjet()) == (200, 200)
    assert routing.route_received() == 2
    assert Delivery.objects.count() == 1


def test_mail_nobody_could_write_properly_is_stored_all_the_same(company: Company) -> None:
    odd = {"Subject": "broken \udcff", "From": "Mia <mia@mail.example", "To": ""}
    assert post_mailjet(Headers=odd) == 200
    assert IncomingMail.objects.count() == 1


def test_provider_is_asked_to_post_again_when_nothing_was_stored(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(spool, "store", fail)
        assert post_mailjet() == 500
    assert post_mailjet() == 200
    assert IncomingMail.objects.count() == 1


def test_wrong_secret_is_refused(db: None) -> None:
    assert post("/anymail/mailjet/inbound/", password="guess", data={}) == 400
    assert not IncomingMail.objects.exists()


@pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailInsecureWebhookWarning")
def test_without_a_secret_nothing_is_taken(db: None, settings: Settings) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": None}
    assert post_mailjet() == 403
    assert not IncomingMail.objects.exists()
