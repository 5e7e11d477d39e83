"""Every way a test of a connection fails: its code, its field, and advice somebody can follow."""

import dataclasses
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mailsettings import overview
from mailsettings.models import ProbeRun
from mailsettings.models.mailboxes import Encryption
from mailsettings.proofs import mixups, probe
from mailsettings.proofs.explanations import Task, explain
from mailsettings.wire import net
from tests.mailservers import ImapServer, Script, SmtpServer, server_context
from tests.mailsettings.proofs.conftest import steps_of
from tests.servers.certs import Certificate

Probed = Callable[..., ProbeRun]


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 2.0)
    monkeypatch.setattr(mixups, "SNIFF", 1.0)
    monkeypatch.setattr(mixups, "USUAL", {"smtp": [], "imap": []})


@contextmanager
def serving(server: SmtpServer) -> Iterator[SmtpServer]:
    server.start()
    yield server
    server.stop()


def failure(run: ProbeRun) -> overview.ShownStep:
    return next(step for step in overview.steps_of(run) if step.state == "bad")


# ---- what the network and the server do


@pytest.mark.parametrize(
    ("lines", "step", "code"),
    [
        (["421 4.3.2 too busy for you"], "greeting", "greeting_refused"),
        (["554 5.7.1 Client host rejected: Access denied"], "greeting", "ip_not_allowed"),
        (["+OK POP3 ready"], "greeting", "wrong_protocol"),
        (["HTTP/1.1 400 Bad Request"], "greeting", "wrong_protocol"),
        (
            ["220 x", "250-x\r\n250 XXXXXXXA"],
            "starttls",
            "starttls_stripped",
        ),
        (["220 x", "250-x\r\n250 STARTTLS", "454 4.7.0 not now"], "starttls", "starttls_refused"),
        (["220 x", "250-x\r\n250 STARTTLS", "220 go", "garbage"], "tls", "wrong_protocol"),
        (["220 x", ""], "greeting", "connection_lost"),
    ],
)
def test_a_server_that_says_the_wrong_thing_fails_at_its_step(
    probed: Probed, lines: list[str], step: str, code: str
) -> None:
    with Script(*lines) as server:
        run = probed(smtp_port=server.port, smtp_encryption="starttls")
    assert steps_of(run)[-1] == (step, False, code)


@pytest.mark.parametrize(
    ("offer", "replies", "step", "code"),
    [
        ("250 SIZE", [], "mechanisms", "auth_not_offered"),
        ("250 AUTH GSSAPI NTLM", [], "mechanisms", "auth_mech_unsupported"),
        (
            "250 AUTH LOGIN PLAIN XOAUTH2",
            [
                "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
            ],
            "login",
            "auth_basic_disabled_tenant",
        ),
        (
            "250 AUTH PLAIN",
            ["534-5.7.9 Application-specific password required.\r\n534 5.7.9 gsmtp"],
            "login",
            "auth_app_password_required",
        ),
        ("250 AUTH PLAIN", ["454 4.7.0 Temporary failure"], "login", "auth_temporary"),
        (
            "250-AUTH PLAIN\r\n250 SIZE 100000",
            ["235 ok"],
            "size",
            "message_too_large",
        ),
    ],
)
def test_a_login_fails_for_many_reasons(
    probed: Probed, offer: str, replies: list[str], step: str, code: str
) -> None:
    with Script("220 x", f"250-x\r\n{offer}", *replies, "221 bye") as server:
        run = probed(smtp_port=server.port, smtp_account="jobs", smtp_password="secret")
    assert steps_of(run)[-1] == (step, False, code)
    assert "secret" not in str(run.steps)


@pytest.mark.parametrize(
    ("knob", "reply", "step", "code"),
    [
        ("mail", "550 5.1.8 no", "sender", "sender_refused"),
        ("mail", "530 5.7.0 Authentication required", "sender", "auth_required"),
        (
            "mail",
            "550 5.7.30 Basic authentication is not supported",
            "sender",
            "auth_basic_retired",
        ),
        ("mail", "554 5.2.2 mailbox full; STOREDRV", "sender", "mailbox_full"),
        ("mail", "550 5.4.5 Daily user sending limit exceeded", "sender", "quota_daily"),
        (
            "mail",
            "432 4.3.2 Concurrent connections limit exceeded",
            "sender",
            "too_many_connections",
        ),
        ("rcpt", "554 5.7.1 Relay access denied", "recipient", "relay_denied"),
        ("rcpt", "550 5.1.1 unknown", "recipient", "recipient_refused"),
        ("rcpt", "450 4.2.0 Greylisted, come again", "recipient", "greylisted"),
    ],
)
def test_sender_and_recipient_are_told_apart(
    probed: Probed, smtp_server: SmtpServer, knob: str, reply: str, step: str, code: str
) -> None:
    setattr(smtp_server, knob, reply)
    run = probed()
    assert steps_of(run)[-1] == (step, False, code)
    assert failure(run).reply == reply
    assert smtp_server.mails == []


def test_silence_after_the_connection_blames_the_encryption(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run = probed(smtp_port=listener.getsockname()[1])
    assert steps_of(run)[-1] == ("greeting", False, "timeout_banner")
    assert failure(run).field == "smtp_encryption"


def test_a_port_nobody_lets_through_times_out_at_connect(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 0.3)
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)  # the queue is full after these two, and further calls go unheard
        first.setblocking(False)
        second.setblocking(False)
        first.connect_ex(listener.getsockname())
        second.connect_ex(listener.getsockname())
        run = probed(smtp_port=listener.getsockname()[1])
    assert steps_of(run)[-1] == ("connect", False, "timeout_connect")
    assert explain("timeout_connect").task == Task.IT


def test_a_private_host_is_refused_before_anybody_connects(
    probed: Probed, settings: object
) -> None:
    settings.MAIL_ALLOWED_NETWORKS = []  # type: ignore[attr-defined]  # pytest-django's
    run = probed(smtp_host="127.0.0.1")
    assert steps_of(run) == [("lookup", False, "blocked_private_address")]


def test_a_name_without_address_is_not_called_unknown(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_data(*_: object, **__: object) -> None:
        raise socket.gaierror(next(iter(net.NO_ADDRESS)), "no data")

    monkeypatch.setattr(socket, "getaddrinfo", no_data)
    assert steps_of(probed()) == [("lookup", False, "dns_no_address")]


def test_a_certificate_for_another_name_blames_the_host(
    probed: Probed, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    # The certificate is for localhost and example names, the address 127.0.0.2 is in none.
    with serving(
        SmtpServer(tls=server_context(certificate), implicit_tls=True, host="127.0.0.2")
    ) as server:
        run = probed(smtp_host="127.0.0.2", smtp_port=server.port, smtp_encryption="ssl")
    assert steps_of(run)[-1] == ("tls", False, "tls_cert_name")
    assert failure(run).field == "smtp_host"


# ---- mix-ups of port and encryption


def test_ssl_on_a_plain_port_offers_starttls(probed: Probed, smtp_server: SmtpServer) -> None:
    run = probed(smtp_encryption="ssl")
    assert steps_of(run)[-1] == ("tls", False, "tls_on_plain_port")
    fix = failure(run).fix
    assert fix is not None
    assert fix.value == f"smtp:{smtp_server.port}:starttls"


@pytest.mark.parametrize("encryption", ["starttls", "none"])
def test_starttls_on_a_port_for_ssl_offers_ssl(
    probed: Probed, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, encryption: str
) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 0.5)
    with serving(SmtpServer(tls=server_context(certificate), implicit_tls=True)) as server:
        run = probed(smtp_port=server.port, smtp_encryption=encryption)
    assert steps_of(run)[-1] == ("greeting", False, "plain_on_tls_port")
    fix = failure(run).fix
    assert fix is not None
    assert fix.value == f"smtp:{server.port}:ssl"


def test_an_imap_port_is_recognised_and_the_smtp_port_found(
    probed: Probed,
    smtp_server: SmtpServer,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        mixups, "USUAL", {"smtp": [(smtp_server.port, Encryption.STARTTLS)], "imap": []}
    )
    reader = ImapServer(tls=server_context(certificate), implicit_tls=True).start()
    run = probed(smtp_port=reader.port, smtp_encryption="ssl", smtp_host="localhost")
    reader.stop()
    step = failure(run)
    assert step.code == "tls_cert_untrusted", "what is wrong with the certificate comes first"
    plain = ImapServer().start()
    run = probed(smtp_port=plain.port, smtp_encryption="starttls", smtp_host="127.0.0.1")
    plain.stop()
    step = failure(run)
    assert (step.code, step.field) == ("port_is_imap", "smtp_port")
    assert step.fix is not None
    assert step.fix.value == f"smtp:{smtp_server.port}:starttls"


def test_an_smtp_port_given_for_imap_is_recognised(probed: Probed, smtp_server: SmtpServer) -> None:
    account = {"imap_encryption": "none", "imap_account": "anna", "imap_password": "secret"}
    run = probed("imap", imap_host="127.0.0.1", imap_port=smtp_server.port, **account)
    assert steps_of(run)[-1][2] == "port_is_smtp"


def test_a_closed_port_also_tries_the_usual_one_and_says_so(
    probed: Probed, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(SmtpServer(tls=server_context(certificate), implicit_tls=True)) as server:
        usual = [(server.port, Encryption.SSL)]
        monkeypatch.setattr(mixups, "USUAL", {"smtp": usual, "imap": []})
        run = probed(smtp_port=1)
    step = failure(run)
    assert step.code == "refused"
    assert step.detail == f"Also tried: {server.port}. Port {server.port} answers."
    assert step.fix == overview.Fix(f"smtp:{server.port}:ssl", server.port, "SSL")


def test_a_closed_port_says_when_the_usual_one_is_closed_too(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixups, "USUAL", {"smtp": [(2, Encryption.SSL)], "imap": []})
    assert failure(probed(smtp_port=1)).detail == "Also tried: 2. No answer there either."


# ---- IMAP


@pytest.mark.parametrize(
    ("refuse", "step", "code"),
    [
        ({"uid_search": "NO [NOPERM] not yours"}, "read", "read_refused"),
        (
            {"authenticate": "NO [ALERT] IMAP access is disabled for your account"},
            "login",
            "imap_disabled",
        ),
        ({"authenticate": "NO [UNAVAILABLE] later"}, "login", "auth_temporary"),
    ],
)
def test_imap_says_why_a_mailbox_cannot_be_read(
    probed: Probed, imap_server: ImapServer, refuse: dict[str, str], step: str, code: str
) -> None:
    imap_server.folders["INBOX"].add(b"Subject: x\r\n\r\n")
    imap_server.refuse = refuse
    account = {"imap_encryption": "none", "imap_account": "anna", "imap_password": "secret"}
    run = probed("imap", imap_host="127.0.0.1", imap_port=imap_server.port, **account)
    assert steps_of(run)[-1] == (step, False, code)


# ---- for IT


def test_the_text_for_it_tells_all_but_the_password(
    probed: Probed, smtp_server: SmtpServer, settings: object
) -> None:
    settings.OUTBOUND_ADDRESSES = ["192.0.2.7"]  # type: ignore[attr-defined]  # pytest-django's
    with serving(dataclasses.replace(smtp_server, accounts={"jobs": "secret"})) as server:
        run = probed(smtp_port=server.port, smtp_account="jobs", smtp_password="wrong-one")
        port = server.port
    text = failure(run).for_it
    for told in (f"127.0.0.1:{port}", "Account: jobs", "192.0.2.7", "auth_rejected", "535"):
        assert told in text
    assert "wrong-one" not in text


def test_the_password_that_was_tried_is_gone_when_the_run_ends(probed: Probed) -> None:
    run = probed()
    assert run.secret == ""
    assert "sandbox" not in str(run.tested)
