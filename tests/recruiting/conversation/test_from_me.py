"""Writing from one's own connected account, by choice, and signed."""

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Membership
from mailsettings.mime.parse import parse
from mailsettings.outbound import outbox
from recruiting.conversation.writing import composing, threads
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, Message
from tests import factories
from tests.mailservers import SmtpServer, smtp_server  # noqa: F401 -- a fixture

FROM_ME = Letter(subject="Hello", text="Shall we talk?", from_me=True)
FORM = {"to": "mia@mail.example", "subject": "Hello", "text": "Shall we talk?"}


def test_a_letter_from_me_arrives_from_my_address_under_my_name(
    application: Application,
    ben: Membership,
    smtp_server: SmtpServer,  # noqa: F811 -- the fixture
) -> None:
    factories.MailboxFactory(
        company=ben.company,
        user=ben.user,
        address="ben@home.example",
        smtp_port=smtp_server.port,
        smtp_account="",
        imap_host="127.0.0.1",
    )
    message = composing.send(application, FROM_ME, by=ben)
    outbox.deliver(message.outgoing.pk)
    (received,) = smtp_server.wait_for(1)
    mail = parse(received.raw)
    assert (received.sender, mail.sender.addr_spec) == ("ben@home.example", "ben@home.example")
    assert mail.sender.name == ben.user.name
    assert mail.reply_to == ()


def test_where_my_mailbox_is_not_read_answers_come_to_the_recruiting_address(
    application: Application, ben: Membership
) -> None:
    factories.MailboxFactory(company=ben.company, user=ben.user)
    mail = parse(composing.send(application, FROM_ME, by=ben).outgoing.raw.read())
    tagged = threads.tagged(ben.company.recruiting_address, threads.key(application))
    assert [one.addr_spec for one in mail.reply_to] == [tagged]


def test_with_a_connection_a_letter_still_leaves_from_the_company_unless_chosen(
    application: Application, ben: Membership
) -> None:
    factories.MailboxFactory(company=ben.company, user=ben.user, address="ben@home.example")
    message = composing.send(application, Letter("Hello", "Shall we talk?"), by=ben)
    assert message.from_address == ben.company.recruiting_address


def test_without_a_connection_a_letter_from_me_is_refused(
    application: Application, ben: Membership
) -> None:
    with pytest.raises(composing.CannotSend) as caught:
        composing.send(application, FROM_ME, by=ben)
    assert caught.value.field == "sent_from"


def test_the_account_of_a_colleague_is_never_mine(
    application: Application, ada: Membership, ben: Membership
) -> None:
    factories.MailboxFactory(company=ada.company, user=ada.user)
    with pytest.raises(composing.CannotSend):
        composing.send(application, FROM_ME, by=ben)


def test_the_composer_offers_my_account_only_while_it_is_connected(
    application: Application, ben: Membership, client: Client
) -> None:
    client.force_login(ben.user)
    page = reverse("recruiting:application", args=[application.pk])
    assert "From me" not in client.get(page).text
    factories.MailboxFactory(company=ben.company, user=ben.user, address="ben@home.example")
    assert "From me (ben@home.example)" in client.get(page).text
    client.post(
        reverse("recruiting:message-send", args=[application.pk]), FORM | {"sent_from": "me"}
    )
    assert Message.objects.get(direction="out").from_address == "ben@home.example"


def test_my_signature_stands_under_what_i_write(application: Application, ben: Membership) -> None:
    ben.signature = "Ben Berg\nAcme"
    message = composing.send(application, Letter("Hello", "Shall we talk?\n"), by=ben)
    assert message.text == "Shall we talk?\n\n-- \nBen Berg\nAcme"
