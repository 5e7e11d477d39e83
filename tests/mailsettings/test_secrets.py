"""A planted password is looked for wherever it must not be, and one that cannot be read is said so."""

import base64
import logging
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.apps import apps
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.debug import ExceptionReporter

from companies.models import Company, Membership
from mailsettings import mailboxes
from mailsettings.models import Mailbox, OutgoingMail, ProbeRun
from mailsettings.outbound import outbox
from mailsettings.proofs import probe
from tests import factories
from tests.mailservers import ImapServer, Script, SmtpServer, imap_server, smtp_server

__all__ = ["imap_server", "smtp_server"]

SECRET = "Planted-7f3e-Gürtel"
FORMS = (SECRET, base64.b64encode(SECRET.encode()).decode(), "Planted-7f3e")


@pytest.fixture
def desk(client: Client, ada: Membership) -> Client:
    client.force_login(ada.user)
    return client


def typed(smtp_port: int, imap_port: int) -> dict[str, Any]:
    return {
        "address": "jobs@acme.example",
        "use_for_sending": "yes",
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp_port,
        "smtp_encryption": "none",
        "smtp_account": "anna",
        "smtp_password": SECRET,
        "imap_host": "127.0.0.1",
        "imap_port": imap_port,
        "imap_encryption": "none",
        "imap_account": "anna",
        "imap_password": SECRET,
        "imap_folder": "INBOX",
    }


def assert_absent(text: str, place: str) -> None:
    assert [form for form in FORMS if form in text] == [], f"the password stands in {place}"


def everything_stored() -> str:
    """All rows of all tables as text."""
    rows: list[str] = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            rows += [repr(row) for row in cursor.fetchall()]
    return "\n".join(rows)


def test_a_planted_password_is_found_nowhere(
    desk: Client, company: Company, caplog: pytest.LogCaptureFixture, imap_server: ImapServer
) -> None:
    caplog.set_level(logging.DEBUG, logger="mailsettings")
    caplog.set_level(logging.INFO)
    published: list[str] = []

    def note(body: Any = None, headers: Any = None, **_: Any) -> None:
        published.append(f"{body!r} {headers!r}")

    before_task_publish.connect(note)
    echo = f"535 5.7.8 rejected {SECRET} {base64.b64encode(SECRET.encode()).decode()}"
    try:
        with Script("220 hi", "250-me\r\n250 AUTH PLAIN", echo, "221 bye") as smtp:
            saved = desk.post(
                reverse("mailsettings:main-mailbox"), typed(smtp.port, imap_server.port)
            )
            assert saved.status_code == 302, saved.content.decode()
            mailbox = Mailbox.objects.get()
            for kind in (ProbeRun.Kind.SMTP, ProbeRun.Kind.IMAP):
                probe.perform(probe.start(mailbox, kind, by=None).pk)
    finally:
        before_task_publish.disconnect(note)
    assert set(ProbeRun.objects.values_list("state", flat=True)) == {"failed"}
    assert mailbox.smtp_password.reveal() == SECRET
    page = desk.get(reverse("mailsettings:email-settings")).content.decode()
    refused = desk.post(
        reverse("mailsettings:main-mailbox"), typed(0, 0) | {"address": "no address"}
    )
    assert refused.status_code == 422
    assert_absent(page, "the page")
    assert_absent(refused.content.decode(), "the refused form")
    assert_absent(caplog.text, "the log")
    assert_absent("\n".join(published), "Celery's arguments")
    assert_absent(everything_stored(), "the database")


@pytest.mark.parametrize("debug", [True, False])
def test_an_error_page_and_its_report_hide_what_was_typed(
    rf: RequestFactory, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug
    request = rf.post("/settings/", typed(25, 143))
    values = dict(request.POST.items())
    try:
        raise ValueError(f"broken {values['address']}")
    except ValueError as error:
        reporter = ExceptionReporter(request, type(error), error, error.__traceback__)
    for shown in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        # The lines of this test's own source stand in the page too, but not what they evaluate to.
        assert_absent(shown, "the error page")
        assert "jobs@acme.example" in shown


def test_a_password_that_cannot_be_read_is_said_so_and_never_sent_empty(
    desk: Client, company: Company, ada: Membership, smtp_server: SmtpServer, settings: Any
) -> None:
    smtp_server.accounts = {"anna": "secret"}
    box = factories.MailboxFactory(
        company=company,
        address="jobs@acme.example",
        smtp_port=smtp_server.port,
        smtp_account="anna",
        smtp_password="secret",
    )
    mail = factories.OutgoingMailFactory(company=company, mailbox=box)
    mail.recipients.create(address="mia@mail.example")
    settings.MAIL_ENCRYPTION_KEYS = ["another key altogether"]
    page = desk.get(reverse("mailsettings:email-settings"))
    assert page.status_code == 200
    assert "Password cannot be read, enter it again." in page.content.decode()
    outbox.deliver(mail.pk)
    assert OutgoingMail.objects.get().state == OutgoingMail.State.QUEUED
    assert (smtp_server.logins, smtp_server.mails) == ([], [])
    mailboxes.change(company, None, {"smtp_password": "secret"}, by=ada)
    page = desk.get(reverse("mailsettings:email-settings"))
    assert "cannot be read" not in page.content.decode()
