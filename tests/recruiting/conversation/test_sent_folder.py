"""What was written in Outlook stands in the conversation: sent mail to candidates is read, and no other."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from companies.models import Company, Membership, StoredFile
from mailsettings import status
from mailsettings.inbound import polling, recipients, routing, spool
from mailsettings.models import Delivery, IncomingMail, MailFolder
from recruiting.conversation.receiving import intake, personal
from recruiting.conversation.writing import composing
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, Message
from tests import factories
from tests.imapserver import Folder
from tests.mailservers import ImapServer, imap_server  # noqa: F401 -- a fixture

SENT = "Gesendete Elemente"
Read = Callable[[], None]


def written(
    to: str = "mia@mail.example", sender: str = "jobs@acme.example", **headers: str
) -> bytes:
    return factories.raw_mail(sender=sender, To=to, **headers)


@pytest.fixture
def sent(imap_server: ImapServer, settings: Settings) -> Folder:  # noqa: F811 -- the fixture
    settings.INBOUND_IMAP_URL = ""
    imap_server.folders[SENT] = Folder()
    imap_server.special[SENT] = "\\Sent"
    return imap_server.folders[SENT]


def connect(company: Company, server: ImapServer, **fields: object) -> None:
    login = {"imap_account": "anna", "imap_password": "secret", "imap_encryption": "none"}
    factories.MailboxFactory(
        company=company, imap_host="127.0.0.1", imap_port=server.port, **login | fields
    )


@pytest.fixture
def read() -> Read:
    """Read every folder, as the two ticks do, and file what came."""

    def work() -> None:
        MailFolder.objects.exclude(next_poll_at=None).update(next_poll_at=timezone.now())
        polling.poll_due()
        polling.poll_due(wanted=personal.choose)
        routing.route_received()
        intake.file_received()

    return work


def test_what_the_company_wrote_in_outlook_stands_in_the_conversation_once(
    application: Application,
    company: Company,
    ben: Membership,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
    sent: Folder,
    read: Read,
) -> None:
    connect(company, imap_server, address="jobs@acme.example")
    ours = composing.send(application, Letter("Talk", "Thursday?\n\nBest"), by=None)
    sent.add(ours.outgoing.raw.read())  # filed by us or the provider
    renamed = ours.outgoing.raw.read().replace(ours.message_id.encode(), b"<new@outlook.example>")
    sent.add(renamed)
    by_hand = sent.add(written(Message_ID="<hand@acme.example>", subject="By hand"))
    stranger = sent.add(written("supplier@else.example", subject="Invoice"))
    sent.add(written(Auto_Submitted="auto-replied", subject="Away"))
    Application.objects.update(waiting_since="2026-11-01T00:00Z")
    read()
    read()
    message = Message.objects.exclude(pk=ours.pk).get()
    assert (message.subject, message.application) == ("By hand", application)
    assert (message.direction, message.kind, message.outgoing) == ("out", "person", None)
    application.refresh_from_db()
    assert application.waiting_since is None
    bodies = " ".join(line for line in imap_server.told("uid fetch") if "BODY.PEEK[]" in line)
    assert str(by_hand) in bodies.split()[2]
    assert str(stranger) not in bodies.split()[2]
    assert not any(mail.flags for mail in sent.mails.values())
    assert set(IncomingMail.objects.values_list("folder__name", flat=True)) == {SENT}
    assert [row["folder"] for row in status.list_mailboxes()] == ["INBOX"]
    # The same mail by the Bcc address, encoded anew on its way, is the same mail.
    again = written(Message_ID="<hand@acme.example>", subject="By hand") + b"\r\n-- \r\nfooter"
    spool.store("smtp", again, envelope_recipients=[recipients.copy_address(company)])
    read()
    assert Message.objects.filter(message_id="<hand@acme.example>").count() == 1


def test_of_a_recruiters_own_sent_mail_only_that_to_candidates_is_kept(
    application: Application,
    ben: Membership,
    client: Client,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
    sent: Folder,
    read: Read,
) -> None:
    connect(ben.company, imap_server, user=ben.user, address="ben@home.example")
    sent.add(written(sender="ben@home.example", subject="Before it was connected"))
    read()
    read()  # the first finds the folder
    sent.add(written("mum@family.example", sender="ben@home.example"))
    sent.add(written(sender="ben@home.example", subject="Thursday"))
    # A private mail in the same thread is none of the company's.
    sent.add(written("mum@family.example", sender="ben@home.example", In_Reply_To="<x@y.example>"))
    read()
    message = Message.objects.get()
    assert (message.subject, message.author) == ("Thursday", ben.user)
    assert IncomingMail.objects.count() == Delivery.objects.count() == 1
    client.force_login(ben.user)
    page = client.get(f"/applications/{application.pk}/")
    assert "Written in a mail program" in page.text
    client.post(f"/messages/{message.pk}/detach/")
    assert not Message.objects.exists()
    read()
    assert not Message.objects.exists()


def test_a_sent_mail_whose_candidate_is_gone_leaves_nothing_behind(
    application: Application,
    company: Company,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
    sent: Folder,
    read: Read,
) -> None:
    connect(company, imap_server, address="jobs@acme.example")
    sent.add(written())
    polling.poll_due()
    polling.poll_due(wanted=personal.choose)
    application.candidate.addresses.all().delete()
    read()
    assert not Message.objects.exists()
    assert not StoredFile.objects.filter(company=company).exists()


def test_a_sent_folder_that_is_renamed_is_found_again(
    application: Application,
    company: Company,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
    sent: Folder,
    read: Read,
) -> None:
    connect(company, imap_server, address="jobs@acme.example")
    read()
    imap_server.folders["Sent Items"] = imap_server.folders.pop(SENT)
    read()  # it is missing
    read()  # the inbox finds its successor
    sent.add(written())
    read()
    assert Message.objects.get().direction == "out"
    active = MailFolder.objects.filter(purpose="sent").exclude(next_poll_at=None)
    assert active.get().name == "Sent Items"
