"""Send test mail: how the mail looks, whether it is found again, and when nobody waits any more."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings import overview
from mailsettings.inbound import routing, spool
from mailsettings.models import Delivery, IncomingMail, Mailbox, ProbeRun
from mailsettings.outbound import outbox
from mailsettings.proofs import roundtrip, runs
from tests import factories
from tests.mailservers import SmtpServer


@pytest.fixture
def platform(settings: Any) -> Any:
    """The server our own mail leaves through."""
    server = SmtpServer().start()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{server.port}"
    yield server
    server.stop()


@pytest.fixture
def run(mailbox: Mailbox, ada: Membership) -> ProbeRun:
    return roundtrip.start(mailbox, by=ada)


def sent_mail(run: ProbeRun) -> EmailMessage:
    parsed = message_from_bytes(run.outgoing.raw.read(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_it_looks_like_a_candidates_mail(run: ProbeRun) -> None:
    mail = sent_mail(run)
    assert mail["From"].addresses[0].addr_spec == "test@recruiting.posthorn.example"
    assert mail["To"] == "jobs@acme.example"
    assert mail["X-Auto-Response-Suppress"] == "OOF"
    assert (mail["Precedence"], mail["Auto-Submitted"]) == (None, None)


def test_the_token_stands_in_id_subject_and_text(run: ProbeRun) -> None:
    mail = sent_mail(run)
    assert mail["Message-ID"] == f"<test.{run.token}@recruiting.posthorn.example>"
    assert mail["Subject"].startswith(f"[Posthorn test {run.token}] ")
    assert run.token in mail.get_content()


def test_it_leaves_through_the_platform_and_bounces_come_to_the_company(
    run: ProbeRun, platform: SmtpServer
) -> None:
    outbox.deliver(run.outgoing.pk)
    (received,) = platform.wait_for(1)
    assert received.recipients == ["jobs@acme.example"]
    assert received.sender == "acme-jobs+test@recruiting.posthorn.example"


def test_through_the_own_server_it_leaves_like_mail_to_candidates(
    mailbox: Mailbox, smtp_server: SmtpServer, ada: Membership
) -> None:
    run = roundtrip.start(mailbox, by=ada, by_own_server=True)
    outbox.deliver(run.outgoing.pk)
    (received,) = smtp_server.wait_for(1)
    assert received.sender == "jobs@acme.example"
    assert sent_mail(run)["From"].addresses[0].addr_spec == "jobs@acme.example"
    run.refresh_from_db()
    sent = overview.steps_of(run)[0]
    assert sent.detail == "from jobs@acme.example to jobs@acme.example by 127.0.0.1"
    spool.store(
        IncomingMail.Door.SMTP,
        received.raw,
        envelope_sender=received.sender,
        envelope_recipients=[mailbox.company.recruiting_address],
    )
    routing.route_received()
    run.refresh_from_db()
    assert run.state == ProbeRun.State.PASSED


def test_without_a_server_there_is_nothing_to_send_through(
    mailbox: Mailbox, ada: Membership
) -> None:
    mailbox.smtp_host = ""
    with pytest.raises(roundtrip.NoAddress):
        roundtrip.start(mailbox, by=ada, by_own_server=True)


def test_a_redirected_test_passes_and_shows_its_way(
    run: ProbeRun, platform: SmtpServer, company: Company
) -> None:
    outbox.deliver(run.outgoing.pk)
    (received,) = platform.wait_for(1)
    redirected = b"Received: from mx.acme.example by mx.posthorn.example; x\r\n" + received.raw
    spool.store(
        IncomingMail.Door.SMTP,
        redirected,
        envelope_sender=received.sender,
        envelope_recipients=[company.recruiting_address],
    )
    routing.route_received()
    run.refresh_from_db()
    assert run.state == ProbeRun.State.PASSED
    assert Delivery.objects.get().kind == "test"
    assert [step.state for step in overview.steps_of(run)] == ["ok"] * 6
    assert not overview.is_waiting(run)


def test_a_test_that_does_not_arrive_says_what_to_do(run: ProbeRun) -> None:
    run.outgoing.state = "sent"
    run.outgoing.save()
    assert [step.state for step in overview.steps_of(run)] == ["ok", "run"]
    run.started_at = timezone.now() - runs.PATIENCE[ProbeRun.Kind.ROUND_TRIP] * 2
    late = overview.steps_of(run)[-1]
    assert (late.state, bool(late.why and late.why.advice)) == ("bad", True)


def test_a_test_mail_the_server_refuses_is_shown_with_its_words(
    run: ProbeRun, platform: SmtpServer
) -> None:
    platform.rcpt = "550 5.1.1 No such user"
    outbox.deliver(run.outgoing.pk)
    run.outgoing.refresh_from_db()
    (step,) = overview.steps_of(run)
    assert (step.state, step.field) == ("bad", "address")
    assert "No such user" in step.reply
    assert not overview.is_waiting(run)


def test_without_an_address_there_is_nothing_to_send(company: Company, ada: Membership) -> None:
    mailbox = factories.MailboxFactory(company=company, address="")
    with pytest.raises(roundtrip.NoAddress):
        roundtrip.start(mailbox, by=ada)
    assert not ProbeRun.objects.exists()


def test_only_so_many_test_mails_leave(mailbox: Mailbox, ada: Membership) -> None:
    for _ in range(runs.LIMITS[ProbeRun.Kind.ROUND_TRIP]):
        roundtrip.start(mailbox, by=ada)
    with pytest.raises(runs.TooManyRuns):
        roundtrip.start(mailbox, by=ada)
