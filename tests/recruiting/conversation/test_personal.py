"""A recruiter's own mailbox is private: headers first, only candidates' mail is kept, nothing is Unassigned."""

import pytest
from pytest_django import Settings

from companies.models import Membership, StoredFile
from mailsettings.inbound import folders, polling, routing
from mailsettings.models import Delivery, IncomingMail, MailFolder, OutgoingMail
from recruiting import tasks
from recruiting.conversation.receiving import intake, personal, sorting
from recruiting.conversation.writing import composing
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, Message
from tests import factories
from tests.mailservers import ImapServer, imap_server  # noqa: F401 -- a fixture
from tests.mailsettings.inbound.test_recognition import bounce_of

PRIVATE = factories.raw_mail(sender="mum@family.example", To="ben@home.example")
ANSWER = factories.raw_mail(
    sender="mia@mail.example", To="ben@home.example", Message_ID="<answer@mail.example>"
)


@pytest.fixture
def folder(
    ben: Membership,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
    settings: Settings,
) -> MailFolder:
    """Ben's inbox, connected and read once, so that what comes from now on is new."""
    settings.INBOUND_IMAP_URL = ""
    imap_server.folders["INBOX"].add(ANSWER)
    factories.MailboxFactory(
        company=ben.company,
        user=ben.user,
        address="ben@home.example",
        imap_host="127.0.0.1",
        imap_port=imap_server.port,
        imap_encryption="none",
        imap_account="anna",
        imap_password="secret",
    )
    folders.sync()
    folder = MailFolder.objects.get()
    assert personal.read(folder.pk) == 0, "what lay there before is nobody's business"
    return folder


def file_all() -> None:
    routing.route_received()
    intake.file_received()


def test_only_a_candidates_mail_is_kept_and_bodies_of_others_are_never_asked_for(
    folder: MailFolder,
    application: Application,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    inbox = imap_server.folders["INBOX"]
    inbox.add(ANSWER.replace(b"Subject: ", b"Subject: [Posthorn test %s] " % (b"0a" * 16)))
    private, answer = inbox.add(PRIVATE), inbox.add(ANSWER)
    assert personal.read(folder.pk) == 1, "a test mail is nobody's, whoever it comes from"
    file_all()
    message = Message.objects.get()
    assert (message.application, message.message_id) == (application, "<answer@mail.example>")
    bodies = [line for line in imap_server.told("uid fetch") if "BODY.PEEK[]" in line]
    assert len(bodies) == 1
    assert str(answer) in bodies[0].split()[2]
    assert str(private) not in bodies[0].split()[2]
    folder.refresh_from_db()
    assert folder.last_uid == answer
    assert not inbox.mails[private].flags | inbox.mails[answer].flags


def test_the_shared_polling_never_reads_a_personal_mailbox(
    folder: MailFolder,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    imap_server.folders["INBOX"].add(ANSWER)
    imap_server.commands.clear()
    MailFolder.objects.update(next_poll_at=folder.next_poll_at)
    assert polling.poll_due() == 0
    assert polling.poll(folder.pk) == 0
    assert imap_server.commands == []


def test_an_answer_to_a_letter_from_me_is_filed_by_its_thread_whoever_sends_it(
    folder: MailFolder,
    application: Application,
    ben: Membership,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    letter = composing.send(application, Letter("Hello", "Shall we talk?", from_me=True), by=ben)
    imap_server.folders["INBOX"].add(
        factories.raw_mail(
            sender="mia@work.example", To="ben@home.example", In_Reply_To=letter.message_id
        )
    )
    assert personal.read(folder.pk) == 1
    file_all()
    assert Message.objects.get(direction="in").application == application


def test_what_matches_no_candidate_any_more_is_dropped_instead_of_being_unassigned(
    folder: MailFolder,
    application: Application,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    imap_server.folders["INBOX"].add(ANSWER)
    personal.read(folder.pk)
    application.candidate.addresses.all().delete()
    file_all()
    assert not Message.objects.exists()
    assert not Delivery.objects.exists()
    assert not StoredFile.objects.filter(company=application.position.company).exists()


def test_a_wrongly_filed_private_mail_goes_away_instead_of_to_unassigned_messages(
    folder: MailFolder,
    application: Application,
    ben: Membership,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    imap_server.folders["INBOX"].add(ANSWER)
    personal.read(folder.pk)
    file_all()
    sorting.detach(Message.objects.get(), by=ben)
    assert not Message.objects.exists()
    application.refresh_from_db()
    assert application.unread_count == 0


def test_the_task_reads_whose_turn_has_come(
    folder: MailFolder,
    application: Application,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
    settings: Settings,
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    imap_server.folders["INBOX"].add(ANSWER)
    MailFolder.objects.update(next_poll_at=folder.last_polled_at or "2026-01-01T00:00Z")
    polling.poll_due(wanted=personal.choose)
    assert IncomingMail.objects.count() == 1
    tasks.read_personal(folder.pk)
    assert IncomingMail.objects.count() == 1, "the same mail is not stored twice"


@pytest.mark.parametrize(("is_ours", "stored"), [(True, 1), (False, 0)])
def test_a_bounce_is_kept_only_if_it_is_about_a_mail_we_sent(
    folder: MailFolder,
    application: Application,
    ben: Membership,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
    is_ours: bool,
    stored: int,
) -> None:
    letter = composing.send(application, Letter("Hello", "Shall we talk?", from_me=True), by=ben)
    OutgoingMail.objects.update(state="sent")
    about = letter.message_id if is_ours else "<private@home.example>"
    imap_server.folders["INBOX"].add(bounce_of(about))
    assert personal.read(folder.pk) == stored
    file_all()
    letter.outgoing.refresh_from_db()
    assert letter.outgoing.state == ("bounced" if is_ours else "sent")
    assert Message.objects.count() == 1
