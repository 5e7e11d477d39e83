"""Fixtures of the inbound tests: a mailbox read from a loopback IMAP server, and mails to put there."""

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from companies.models import Company
from mailsettings.inbound import folders, spool
from mailsettings.models import IncomingMail, Mailbox, MailFolder
from tests.factories import MailboxFactory
from tests.mailservers import ImapServer, imap_server

__all__ = ["imap_server"]


@pytest.fixture(autouse=True)
def no_platform_mailbox(settings: Settings) -> None:
    settings.INBOUND_IMAP_URL = ""
    settings.RECRUITING_DOMAIN = "in.posthorn.example"
    settings.INBOUND_POLL_SECONDS = 60


@pytest.fixture
def mailbox(company: Company, imap_server: ImapServer) -> Mailbox:
    """The company's mailbox ``jobs@acme.example`` on the loopback server."""
    return make_mailbox(company, imap_server.port)


@pytest.fixture
def folder(mailbox: Mailbox) -> MailFolder:
    folders.sync()
    return MailFolder.objects.get(mailbox=mailbox)


@pytest.fixture
def catch_all(db: None) -> MailFolder:
    """The platform's own folder, which nobody polls in this test."""
    return MailFolder.objects.create(server="inbound@mail.posthorn.example:993")


def make_mailbox(company: Company, port: int, **fields: object) -> Mailbox:
    return MailboxFactory(
        company=company,
        **{
            "address": "jobs@acme.example",
            "imap_host": "127.0.0.1",
            "imap_port": port,
            "imap_encryption": "none",
            "imap_account": "anna",
            "imap_password": "secret",
            **fields,
        },
    )


def receive(raw: bytes, *recipients: str, folder: MailFolder | None = None) -> IncomingMail:
    """Put a mail into the spool as it came by SMTP, or by IMAP from ``folder``."""
    if folder is None:
        return spool.store("smtp", raw, envelope_recipients=recipients)
    return spool.store("imap", raw, folder=folder)


def lose_file(mail: IncomingMail) -> None:
    """Take the file of a mail away, as a broken disk does."""
    assert mail.raw is not None
    default_storage.delete(mail.raw.path)
