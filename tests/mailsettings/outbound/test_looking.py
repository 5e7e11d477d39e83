"""Look in Sent: a copy there settles an unconfirmed mail; only without one may a person send again."""

from typing import Any

import pytest
from django.utils import timezone

from companies.models import Membership
from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import looking, outbox
from tests import factories
from tests.imapserver import Folder
from tests.mailservers import ImapServer, imap_server  # noqa: F401 -- a fixture
from tests.mailsettings.outbound.conftest import Queue, states


@pytest.fixture
def mail(
    queue: Queue,
    mailbox: Mailbox,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> OutgoingMail:
    """An unconfirmed mail of an account whose server files what it takes."""
    imap_server.folders["Verschickt"] = Folder()
    imap_server.special["Verschickt"] = "\\Sent"
    mailbox.imap_host, mailbox.imap_port, mailbox.imap_encryption = (
        "127.0.0.1",
        imap_server.port,
        "none",
    )
    mailbox.imap_account, mailbox.imap_password = "anna", "secret"
    mailbox.save()
    mail = queue(mailbox)
    OutgoingMail.objects.update(state="unconfirmed", data_started_at=timezone.now())
    mail.refresh_from_db()
    return mail


def test_copy_in_the_sent_folder_means_that_it_left(
    mail: OutgoingMail,
    ada: Membership,
    imap_server: ImapServer,  # noqa: F811
) -> None:
    imap_server.folders["Verschickt"].add(mail.raw.read())
    assert looking.ask(mail, by=ada)
    assert looking.look_for_asked() == 1
    mail.refresh_from_db()
    assert (mail.state, mail.look, mail.sent_at) == ("sent", "found", mail.data_started_at)
    assert states(mail) == {"mia@mail.example": "accepted"}


def test_copy_that_the_server_gave_another_message_id_is_found_by_ours(
    mail: OutgoingMail,
    ada: Membership,
    imap_server: ImapServer,  # noqa: F811
) -> None:
    renamed = f"Message-ID: <their@own.example>\r\nX-Posthorn-ID: {mail.message_id}\r\n\r\nHi"
    imap_server.folders["Verschickt"].add(renamed.encode())
    assert looking.ask(mail, by=ada)
    looking.look_for_asked()
    mail.refresh_from_db()
    assert mail.look == "found"


def test_only_after_the_look_may_a_person_send_again(mail: OutgoingMail, ada: Membership) -> None:
    assert not outbox.retry(mail, by=ada)
    looking.ask(mail, by=ada)
    mail.refresh_from_db()
    assert not outbox.retry(mail, by=ada)
    looking.look_for_asked()
    mail.refresh_from_db()
    assert (mail.state, mail.look) == ("unconfirmed", "missing")
    assert outbox.retry(mail, by=ada)
    assert (mail.state, mail.look) == ("queued", "")


def test_account_that_cannot_be_read_does_not_stop_a_person(
    mail: OutgoingMail, ada: Membership
) -> None:
    Mailbox.objects.update(imap_port=1)
    looking.ask(mail, by=ada)
    looking.look_for_asked()
    mail.refresh_from_db()
    assert mail.look == "failed"
    assert outbox.retry(mail, by=ada)


def test_there_is_nothing_to_look_for_in_a_mail_that_was_sent(
    mail: OutgoingMail, ada: Membership
) -> None:
    OutgoingMail.objects.update(state="sent")
    mail.refresh_from_db()
    assert not looking.ask(mail, by=ada)


def test_message_offers_to_look_before_it_offers_to_send_again(
    client: Any, ada: Membership, mail: OutgoingMail
) -> None:
    application = factories.ApplicationFactory(position__company=ada.company)
    message = factories.SentMessageFactory(application=application, outgoing=mail)
    client.force_login(ada.user)
    page = f"/applications/{application.pk}/"
    text = client.get(page).text
    assert "Look in Sent" in text
    assert "Send again" not in text
    client.post(f"/messages/{message.pk}/look/")
    looking.look_for_asked()
    text = client.get(page).text
    assert "Not in the Sent folder" in text
    assert "Send again" in text
