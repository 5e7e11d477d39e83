"""An SMTP session: connect, greet, protect, log in (RFC 5321, 3207, 4954). See ``smtp``."""

import contextlib
import math
import re
from collections.abc import Callable, Iterator

from mailsettings.wire import net
from mailsettings.wire.net import ConnectError, Encryption, Networks
from mailsettings.wire.oauth import sasl
from mailsettings.wire.smtp_connection import Connection, Reply, Server, encode
from mailsettings.wire.smtp_verdicts import Verdict

QUIT_SECONDS = 3.0
# Firewalls that inspect SMTP write X over the keywords they do not want to be used.
BLOTTED_OUT = re.compile(r"x{4,}[a-z]?", re.IGNORECASE)
Passed = Callable[[str, Connection], None]
# Before the first RCPT a failure says nothing about the mail, only about server and login.
ACCOUNT_STAGES = {"connect", "greeting", "tls", "auth", "mail"}

MESSAGES = {
    "wrong_protocol": "The server does not speak SMTP at this port.",
    "timeout_banner": "The server accepted the connection but never greeted.",
    "timeout": "The server stopped answering.",
    "connection_lost": "The server closed the connection.",
    "greeting_refused": "The server does not want to talk to us.",
    "starttls_not_offered": "The server does not offer STARTTLS.",
    "starttls_stripped": "Something on the way has blotted out the offer of STARTTLS.",
    "starttls_refused": "The server refused to start TLS.",
    "password_in_clear": "Without encryption the password would travel in clear.",
    "credentials_invalid": "Account and password must not contain line breaks or NUL.",
    "auth_not_offered": "The server offers no login at this port.",
    "auth_mech_unsupported": "The server offers no login with a plain password.",
    "auth_rejected": "The server refused account and password.",
    "auth_temporary": "The server cannot check account and password at the moment.",
}


class SendError(Exception):
    """The server did not take the mail, or nobody knows whether it did.

    ``permanent``: this mail will never be taken as it is. ``unconfirmed``: the server may hold it
    already. ``account``: the trouble is connection or login, the mail is not to blame. No two of
    them are set together; with none the mail may be tried again later. ``stage`` is one of
    connect, greeting, tls, auth, mail, rcpt, data, message; ``reply`` the server's line without
    secrets; ``refused`` has the reply to each recipient when all were refused. ``retry_after`` are the
    seconds a provider asks us to wait, 0 where it does not say.

    Codes: those of ConnectError, and greeting_refused, timeout_banner, timeout, connection_lost,
    protocol_error, starttls_not_offered, starttls_stripped, starttls_refused, password_in_clear, credentials_invalid,
    auth_not_offered, auth_mech_unsupported, auth_rejected, auth_temporary, address_invalid,
    no_recipients, message_too_large, smtputf8_not_offered, 8bitmime_not_offered, sender_refused,
    recipient_refused, data_refused, message_refused.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        reply: str = "",
        permanent: bool = False,
        unconfirmed: bool = False,
        account: bool = False,
        stage: str = "",
        refused: dict[str, Reply] | None = None,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reply = reply
        self.permanent = permanent
        self.unconfirmed = unconfirmed
        self.account = account
        self.stage = stage
        self.refused = refused or {}
        self.retry_after = retry_after


def account_trouble(code: str, stage: str) -> SendError:
    """Return the error for trouble that every mail of the account would meet."""
    return SendError(MESSAGES[code], code=code, account=True, stage=stage)


def refusal(
    reply: Reply, message: str, *, code: str, stage: str, refused: dict[str, Reply] | None = None
) -> SendError:
    """Return the error that a negative reply amounts to."""
    account = (
        stage in ACCOUNT_STAGES - {"mail"}
        or reply.verdict is Verdict.ACCOUNT
        or (reply.code == 421 and stage == "mail")
    )
    return SendError(
        message,
        code=code,
        reply=str(reply),
        permanent=reply.is_permanent and not account,
        account=account,
        stage=stage,
        refused=refused,
    )


@contextlib.contextmanager
def naming_losses(stage: str) -> Iterator[None]:
    """Turn a connection that fails, breaks or falls silent at ``stage`` into a SendError."""
    try:
        yield
    except ConnectError as error:
        raise SendError(error.message, code=error.code, account=True, stage=stage) from error
    except OSError as error:  # of the sockets, and of smtplib, which hides time-outs in its own
        silent = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        code = "timeout" if silent else "connection_lost"
        if silent and stage == "connect":
            code = "timeout_banner"
        raise SendError(
            MESSAGES[code],
            code=code,
            unconfirmed=stage == "message",
            account=stage in ACCOUNT_STAGES,
            stage=stage,
        ) from error


@contextlib.contextmanager
def session(
    server: Server,
    *,
    timeout: float,
    ehlo_name: str,
    allowed_networks: Networks | None = None,
    until: float = math.inf,
    passed: Passed = lambda _stage, _connection: None,
) -> Iterator[Connection]:
    """Give a connection that is open and logged in, and close it; raise SendError."""
    connection = connect(
        server,
        timeout=timeout,
        ehlo_name=ehlo_name,
        allowed_networks=allowed_networks,
        until=until,
        passed=passed,
    )
    try:
        yield connection
    finally:
        close(connection)


def connect(
    server: Server,
    *,
    timeout: float,
    ehlo_name: str,
    allowed_networks: Networks | None = None,
    until: float = math.inf,
    passed: Passed = lambda _stage, _connection: None,
) -> Connection:
    """Return a connection for someone who keeps it and will ``close`` it; see ``session``.

    ``timeout`` is in seconds, for connecting and for each whole reply; ``until`` is the
    ``time.monotonic`` at which everything on the connection ends. ``passed`` is called after the
    stages greeting, tls and auth, for somebody who watches.
    """
    connection = Connection(
        server,
        timeout=timeout,
        ehlo_name=ehlo_name,
        allowed_networks=allowed_networks,
        until=until,
    )
    try:
        _greet(connection)
        passed("greeting", connection)
        if server.encryption is Encryption.STARTTLS:
            _start_tls(connection)
            passed("tls", connection)
        if server.account:
            _log_in(connection)
            passed("auth", connection)
    except BaseException:
        connection.close()
        raise
    return connection


def close(connection: Connection) -> None:
    """Say goodbye if the server still listens. What it answers changes nothing any more."""
    connection.timeout, connection.until = QUIT_SECONDS, math.inf
    with contextlib.suppress(OSError):
        connection.docmd("QUIT")
    connection.close()


def is_alive(connection: Connection) -> bool:
    """Ask whether a connection that was kept for a while can still be used."""
    try:
        return connection.ask("NOOP").is_positive
    except OSError:
        return False


def _greet(connection: Connection) -> None:
    server = connection.server
    with naming_losses("connect"):
        # Connecting and the banner are one call of smtplib; a time-out here is the banner's.
        banner = connection.make_reply(*connection.connect(server.host, server.port))
    if banner.code == -1:
        raise account_trouble("wrong_protocol", "greeting")
    _expect(banner, "greeting_refused", "greeting")
    _introduce(connection)


def _introduce(connection: Connection) -> None:
    with naming_losses("greeting"):
        reply = connection.make_reply(*connection.ehlo())
        if 500 <= reply.code <= 599:  # older than ESMTP
            reply = connection.make_reply(*connection.helo())
    _expect(reply, "greeting_refused", "greeting")


def _start_tls(connection: Connection) -> None:
    """Change over to TLS or fail: falling back to clear text is what an attacker waits for."""
    if not connection.has_extn("starttls"):
        blotted = any(BLOTTED_OUT.fullmatch(name) for name in connection.esmtp_features)
        raise account_trouble("starttls_stripped" if blotted else "starttls_not_offered", "tls")
    with naming_losses("tls"):
        _expect(connection.ask("STARTTLS"), "starttls_refused", "tls")
        connection.secure()
    _introduce(connection)


def _log_in(connection: Connection) -> None:
    """Log in with one attempt: a second try of a wrong password counts towards a lock-out."""
    server = connection.server
    if set("\r\n\0") & set(server.account + server.password):
        raise account_trouble("credentials_invalid", "auth")
    with naming_losses("auth"):
        if not net.may_send_password(
            connection.socket, server.encryption, connection.allowed_networks
        ):
            raise account_trouble("password_in_clear", "auth")
        reply = _authenticate(connection)
    code = "auth_rejected" if 500 <= reply.code <= 599 else "auth_temporary"
    _expect(reply, code, "auth")


def _authenticate(connection: Connection) -> Reply:
    """Try PLAIN (RFC 4616), and LOGIN where the server does not know PLAIN after all."""
    offered = connection.esmtp_features.get("auth", "").upper().split()
    if connection.server.by_token:
        return _authenticate_by_token(connection, offered)
    mechanisms = [name for name in ("PLAIN", "LOGIN") if name in offered]
    if not mechanisms:
        raise account_trouble("auth_mech_unsupported" if offered else "auth_not_offered", "auth")
    account, password = connection.server.account, connection.server.password
    if mechanisms[0] == "PLAIN":
        reply = connection.ask("AUTH", "PLAIN " + encode(f"\0{account}\0{password}"))
        if reply.code != 504 or "LOGIN" not in mechanisms:  # 504: mechanism not implemented
            return reply
    reply = connection.ask("AUTH", "LOGIN " + encode(account))
    return connection.ask(encode(password)) if reply.code == 334 else reply


def _authenticate_by_token(connection: Connection, offered: list[str]) -> Reply:
    if "XOAUTH2" not in offered:
        raise account_trouble("auth_mech_unsupported" if offered else "auth_not_offered", "auth")
    words = sasl(connection.server.account, connection.server.password)
    reply = connection.ask("AUTH", "XOAUTH2 " + encode(words))
    return connection.ask("") if reply.code == 334 else reply  # 334 says why not, then the refusal


def _expect(reply: Reply, code: str, stage: str) -> None:
    if not reply.is_positive:
        raise refusal(reply, MESSAGES[code], code=code, stage=stage)
