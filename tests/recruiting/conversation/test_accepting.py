"""Applying by mail without a click: accepted where the position says so, else proposed as ever."""

from typing import Any

import pytest
from django.test import Client

from companies.models import AuditEntry, Company, Membership
from recruiting.conversation.receiving import intake
from recruiting.models import Application, Message, Position
from tests import factories

CV = (
    "From: Mia Muster <mia@mail.example>\r\nTo: jobs@acme.example\r\nSubject: {subject}\r\n"
    "Message-ID: <{number}@mail.example>\r\nMIME-Version: 1.0\r\n{header}"
    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
    'Here is my CV.\r\nTel. 030 1234567\r\n--b\r\nContent-Type: application/pdf; name="cv.pdf"\r\n'
    'Content-Disposition: attachment; filename="cv.pdf"\r\n\r\n%PDF-1.4\r\n--b--\r\n'
)


@pytest.fixture
def position(company: Company) -> Position:
    made: Position = factories.PositionFactory(
        company=company, number=100123, name="Backend Developer", accepts_mail=True
    )
    return made


def arrive(
    company: Company, subject: str, to: str = "acme-jobs@x.test", header: str = "", **fields: object
) -> Message:
    number = Message.objects.count()
    raw = CV.format(subject=subject, number=number, header=header)
    factories.DeliveryFactory(company=company, content=raw.encode(), address=to, **fields)
    assert intake.file_received() == 1
    return Message.objects.latest("pk")


@pytest.mark.parametrize(
    ("subject", "to"), [("Hello", "acme-jobs+100123@x.test"), ("About 100123", "acme-jobs@x.test")]
)
def test_mail_that_names_the_position_surely_is_an_application_with_its_documents(
    company: Company, position: Position, subject: str, to: str
) -> None:
    message = arrive(company, subject, to)
    application = Application.objects.get()
    assert (application.position, message.application) == (position, application)
    assert (application.candidate.name, application.candidate.phone) == (
        "Mia Muster",
        "030 1234567",
    )
    document = application.documents.get()
    assert (document.name, document.category) == ("cv.pdf", "cv")
    assert application.submission.door == "mail"
    assert message.reason == "It names a position that takes applications by mail."
    assert message.delivery
    assert message.delivery.state == "filed"
    lines = AuditEntry.objects.values_list("verb", "actor")
    assert {("application.created", None), ("message.assigned", None)} <= set(lines)
    arrive(company, "One thing more", to)
    assert Application.objects.get().messages.count() == 2


@pytest.mark.parametrize(
    ("subject", "to", "changes", "fields"),
    [
        ("Application as Backend Developer", "acme-jobs@x.test", {}, {}),
        ("Hello", "acme-jobs@x.test", {}, {}),
        ("Hello", "acme-jobs+100123@x.test", {"accepts_mail": False}, {}),
        ("Hello", "acme-jobs+100123@x.test", {"state": Position.State.PAUSED}, {}),
        ("Hello", "acme-jobs+100123@x.test", {}, {"kind": "auto_reply"}),
    ],
)
def test_every_other_mail_waits_for_somebody(
    company: Company,
    position: Position,
    subject: str,
    to: str,
    changes: dict[str, Any],
    fields: dict[str, Any],
) -> None:
    Position.objects.update(**changes)
    message = arrive(company, subject, to, **fields)
    assert (message.application, Application.objects.exists()) == (None, False)


def test_number_of_a_position_that_does_not_take_mail_is_not_overheard(
    company: Company, position: Position
) -> None:
    factories.PositionFactory(company=company, number=100124)
    assert arrive(company, "Re 100123", "acme-jobs+100124@x.test").application is None


def test_second_application_from_another_address_of_the_person_waits(
    company: Company, position: Position
) -> None:
    factories.ApplicationFactory(position=position, applied_address="mia@mail.example")
    assert arrive(company, "Hello", "acme-jobs+100123@x.test").application is None
    assert Application.objects.count() == 1


def test_switch_stands_among_the_details_with_the_address(
    client: Client, ada: Membership, position: Position
) -> None:
    client.force_login(ada.user)
    url = f"/positions/{position.pk}/edit/"
    page = client.get(url)
    assert "acme-jobs+100123@" in page.text
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    sent.pop("accepts_mail")
    assert client.post(url, sent | {"additional_offices": ""}).status_code == 302
    position.refresh_from_db()
    assert not position.accepts_mail
    assert AuditEntry.objects.get(verb="position.changed").detail.data == {
        "fields": ["accepts_mail"]
    }
