"""Send through this server, for one's own account: out by SMTP, found again by IMAP, and nowhere else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mailsettings import overview
from mailsettings.inbound import redirects
from mailsettings.mime.parse import parse
from mailsettings.models import IncomingMail, Mailbox, ProbeRun, Proof
from mailsettings.outbound import outbox
from mailsettings.proofs import rechecks, returning, runs
from tests.imapserver import Folder
from tests.mailservers import ImapServer, SmtpServer

PAGE = reverse("mailsettings:personal")
TEST = reverse("mailsettings:personal-test")


@pytest.fixture
def read_too(own: Mailbox, imap_server: ImapServer) -> Mailbox:
    """Ben's account, which is read by IMAP too."""
    Mailbox.objects.filter(pk=own.pk).update(
        imap_host="127.0.0.1",
        imap_port=imap_server.port,
        imap_encryption="none",
        imap_account="anna",
    )
    own.refresh_from_db()
    own.imap_password = "secret"
    own.save()
    return own


def begin(desk: Client) -> ProbeRun:
    desk.post(TEST, {"then": "own-server"})
    return ProbeRun.objects.latest("pk")


def look(run: ProbeRun) -> ProbeRun:
    """Look as if some time had passed since the last time."""
    ProbeRun.objects.exclude(looked_at=None).update(looked_at=timezone.now() - timedelta(hours=1))
    returning.look_for_awaited()
    run.refresh_from_db()
    return run


def states(run: ProbeRun) -> list[tuple[str, str]]:
    return [(step.name, step.state) for step in overview.steps_of(run)]


def test_the_mail_goes_out_and_is_found_in_the_mailbox_and_stored_nowhere(
    desk: Client, read_too: Mailbox, smtp_server: SmtpServer, imap_server: ImapServer
) -> None:
    run = begin(desk)
    assert states(run) == [("Sending", "run")]
    returning.look_for_awaited()
    assert imap_server.commands == [], "nobody looks for a mail that has not left"
    outbox.deliver(run.outgoing.pk)
    (sent,) = smtp_server.wait_for(1)
    assert (sent.sender, sent.recipients) == ("ben@home.example", ["ben@home.example"])
    assert redirects.is_test(parse(sent.raw))
    assert states(look(run)) == [("Sent", "ok"), ("Arrived", "run")]
    assert "Looking for it in your mailbox" in desk.get(PAGE).text
    assert returning.look_for_awaited() == 0, "the next look comes after a pause"
    hop = (
        b"Received: from smtp.home.example by mx.home.example; Mon, 23 Nov 2026 10:00:00 +0100\r\n"
    )
    imap_server.folders["INBOX"].add(hop + sent.raw)
    assert states(look(run)) == [
        ("Sent", "ok"),
        ("Arrived", "ok"),
        ("The way it came", "ok"),
        ("Original header", "ok"),
    ]
    assert run.state == ProbeRun.State.PASSED
    html = desk.get(PAGE).text
    assert "Found by IMAP in the folder INBOX." in html
    assert "mx.home.example" in html
    assert not IncomingMail.objects.exists()
    assert imap_server.told("UID STORE") == []
    rechecks.settle()
    assert not Proof.objects.filter(kind="round_trip").exists(), "nobody gets one each day"


def test_a_mail_taken_for_spam_is_found_there_and_one_that_never_comes_is_explained(
    desk: Client, read_too: Mailbox, smtp_server: SmtpServer, imap_server: ImapServer
) -> None:
    run = begin(desk)
    outbox.deliver(run.outgoing.pk)
    look(run)
    long_ago = timezone.now() - runs.PATIENCE[ProbeRun.Kind.ROUND_TRIP] - timedelta(minutes=1)
    ProbeRun.objects.filter(pk=run.pk).update(started_at=long_ago)
    assert "it is not in your mailbox" in desk.get(PAGE).text
    imap_server.capabilities += " SPECIAL-USE"
    imap_server.special["Spam"] = "\\Junk"
    imap_server.folders["Spam"] = Folder()
    imap_server.folders["Spam"].add(smtp_server.mails[0].raw)
    assert look(run).state == ProbeRun.State.PASSED, "late is not never"
    assert "in the folder for spam: Spam" in desk.get(PAGE).text


def test_a_refused_login_ends_the_search_and_is_explained(
    desk: Client, read_too: Mailbox, imap_server: ImapServer
) -> None:
    run = begin(desk)
    outbox.deliver(run.outgoing.pk)
    imap_server.accounts["anna"] = "changed"
    assert look(run).state == ProbeRun.State.FAILED
    assert run.steps[-1]["code"] == "auth_rejected"
    html = desk.get(PAGE).text
    assert "refuses this account and password" in html
    assert 'value="own-server"' in html, "and may be tried again"
