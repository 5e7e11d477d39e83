"""What a failed test shows besides its code: the field to blame, the way out, and the text for IT."""

import dataclasses
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mailsettings import overview
from mailsettings.models import ProbeRun
from mailsettings.models.mailboxes import Encryption
from mailsettings.proofs import mixups, probe
from mailsettings.proofs.explanations import Task
from mailsettings.wire import net
from tests.mailservers import ImapServer, Script, SmtpServer, server_context
from tests.mailsettings.proofs.conftest import steps_of
from tests.servers.certs import Certificate

Probed = Callable[..., ProbeRun]
LOGIN = {"smtp_account": "jobs", "smtp_password": "secret"}
READER = {"imap_host": "127.0.0.1", "imap_account": "anna", "imap_password": "secret"}


class WebServer(socketserver.BaseRequestHandler):
    """Waits for a request and finds fault with it, whatever it is."""

    def handle(self) -> None:
        if self.request.recv(512):
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


class Refusing(socketserver.BaseRequestHandler):
    """Refuses in words of SMTP whoever calls."""

    def handle(self) -> None:
        self.request.sendall(b"554 5.7.1 not you\r\n")


class Dropping(socketserver.BaseRequestHandler):
    """Hangs up on whoever calls, as the base class does after handling nothing."""


@contextmanager
def answering(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """Somebody who is no decent mail server, at this port."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


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


def test_the_words_of_the_server_are_shown_and_nothing_is_sent(
    probed: Probed, smtp_server: SmtpServer
) -> None:
    smtp_server.rcpt = "554 5.7.1 Relay access denied"
    run = probed()
    assert steps_of(run)[-1] == ("recipient", False, "relay_denied")
    assert failure(run).reply == "554 5.7.1 Relay access denied"
    assert smtp_server.mails == []


def test_silence_after_the_connection_blames_the_encryption(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 0.3)
    monkeypatch.setattr(mixups, "SNIFF", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run = probed(smtp_port=listener.getsockname()[1])
    assert steps_of(run)[-1] == ("greeting", False, "timeout_banner")
    assert failure(run).field == "smtp_encryption"


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
    run = probed("imap", imap_port=smtp_server.port, imap_encryption="none", **READER)
    assert steps_of(run)[-1][2] == "port_is_smtp"


def test_no_encryption_where_the_login_comes_after_starttls_offers_starttls(
    probed: Probed, imap_server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Script("220 x", "250-x\r\n250 STARTTLS") as server:
        sending = failure(probed(smtp_port=server.port, smtp_encryption="none", **LOGIN))
        port = server.port
    assert (sending.name, sending.code, sending.field) == (
        *("Ways to log in", "auth_needs_tls", "smtp_encryption"),
    )
    assert sending.fix == overview.Fix(f"smtp:{port}:starttls", port, "TLS (STARTTLS)")
    imap_server.capabilities = "IMAP4rev1 STARTTLS LOGINDISABLED"
    reading = failure(probed("imap", imap_port=imap_server.port, imap_encryption="none", **READER))
    assert (reading.code, reading.field) == ("auth_needs_tls", "imap_encryption")
    assert reading.fix is not None
    assert reading.fix.value == f"imap:{imap_server.port}:starttls"
    # On the internet the password stays here before anybody asks what the server would say.
    monkeypatch.setattr(net, "may_send_password", lambda *_: False)
    with Script("220 x", "250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN") as server:
        kept = failure(probed(smtp_port=server.port, smtp_encryption="none", **LOGIN))
        port = server.port
    assert kept.code == "password_in_clear"
    assert kept.fix == overview.Fix(f"smtp:{port}:starttls", port, "TLS (STARTTLS)")


def test_a_web_server_that_waits_for_a_request_is_no_mail_server(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 0.3)
    monkeypatch.setattr(mixups, "SNIFF", 2.0)
    with answering(WebServer) as port:
        run = probed(smtp_port=port, smtp_encryption="none")
    step = failure(run)
    assert (step.code, step.field) == ("port_is_no_mail", "smtp_port")
    assert step.why is not None
    assert step.why.task is Task.YOU


@pytest.mark.parametrize(
    ("server", "code"), [(Refusing, "greeting_refused"), (Dropping, "connection_lost")]
)
def test_a_mail_server_that_turns_us_away_keeps_its_explanation(
    probed: Probed, server: type[socketserver.BaseRequestHandler], code: str
) -> None:
    with answering(server) as port:
        run = probed(smtp_port=port, smtp_encryption="none")
    assert steps_of(run)[-1] == ("greeting", False, code)


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
