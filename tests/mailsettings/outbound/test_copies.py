"""A copy of what was sent lies in the Sent folder once, and costs the mail nothing."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import Mailbox, OutgoingMail, SentCopy
from mailsettings.outbound import copies
from tests import factories
from tests.imapserver import Folder
from tests.mailservers import ImapServer, imap_server  # noqa: F401 -- a fixture


@pytest.fixture
def read_mailbox(
    ben: Membership,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> Mailbox:
    """Ben's own account, whose server names its Sent folder in its own words."""
    imap_server.folders["Verschickt"] = Folder()
    imap_server.special["Verschickt"] = "\\Sent"
    return factories.MailboxFactory(
        company=ben.company,
        user=ben.user,
        imap_host="127.0.0.1",
        imap_port=imap_server.port,
        imap_encryption="none",
        imap_account="anna",
        imap_password="secret",
    )


def sent(mailbox: Mailbox, **fields: object) -> OutgoingMail:
    message_id = "<one@posthorn.example>"
    return factories.OutgoingMailFactory(
        company=mailbox.company,
        mailbox=mailbox,
        state="sent",
        sent_at=timezone.now() - timedelta(minutes=1),
        message_id=message_id,
        **fields,
    )


def with_id(mail: OutgoingMail) -> OutgoingMail:
    from companies import files

    mail.raw = files.store(mail.company, factories.raw_mail(Message_ID=mail.message_id))
    mail.save()
    return mail


def test_a_sent_mail_is_filed_once_in_the_folder_that_is_marked_for_it(
    read_mailbox: Mailbox,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    mail = with_id(sent(read_mailbox))
    assert copies.file_due() == 1
    assert copies.file_due() == 0
    (copy,) = imap_server.folders["Verschickt"].mails.values()
    assert copy.raw == mail.raw.read()
    assert copy.flags == {"\\Seen"}
    assert (mail.sent_copy.state, mail.sent_copy.folder) == ("filed", "Verschickt")


def test_a_worker_that_died_after_filing_files_nothing_twice(
    read_mailbox: Mailbox,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    mail = with_id(sent(read_mailbox))
    imap_server.folders["Verschickt"].add(mail.raw.read())
    assert copies.file_due() == 0
    assert len(imap_server.folders["Verschickt"].mails) == 1
    assert SentCopy.objects.get().state == "present"


def test_a_server_that_refuses_the_copy_changes_nothing_about_the_mail(
    read_mailbox: Mailbox,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    mail = sent(read_mailbox)
    imap_server.refuse["append"] = "NO [OVERQUOTA] full"
    for _attempt in range(copies.MAX_ATTEMPTS + 1):
        SentCopy.objects.update(next_attempt_at=timezone.now())
        copies.file_due()
    copy = SentCopy.objects.get()
    assert (copy.state, copy.attempts) == ("failed", copies.MAX_ATTEMPTS)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("sent", 0)
    read_mailbox.refresh_from_db()
    assert read_mailbox.paused_at is None


@pytest.mark.parametrize("name", ["Sent", "INBOX/Gesendete Objekte"])
def test_without_a_mark_the_folder_is_known_by_its_name(
    read_mailbox: Mailbox,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
    name: str,
) -> None:
    imap_server.special.clear()
    imap_server.folders[name] = Folder()
    sent(read_mailbox)
    assert copies.file_due() == 1
    assert len(imap_server.folders[name].mails) == 1


def test_an_account_without_such_a_folder_gets_no_copy(
    read_mailbox: Mailbox,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    imap_server.special.clear()
    sent(read_mailbox)
    assert copies.file_due() == 0
    assert SentCopy.objects.get().state == "skipped"


def test_a_provider_that_files_copies_itself_is_not_even_asked(
    read_mailbox: Mailbox,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    Mailbox.objects.update(smtp_host="smtp.gmail.com")
    sent(read_mailbox)
    assert copies.file_due() == 0
    assert SentCopy.objects.get().state == "skipped"
    assert imap_server.commands == []


def test_mail_that_was_not_sent_or_left_by_another_way_has_no_copy(
    company: Company, read_mailbox: Mailbox
) -> None:
    factories.OutgoingMailFactory(company=company, mailbox=read_mailbox, state="unconfirmed")
    factories.OutgoingMailFactory(company=company, state="sent", sent_at=timezone.now())
    assert copies.file_due() == 0
    assert not SentCopy.objects.exists()


def test_a_mail_whose_file_is_missing_holds_up_no_other(
    read_mailbox: Mailbox,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    lost = sent(read_mailbox)
    lost.message_id = "<lost@posthorn.example>"
    default_storage.delete(with_id(lost).raw.path)
    kept = with_id(sent(read_mailbox))
    assert copies.file_due() == 1
    assert SentCopy.objects.get(mail=lost).state == "failed"
    assert SentCopy.objects.get(mail=kept).state == "filed"
