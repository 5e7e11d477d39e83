from datetime import timedelta

import pytest
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.inbound import routing
from mailsettings.models import Delivery, OutgoingMail
from tests.factories import OutgoingMailFactory, raw_mail
from tests.mailsettings.inbound.conftest import receive

ACME = "acme-jobs@in.posthorn.example"
GLOBEX = "globex-jobs@in.posthorn.example"


def bounce_of(message_id: str, address: str = "mia@mail.example", action: str = "failed") -> bytes:
    """A delivery status notification (RFC 3464) that returns the header of a mail."""
    return f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.mail.example>
To: {ACME}
Message-ID: <dsn-{action}@mx.mail.example>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mail.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: no such user

--cut
Content-Type: text/rfc822-headers

From: jobs@acme.example
To: {address}
Message-ID: {message_id}
Subject: Your application

--cut--
""".replace("\n", "\r\n").encode()


def deliver(raw: bytes, address: str = ACME) -> Delivery:
    mail = receive(raw, address)
    routing.route_received()
    return Delivery.objects.get(incoming=mail)


@pytest.fixture
def sent(company: Company) -> OutgoingMail:
    """A mail of the company to Mia that a server has taken."""
    mail = OutgoingMailFactory(company=company, state="sent", message_id="<out@acme.example>")
    mail.recipients.get_or_create(address="mia@mail.example", defaults={"state": "accepted"})
    return mail


def test_bounce_of_our_mail_marks_it_and_asks_for_no_reader(sent: OutgoingMail) -> None:
    delivery = deliver(bounce_of("<out@acme.example>"))
    assert (delivery.kind, delivery.state) == ("bounce", "ignored")
    assert delivery.reason == f"bounce of outgoing mail {sent.pk}"
    sent.refresh_from_db()
    assert sent.state == "bounced"
    assert sent.recipients.get(address="mia@mail.example").state == "bounced"


def test_bounce_of_another_companys_mail_changes_nothing(
    sent: OutgoingMail, cleo: Membership
) -> None:
    delivery = deliver(bounce_of("<out@acme.example>"), GLOBEX)
    assert (delivery.company, delivery.kind, delivery.state) == (cleo.company, "bounce", "received")
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_bounce_of_an_unknown_mail_is_left_to_recruiting(company: Company) -> None:
    delivery = deliver(bounce_of("<unknown@acme.example>"))
    assert (delivery.kind, delivery.state, delivery.reason) == ("bounce", "received", "")


def test_notice_of_delay_is_no_bounce(sent: OutgoingMail) -> None:
    delivery = deliver(bounce_of("<out@acme.example>", action="delayed"))
    assert (delivery.kind, delivery.state) == ("delay", "received")
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_our_own_mail_coming_back_is_ignored(sent: OutgoingMail) -> None:
    delivery = deliver(raw_mail(Message_ID="<out@acme.example>", Delivered_To=ACME))
    assert (delivery.kind, delivery.state) == ("own", "ignored")
    assert delivery.reason == f"own copy of outgoing mail {sent.pk}"


def test_our_mail_is_known_by_its_own_field_when_a_provider_has_renamed_it(
    sent: OutgoingMail,
) -> None:
    delivery = deliver(raw_mail(Message_ID="<new@ses.example>", X_Posthorn_ID=sent.message_id))
    assert (delivery.kind, delivery.state) == ("own", "ignored")
    theirs = f"<new@ses.example>\r\nX-Posthorn-ID: {sent.message_id}"
    assert deliver(bounce_of(theirs)).reason == f"bounce of outgoing mail {sent.pk}"


def test_bounce_that_returns_the_id_the_provider_gave_marks_our_mail(sent: OutgoingMail) -> None:
    OutgoingMail.objects.update(provider_id="0102018f3c2e4a5b-1c2d")
    delivery = deliver(bounce_of("<0102018f3c2e4a5b-1c2d@eu-west-1.amazonses.com>"))
    assert delivery.reason == f"bounce of outgoing mail {sent.pk}"


def test_bounce_without_any_id_is_about_the_only_mail_that_went_to_its_address_of_late(
    sent: OutgoingMail,
) -> None:
    prose = (
        "Return-Path: <>\r\nFrom: mailer-daemon@gmx.example\r\nSubject: Unzustellbar\r\n\r\n"
        "mia@mail.example:\r\n550 5.1.1 user unknown\r\n"
    )
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(days=6))
    assert deliver(prose.encode()).state == "received"
    OutgoingMail.objects.update(created_at=timezone.now())
    assert deliver(prose.encode() + b" ").reason == f"bounce of outgoing mail {sent.pk}"
    other = OutgoingMailFactory(company=sent.company, state="sent")
    other.recipients.get_or_create(address="Mia@mail.example", defaults={"state": "accepted"})
    OutgoingMail.objects.update(state="sent")
    assert deliver(prose.encode() + b"  ").state == "received", "it may be about either"


def test_mail_between_two_customers_is_ordinary_mail(sent: OutgoingMail, cleo: Membership) -> None:
    delivery = deliver(raw_mail(Message_ID="<out@acme.example>"), GLOBEX)
    assert (delivery.kind, delivery.state) == ("person", "received")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto_reply"),
        ({"List_Id": "<jobs.lists.example>"}, "list"),
        ({}, "person"),
    ],
)
def test_other_machines_are_named_and_left_to_recruiting(
    company: Company, headers: dict[str, str], kind: str
) -> None:
    delivery = deliver(raw_mail(**headers))
    assert (delivery.kind, delivery.state) == (kind, "received")
