"""Testing a connection: each step's outcome, what it means, and what it must not do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from companies.models import Company, Membership
from mailsettings import overview
from mailsettings.models import Mailbox, OutgoingMail, ProbeRun
from mailsettings.proofs import probe, rechecks, runs
from tests.imapserver import Folder
from tests.mailservers import ImapServer, SmtpServer, server_context
from tests.mailsettings.proofs.conftest import steps_of
from tests.servers.certs import Certificate

Probed = Callable[..., ProbeRun]


def test_a_server_that_works_passes_and_gets_no_mail(
    probed: Probed, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    run = probed()
    assert run.state == ProbeRun.State.PASSED
    assert [name for name, ok, _code in steps_of(run) if ok] == [
        *("lookup", "connect", "greeting", "size", "sender", "recipient")
    ]
    assert (smtp_server.mails, OutgoingMail.objects.count()) == ([], 0)
    mailbox.refresh_from_db()
    assert mailbox.verified_at is not None


def test_all_steps_pass_over_tls_with_a_login(
    probed: Probed, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    server = SmtpServer(accounts={"jobs": "secret"}, tls=server_context(certificate)).start()
    run = probed(
        smtp_host="localhost",
        smtp_port=server.port,
        smtp_encryption="starttls",
        smtp_account="jobs",
        smtp_password="secret",
    )
    server.stop()
    assert [name for name, ok, _code in steps_of(run) if ok] == [
        *("lookup", "connect", "greeting", "starttls", "tls"),
        *("mechanisms", "login", "size", "sender", "recipient"),
    ]
    details = {step.name: step.detail for step in overview.steps_of(run)}
    assert details["Encryption"].startswith("TLS 1.3, certificate valid until ")
    assert details["Connect"] == f"Port {server.port} answers"


def test_a_refused_login_blames_the_password_and_tells_no_secret(probed: Probed) -> None:
    server = SmtpServer(accounts={"jobs": "secret"}).start()
    run = probed(smtp_port=server.port, smtp_account="jobs", smtp_password="wrong-one")
    server.stop()
    assert steps_of(run)[-1] == ("login", False, "auth_rejected")
    shown = overview.steps_of(run)
    assert [step.state for step in shown] == ["ok"] * 4 + ["bad"] + ["skip"] * 3
    assert shown[4].field == "smtp_password"
    assert "wrong-one" not in str(run.steps)
    assert len(server.logins) == 1, "a second attempt counts towards a lock-out"


def test_a_refused_sender_blames_the_account(probed: Probed, smtp_server: SmtpServer) -> None:
    smtp_server.mail = "553 5.7.1 Sender address rejected: not owned by user"
    run = probed()
    assert steps_of(run)[-1] == ("sender", False, "sender_not_owned")
    step = next(step for step in overview.steps_of(run) if step.state == "bad")
    assert (step.field, step.reply) == (
        "smtp_account",
        "553 5.7.1 Sender address rejected: not owned by user",
    )


def test_a_closed_port_fails_at_connect(probed: Probed, smtp_server: SmtpServer) -> None:
    smtp_server.stop()
    run = probed(smtp_port=1)
    assert steps_of(run) == [("lookup", True, "ok"), ("connect", False, "refused")]
    smtp_server.__post_init__()
    smtp_server.start()  # for the fixture to stop


def test_an_unknown_host_fails_at_the_look_up(probed: Probed) -> None:
    run = probed(smtp_host="host with spaces")
    assert steps_of(run) == [("lookup", False, "dns_nxdomain")]
    assert overview.steps_of(run)[0].field == "smtp_host"


def test_tls_that_is_not_offered_fails_at_encryption(probed: Probed) -> None:
    run = probed(smtp_encryption="starttls")
    assert steps_of(run)[-1] == ("starttls", False, "starttls_not_offered")


def test_a_certificate_of_a_stranger_fails_at_encryption(
    probed: Probed, certificate: Certificate
) -> None:
    server = SmtpServer(tls=server_context(certificate)).start()
    run = probed(smtp_host="localhost", smtp_port=server.port, smtp_encryption="starttls")
    server.stop()
    assert steps_of(run)[-1] == ("tls", False, "tls_cert_untrusted")


def test_a_server_that_hangs_up_fails_at_the_sender(
    probed: Probed, smtp_server: SmtpServer
) -> None:
    smtp_server.drop_at = "mail"
    assert steps_of(probed())[-1] == ("sender", False, "connection_lost")


def test_a_password_no_key_opens_is_to_be_typed_again(
    probed: Probed, mailbox: Mailbox, settings: object
) -> None:
    settings.MAIL_ENCRYPTION_KEYS = ["another key"]  # type: ignore[attr-defined]  # pytest-django's
    mailbox.refresh_from_db()
    run = probe.start(mailbox, ProbeRun.Kind.SMTP, by=None)
    probe.perform(run.pk)
    run.refresh_from_db()
    assert steps_of(run)[-1][2] == "password_unreadable"


def test_success_ends_a_pause(probed: Probed, mailbox: Mailbox) -> None:
    mailbox.paused_at = mailbox.retry_at = timezone.now()
    probed()
    mailbox.refresh_from_db()
    assert mailbox.paused_at is None


def test_a_run_is_performed_once(mailbox: Mailbox, smtp_server: SmtpServer, probed: Probed) -> None:
    run = probed()
    before = smtp_server.connections
    probe.perform(run.pk)
    assert smtp_server.connections == before


def test_imap_counts_the_mails_of_the_folder_and_names_the_special_ones(
    probed: Probed, imap_server: ImapServer
) -> None:
    imap_server.folders["INBOX"].add(b"Subject: x\r\n\r\n")
    imap_server.folders |= {"Verschickt": Folder(), "Archive/Spam": Folder()}
    imap_server.special["Verschickt"] = "\\Sent"
    run = probed(
        "imap",
        imap_host="127.0.0.1",
        imap_port=imap_server.port,
        imap_encryption="none",
        imap_account="anna",
        imap_password="secret",
    )
    assert run.state == ProbeRun.State.PASSED
    details = {step.name: step.detail for step in overview.steps_of(run)}
    assert details["Folder"] == "1 mails in it"
    assert details["Special folders"] == "Sent: Verschickt, Spam: Archive/Spam"
    with translation.override("de"):
        told = {step.detail for step in overview.steps_of(run)}
        assert "Gesendet: Verschickt, Spam: Archive/Spam" in told
    assert not any(line.startswith("STORE") for line in imap_server.commands)


@pytest.mark.parametrize(
    ("changes", "step", "code", "field"),
    [
        ({"imap_password": "wrong"}, "login", "auth_rejected", "imap_password"),
        ({"imap_folder": "Nowhere"}, "folder", "folder_missing", "imap_folder"),
        ({"imap_encryption": "starttls"}, "starttls", "starttls_not_offered", "imap_encryption"),
    ],
)
def test_imap_says_which_step_failed_and_what_to_look_at(
    probed: Probed,
    imap_server: ImapServer,
    changes: dict[str, str],
    step: str,
    code: str,
    field: str,
) -> None:
    account = {"imap_encryption": "none", "imap_account": "anna", "imap_password": "secret"}
    server = {"imap_host": "127.0.0.1", "imap_port": imap_server.port}
    run = probed("imap", **{**account, **server, **changes})
    assert steps_of(run)[-1] == (step, False, code)
    failed = [shown for shown in overview.steps_of(run) if shown.state == "bad"]
    assert [shown.field for shown in failed] == [field]


def test_a_company_may_begin_so_many_tests(
    mailbox: Mailbox, ada: Membership, cleo: Membership, company: Company
) -> None:
    limit = runs.LIMITS[ProbeRun.Kind.SMTP]
    for _ in range(limit):
        probe.start(mailbox, ProbeRun.Kind.SMTP, by=ada)
    with pytest.raises(runs.TooManyRuns, match=r"possible at \d\d:\d\d"):
        probe.start(mailbox, ProbeRun.Kind.SMTP, by=ada)
    ProbeRun.objects.update(started_at=timezone.now() - runs.WINDOW)
    assert probe.start(mailbox, ProbeRun.Kind.SMTP, by=ada).pk


def test_a_run_nobody_performed_says_so_after_a_while(mailbox: Mailbox, ada: Membership) -> None:
    run = probe.start(mailbox, ProbeRun.Kind.SMTP, by=ada)
    assert [step.state for step in overview.steps_of(run)][:2] == ["run", "skip"]
    run.started_at -= runs.PATIENCE[ProbeRun.Kind.SMTP]
    assert [step.state for step in overview.steps_of(run)] == ["bad"]
    assert not overview.is_waiting(run)


def test_a_stored_password_never_follows_a_test_to_another_server(
    mailbox: Mailbox, ada: Membership
) -> None:
    server = SmtpServer(accounts={"jobs": "secret"}).start()
    stored = Mailbox.objects.get(pk=mailbox.pk)
    mailbox.smtp_port, mailbox.smtp_account = server.port, "jobs"
    run = probe.start(mailbox, ProbeRun.Kind.SMTP, by=ada)
    assert stored.smtp_account != "jobs"
    probe.perform(run.pk)
    server.stop()
    assert server.logins == []
    run.refresh_from_db()
    assert [step["code"] for step in run.steps] == ["password_missing"]


def test_a_password_whose_worker_died_is_wiped_by_the_next_tick(
    mailbox: Mailbox, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise SystemExit  # as a worker that is told to go

    run = probe.start(mailbox, ProbeRun.Kind.SMTP, by=ada, secret="typed")
    monkeypatch.setattr(probe, "test_smtp", die)
    with pytest.raises(SystemExit):
        probe.perform(run.pk)
    for later, is_kept in ((timedelta(0), True), (runs.ABANDONED, False)):
        ProbeRun.objects.update(started_at=timezone.now() - later)
        rechecks.run_due(wake=lambda _pk: None)
        run.refresh_from_db()
        assert bool(run.secret) is is_kept
