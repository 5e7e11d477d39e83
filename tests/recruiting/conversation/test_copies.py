"""What colleagues write in their own mail programs, copied to the company's Bcc address."""

import pytest

from companies.models import Company, Membership
from mailsettings.inbound import recipients, routing, spool
from mailsettings.models import Delivery
from recruiting.conversation.receiving import intake
from recruiting.conversation.writing import composing
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, Message
from tests import factories


def write(company: Company, **headers: str) -> None:
    raw = factories.raw_mail(**{"sender": "Ben <ben@acme.example>", **headers})
    spool.store("smtp", raw, envelope_recipients=[recipients.copy_address(company)])
    routing.route_received()
    intake.file_received()


def test_a_mail_to_a_candidate_stands_in_the_conversation_as_sent(
    application: Application, company: Company, ben: Membership
) -> None:
    ben.user.email = "Ben@acme.example"
    ben.user.save()
    write(company, To="mia@mail.example", subject="Thursday")
    message = Message.objects.get()
    assert (message.application, message.direction) == (application, "out")
    assert (message.author, message.outgoing, message.kind) == (ben.user, None, "person")
    application.refresh_from_db()
    assert application.unread_count == 0
    assert application.last_message_at == message.at


def test_the_answer_to_it_finds_the_conversation(
    application: Application, company: Company
) -> None:
    write(company, To="mia@mail.example", Message_ID="<by-hand@acme.example>")
    answer = factories.raw_mail(sender="m@else.example", In_Reply_To="<by-hand@acme.example>")
    factories.DeliveryFactory(company=company, content=answer)
    intake.file_received()
    assert Message.objects.get(direction="in").application == application


def test_what_we_sent_ourselves_is_not_filed_twice(
    application: Application, company: Company, ben: Membership
) -> None:
    ours = composing.send(application, Letter("Talk", "Thursday?"), by=ben)
    write(company, To="mia@mail.example", Message_ID=ours.message_id)
    assert Message.objects.get() == ours
    assert Delivery.objects.get().kind == "own"


def test_a_note_between_colleagues_is_no_mail_to_the_candidate(
    application: Application, company: Company, ben: Membership
) -> None:
    ours = composing.send(application, Letter("Talk", "Thursday?"), by=ben)
    write(company, To="ada@acme.example", In_Reply_To=ours.message_id)
    message = Message.objects.unassigned().get()
    assert "No candidate is among the recipients" in message.reason


@pytest.mark.parametrize("tag", ["bcc-", "bcc-00000000000000000000", "bcc"])
def test_a_guessed_address_is_that_of_an_ordinary_mail(
    application: Application, company: Company, tag: str
) -> None:
    local, _, domain = company.recruiting_address.partition("@")
    raw = factories.raw_mail(sender="evil@else.example", To="mia@mail.example")
    spool.store("smtp", raw, envelope_recipients=[f"{local}+{tag}@{domain}"])
    routing.route_received()
    intake.file_received()
    assert Message.objects.unassigned().get().direction == "in"


def test_no_company_has_the_token_of_another(company: Company, cleo: Membership) -> None:
    other = recipients.copy_address(cleo.company).partition("+")[2]
    local = company.recruiting_address.partition("@")[0]
    assert not recipients.is_copy(company, f"{local}+{other}")
    assert recipients.is_copy(company, recipients.copy_address(company).upper())
