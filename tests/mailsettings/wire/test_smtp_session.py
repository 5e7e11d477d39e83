"""Connecting, TLS and login: nothing secret leaves over a connection that is not what was asked."""

import base64
import ssl

import pytest

from mailsettings.wire import smtp
from mailsettings.wire.net import Encryption
from mailsettings.wire.smtp import SendError, Server
from tests.mailservers import Script, SmtpServer, server_context
from tests.mailsettings.wire.conftest import open_smtp
from tests.servers.certs import Certificate

ENVELOPE = smtp.Envelope("jobs@acme.example", ("cara@candidate.example",))
RAW = b"Subject: Hello\r\n\r\nGood day\r\n"
STARTTLS, SSL, NONE = Encryption.STARTTLS, Encryption.SSL, Encryption.NONE
UMLAUTS = "Übergröße€"


def fail_to_open(server: SmtpServer | Script, *arguments: object, **options: object) -> SendError:
    """Return why no session with the server came about; it is always the account's trouble."""
    with pytest.raises(SendError) as caught, open_smtp(server, *arguments, **options):  # type: ignore[arg-type] # passed on
        pytest.fail("a session was opened")
    error = caught.value
    assert (error.account, error.permanent, error.unconfirmed) == (True, False, False)
    return error


def offering(*extensions: str) -> str:
    """Return the reply to EHLO of a server with these extensions."""
    return "\r\n".join(["250-mail.example.test", *(f"250-{line}" for line in extensions), "250 OK"])


def encoded(text: str) -> bytes:
    return base64.b64encode(text.encode())


# ---- TLS


@pytest.mark.parametrize("encryption", [STARTTLS, SSL])
def test_login_and_mail_travel_under_tls(trusted: Certificate, encryption: Encryption) -> None:
    server = SmtpServer(
        tls=server_context(trusted), implicit_tls=encryption is SSL, accounts={"anna": "secret"}
    ).start()
    with open_smtp(server, encryption, "anna", host="localhost") as connection:
        smtp.transmit(connection, ENVELOPE, RAW, before_data=lambda: None)
        assert isinstance(connection.socket, ssl.SSLSocket)
    (mail,) = server.wait_for(1)
    server.stop()
    assert (mail.account, mail.raw) == ("anna", RAW)
    assert server.logins == [("anna", "secret")]


def test_stripped_starttls_is_refused_and_no_password_sent() -> None:
    with Script("220 hello", offering("AUTH PLAIN LOGIN"), "235 welcome") as server:
        error = fail_to_open(server, STARTTLS, "anna")
    assert (error.code, error.stage) == ("starttls_not_offered", "tls")
    assert server.received == b"ehlo posthorn.example\r\n"


@pytest.mark.parametrize("reply", ["454 4.7.0 TLS not available", "501 No"])
def test_refused_starttls_is_no_reason_to_go_on_in_clear(reply: str) -> None:
    with Script("220 hello", offering("STARTTLS", "AUTH PLAIN"), reply, "235 ok") as server:
        error = fail_to_open(server, STARTTLS, "anna")
    assert (error.code, error.reply) == ("starttls_refused", reply)
    assert b"AUTH" not in server.received


def test_replies_smuggled_in_before_tls_count_for_nothing() -> None:
    injected = "220 go ahead\r\n" + offering("AUTH PLAIN") + "\r\n235 welcome"
    with Script("220 hello", offering("STARTTLS"), injected) as server:
        error = fail_to_open(server, STARTTLS, "anna", timeout=1)
    assert error.stage == "tls"
    assert encoded("\0anna\0secret") not in server.received


@pytest.mark.parametrize("encryption", [STARTTLS, SSL])
def test_certificate_of_an_unknown_issuer_is_refused(
    certificate: Certificate, encryption: Encryption
) -> None:
    server = SmtpServer(tls=server_context(certificate), implicit_tls=encryption is SSL).start()
    error = fail_to_open(server, encryption, "anna", host="localhost")
    server.stop()
    assert (error.code, server.logins) == ("tls_cert_untrusted", [])


@pytest.mark.parametrize("encryption", [STARTTLS, SSL])
def test_certificate_for_another_name_is_refused(
    trusted: Certificate, encryption: Encryption
) -> None:
    server = SmtpServer(tls=server_context(trusted), implicit_tls=encryption is SSL).start()
    # 127.1 is the same machine, but the certificate does not say so
    error = fail_to_open(server, encryption, "anna", host="127.1")
    server.stop()
    assert (error.code, server.logins) == ("tls_cert_name", [])


@pytest.mark.parametrize("encryption", [STARTTLS, SSL])
def test_expired_certificate_is_refused(expired: ssl.SSLContext, encryption: Encryption) -> None:
    server = SmtpServer(tls=expired, implicit_tls=encryption is SSL).start()
    error = fail_to_open(server, encryption, "anna", host="localhost")
    server.stop()
    assert (error.code, server.logins) == ("tls_cert_expired", [])


def test_tls_at_a_plain_port_is_named(smtp_server: SmtpServer) -> None:
    assert fail_to_open(smtp_server, SSL).code == "wrong_protocol"


def test_plain_talk_at_a_tls_port_is_named(certificate: Certificate) -> None:
    server = SmtpServer(tls=server_context(certificate), implicit_tls=True).start()
    error = fail_to_open(server, NONE, timeout=0.3)
    server.stop()
    assert error.code == "timeout_banner"


# ---- greeting


@pytest.mark.parametrize(
    ("greeting", "code"),
    [
        ("* OK IMAP4rev1 ready", "wrong_protocol"),
        ("554 No SMTP service here", "greeting_refused"),
        ("421 Too many connections", "greeting_refused"),
        ("", "connection_lost"),
        ("220-hello\r\n" * 1000 + "220 hello", "connection_lost"),
        ("220 " + "x" * 10_000, "connection_lost"),
    ],
    ids=["imap", "refused", "busy", "silent", "endless", "long"],
)
def test_a_greeting_that_is_none_is_named(greeting: str, code: str) -> None:
    with Script(greeting) as server:
        assert fail_to_open(server).code == code


def test_a_closed_port_is_named(smtp_server: SmtpServer) -> None:
    smtp_server.port = 1  # nothing listens there
    error = fail_to_open(smtp_server)
    assert (error.code, error.stage) == ("refused", "connect")


def test_a_server_older_than_esmtp_is_greeted_in_its_way() -> None:
    with (
        Script("220 hello", "502 What?", "250 old.example", "221 bye") as server,
        open_smtp(server),
    ):
        pass
    assert server.received.splitlines()[1] == b"helo posthorn.example"


# ---- login


def test_a_wrong_password_costs_one_attempt(tls_server: SmtpServer, trusted: Certificate) -> None:
    error = fail_to_open(tls_server, STARTTLS, "anna", "wrong")
    assert (error.code, error.stage) == ("auth_rejected", "auth")
    assert error.reply == "535 5.7.8 Authentication credentials invalid"
    assert tls_server.logins == [("anna", "wrong")]


def test_passwords_may_have_umlauts(tls_server: SmtpServer, trusted: Certificate) -> None:
    tls_server.accounts = {"jürgen": UMLAUTS}
    with open_smtp(tls_server, STARTTLS, "jürgen", UMLAUTS) as connection:
        assert smtp.is_alive(connection)
    assert tls_server.logins == [("jürgen", UMLAUTS)]


def test_login_is_used_where_plain_is_not_offered() -> None:
    lines = ("220 hello", offering("AUTH LOGIN CRAM-MD5"), "334 UGFzc3dvcmQ6", "235 ok", "221 bye")
    with Script(*lines) as server, open_smtp(server, NONE, "anna", UMLAUTS):
        pass
    assert server.received.splitlines()[1:3] == [
        b"AUTH LOGIN " + encoded("anna"),
        encoded(UMLAUTS),
    ]


def test_login_is_tried_where_plain_is_offered_in_vain() -> None:
    unknown = "504 5.5.4 Unrecognized authentication type"
    lines = ("220 hello", offering("AUTH PLAIN LOGIN"), unknown, "334 UGE6", "235 ok", "221 bye")
    with Script(*lines) as server, open_smtp(server, NONE, "anna"):
        pass
    assert server.received.count(b"AUTH") == 2


@pytest.mark.parametrize(
    ("extensions", "reply", "code"),
    [
        (("8BITMIME",), "500 What?", "auth_not_offered"),
        (("AUTH CRAM-MD5",), "500 What?", "auth_mech_unsupported"),
        (("AUTH PLAIN",), "454 4.7.0 Try again later", "auth_temporary"),
        (("AUTH PLAIN",), "535 5.7.139 SmtpClientAuthentication is disabled", "auth_rejected"),
    ],
)
def test_a_login_that_fails_says_why(extensions: tuple[str, ...], reply: str, code: str) -> None:
    with Script("220 hello", offering(*extensions), reply) as server:
        assert fail_to_open(server, NONE, "anna").code == code


@pytest.mark.parametrize(("account", "password"), [("an\0na", "secret"), ("anna", "sec\0ret")])
def test_nul_in_a_login_is_refused(smtp_server: SmtpServer, account: str, password: str) -> None:
    smtp_server.accounts = {"anna": "secret"}
    assert fail_to_open(smtp_server, NONE, account, password).code == "credentials_invalid"
    assert smtp_server.logins == []


@pytest.mark.usefixtures("public_loopback")
def test_no_password_in_clear_outside_the_allowed_networks() -> None:
    with Script("220 hello", offering("AUTH PLAIN"), "235 ok") as server:
        error = fail_to_open(server, NONE, "anna", allowed_networks=[])
    assert (error.code, error.stage) == ("password_in_clear", "auth")
    assert b"AUTH" not in server.received


def test_the_password_is_shown_nowhere() -> None:
    echo = f"535 no: secret {encoded('secret').decode()}"
    with Script("220 hello", offering("AUTH PLAIN"), echo) as server:
        error = fail_to_open(server, NONE, "anna")
    assert error.reply == "535 no: •••• ••••"
    assert "secret" not in repr(Server("mail.example.test", 587, STARTTLS, "anna", "secret"))


# ---- kept connections


def test_a_kept_connection_is_asked_whether_it_lives(smtp_server: SmtpServer) -> None:
    with open_smtp(smtp_server) as connection:
        assert smtp.is_alive(connection)
        smtp_server.hang_up()
        assert not smtp.is_alive(connection)
        with pytest.raises(SendError) as caught:
            smtp.transmit(connection, ENVELOPE, RAW, before_data=lambda: None)
    assert (caught.value.code, caught.value.account) == ("connection_lost", True)
