"""Connecting to a mailbox and logging in; the same promises as for SMTP."""

import ssl

import pytest

from mailsettings.wire import imap, imap_session
from mailsettings.wire.imap import Account, ImapError
from mailsettings.wire.net import Encryption
from tests.mailservers import ImapServer, Script, SmtpServer, server_context
from tests.mailsettings.wire.conftest import open_imap
from tests.servers.certs import Certificate

STARTTLS, SSL, NONE = Encryption.STARTTLS, Encryption.SSL, Encryption.NONE
UMLAUTS = "Übergröße€"


def fail_to_open(
    server: ImapServer | SmtpServer | Script, *arguments: object, **options: object
) -> ImapError:
    """Return why no session with the server came about; it is always the account's trouble."""
    with pytest.raises(ImapError) as caught, open_imap(server, *arguments, **options):  # type: ignore[arg-type] # passed on
        pytest.fail("a session was opened")
    return caught.value


@pytest.mark.parametrize("encryption", [STARTTLS, SSL])
def test_login_travels_under_tls(trusted: Certificate, encryption: Encryption) -> None:
    server = ImapServer(tls=server_context(trusted), implicit_tls=encryption is SSL)
    server.capabilities = "IMAP4rev1 STARTTLS AUTH=PLAIN"
    server.start()
    with open_imap(server, encryption, host="localhost") as client:
        assert isinstance(client.socket(), ssl.SSLSocket)
        assert imap.open_folder(client, "INBOX").exists == 0
    server.stop()
    assert [line.split()[0] for line in server.commands if "CAPABILITY" not in line] == [
        *(["STARTTLS"] if encryption is STARTTLS else []),
        "AUTHENTICATE",
        "EXAMINE",
        "LOGOUT",
    ]


def test_stripped_starttls_is_refused_and_no_password_sent(imap_server: ImapServer) -> None:
    error = fail_to_open(imap_server, STARTTLS)
    assert (error.code, error.account) == ("starttls_not_offered", True)
    assert imap_server.commands == ["CAPABILITY"]


def test_refused_starttls_is_no_reason_to_go_on_in_clear(imap_server: ImapServer) -> None:
    imap_server.capabilities = "IMAP4rev1 STARTTLS AUTH=PLAIN"
    imap_server.refuse = {"starttls": "NO not now"}
    assert fail_to_open(imap_server, STARTTLS).code == "starttls_not_offered"
    assert imap_server.told("AUTHENTICATE") + imap_server.told("LOGIN") == []


@pytest.mark.parametrize("encryption", [STARTTLS, NONE])
def test_a_greeting_that_skips_the_login_is_refused(
    imap_server: ImapServer, encryption: Encryption
) -> None:
    imap_server.greeting = "* PREAUTH welcome, no need for TLS"
    imap_server.capabilities = "IMAP4rev1 STARTTLS"
    assert fail_to_open(imap_server, encryption).code == "preauth_refused"
    assert imap_server.commands == ["CAPABILITY"]


@pytest.mark.parametrize("encryption", [STARTTLS, SSL])
@pytest.mark.parametrize(
    ("host", "code"), [("localhost", "tls_cert_untrusted"), ("127.1", "tls_cert_name")]
)
def test_bad_certificates_are_refused(
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    encryption: Encryption,
    host: str,
    code: str,
) -> None:
    if code == "tls_cert_name":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    server = ImapServer(tls=server_context(certificate), implicit_tls=encryption is SSL)
    server.capabilities = "IMAP4rev1 STARTTLS AUTH=PLAIN"
    server.start()
    error = fail_to_open(server, encryption, host=host)
    server.stop()
    assert (error.code, error.account) == (code, True)
    assert server.told("AUTHENTICATE") + server.told("LOGIN") == []


def test_expired_certificate_is_refused(expired: ssl.SSLContext) -> None:
    server = ImapServer(tls=expired, implicit_tls=True).start()
    error = fail_to_open(server, SSL, host="localhost")
    server.stop()
    assert error.code == "tls_cert_expired"


def test_outdated_tls_is_refused(trusted: Certificate) -> None:
    context = server_context(trusted)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = ImapServer(tls=context, implicit_tls=True).start()
    error = fail_to_open(server, SSL, host="localhost")
    server.stop()
    assert error.code == "tls_version"


def test_a_wrong_password_costs_one_attempt(imap_server: ImapServer) -> None:
    error = fail_to_open(imap_server, NONE, "anna", "guess")
    assert (error.code, error.account) == ("auth_rejected", True)
    assert error.reply == "[AUTHENTICATIONFAILED] wrong account or password"
    assert imap_server.told("AUTHENTICATE") + imap_server.told("LOGIN") == ["AUTHENTICATE PLAIN"]


def test_passwords_may_have_umlauts(imap_server: ImapServer) -> None:
    imap_server.accounts = {"jürgen": UMLAUTS}
    with open_imap(imap_server, NONE, "jürgen", UMLAUTS) as client:
        assert imap.list_uids(client) == []


def test_login_is_used_where_plain_is_not_offered(imap_server: ImapServer) -> None:
    imap_server.capabilities = "IMAP4rev1"
    imap_server.accounts = {"anna": 'se"c\\ret'}
    with open_imap(imap_server, NONE, "anna", 'se"c\\ret'):
        pass
    assert len(imap_server.told("LOGIN")) == 1


def test_umlauts_need_a_server_that_offers_plain(imap_server: ImapServer) -> None:
    imap_server.capabilities = "IMAP4rev1"
    assert fail_to_open(imap_server, NONE, "anna", UMLAUTS).code == "auth_mech_unsupported"


@pytest.mark.parametrize(
    ("capabilities", "answer", "code"),
    [
        ("IMAP4rev1 LOGINDISABLED", "", "auth_not_offered"),
        ("IMAP4rev1 AUTH=PLAIN", "NO [UNAVAILABLE] directory is down", "auth_temporary"),
        ("IMAP4rev1 AUTH=PLAIN", "NO [ALERT] application password required", "auth_rejected"),
        ("IMAP4rev1", "NO [AUTHENTICATIONFAILED] no", "auth_rejected"),
    ],
)
def test_a_login_that_fails_says_why(
    imap_server: ImapServer, capabilities: str, answer: str, code: str
) -> None:
    imap_server.capabilities = capabilities
    imap_server.refuse = {"authenticate": answer, "login": answer}
    assert fail_to_open(imap_server).code == code


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 AUTH=PLAIN"])
@pytest.mark.parametrize("char", ["\0", "\r", "\n"])
def test_a_login_cannot_carry_commands(
    imap_server: ImapServer, capabilities: str, char: str
) -> None:
    imap_server.capabilities = capabilities
    for account, password in ((f"anna{char}x", "secret"), ("anna", f"secret{char}x")):
        assert fail_to_open(imap_server, NONE, account, password).code == "argument_invalid"
    assert set(imap_server.commands) == {"CAPABILITY"}


@pytest.mark.usefixtures("public_loopback")
def test_no_password_in_clear_outside_the_allowed_networks(imap_server: ImapServer) -> None:
    assert fail_to_open(imap_server, NONE, allowed_networks=[]).code == "password_in_clear"
    assert imap_server.commands == ["CAPABILITY"]


def test_the_password_is_shown_nowhere(
    imap_server: ImapServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    imap_server.capabilities = "IMAP4rev1"
    imap_server.refuse = {"login": "NO [AUTHENTICATIONFAILED] not hunter2"}
    error = fail_to_open(imap_server, NONE, "anna", "hunter2")
    assert error.reply == "[AUTHENTICATIONFAILED] not ••••"
    assert "hunter2" not in caplog.text
    assert "hunter2" not in repr(Account("mail.example.test", 993, SSL, "anna", "hunter2"))


@pytest.mark.parametrize(
    ("greeting", "code"),
    [
        ("220 mail.example.test ESMTP", "wrong_protocol"),
        ("* BYE too many connections", "greeting_refused"),
        ("", "connection_lost"),
    ],
)
def test_a_greeting_that_is_none_is_named(greeting: str, code: str) -> None:
    with Script(greeting) as server:
        error = fail_to_open(server)
    assert (error.code, error.account) == (code, True)


def test_plain_talk_at_a_tls_port_is_named(certificate: Certificate) -> None:
    server = SmtpServer(tls=server_context(certificate), implicit_tls=True).start()
    error = fail_to_open(server, NONE, timeout=0.3)
    server.stop()
    assert error.code == "timeout_banner"


def test_tls_at_a_plain_port_is_named(smtp_server: SmtpServer) -> None:
    assert fail_to_open(smtp_server, SSL).code == "wrong_protocol"


def test_a_closed_port_is_named() -> None:
    with Script("* OK ready") as server:
        server.port = 1  # nothing listens there
        error = fail_to_open(server)
    assert (error.code, error.account) == ("refused", True)


def test_hanging_up_during_the_login_says_nothing_about_the_password(
    imap_server: ImapServer,
) -> None:
    imap_server.drop_at = "authenticate"
    error = fail_to_open(imap_server)
    assert (error.code, error.account) == ("connection_lost", True)


def test_silence_during_the_login_says_nothing_about_the_password(imap_server: ImapServer) -> None:
    imap_server.silent_at = "authenticate"
    error = fail_to_open(imap_server, timeout=0.3)
    assert (error.code, error.account) == ("timeout", True)


def test_endless_greetings_are_cut_off() -> None:
    with Script("* OK " + "x" * (imap_session.MAX_LINES + 1)) as server:
        assert fail_to_open(server).code == "too_much_data"


def test_a_failing_logout_is_harmless(imap_server: ImapServer) -> None:
    imap_server.silent_at = "logout"
    with open_imap(imap_server) as client:
        imap.open_folder(client, "INBOX")
        client.socket().shutdown(2)
