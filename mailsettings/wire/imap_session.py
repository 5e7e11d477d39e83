"""An IMAP session: connect, protect, log in (RFC 9051 section 6.2). See ``imap``."""

import base64
import contextlib
import dataclasses
import imaplib
import io
import re
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

import imapclient
from imapclient.exceptions import LoginError, ProtocolError

from mailsettings.wire import net
from mailsettings.wire.incoming import Incoming
from mailsettings.wire.net import ConnectError, Encryption, Networks

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

LOGOUT_SECONDS = 3.0
BUDGET = 150.0  # seconds, a session at its longest
SLOWEST = 32 * 1024  # bytes a second at which a mail may come without running out of time
PIECE = 64 * 1024  # bytes
MAX_REPLY = 1000  # characters of a server's reply that are worth keeping
MAX_LINES = 16 * 1024 * 1024  # bytes in answer to a command; the UIDs of a million mails are 8 MB
SMALL_ANSWERS = 4 * 1024 * 1024  # bytes of literals before anybody asked for mails
# RFC 5530: not a verdict on the password.
PASSING = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\b", re.IGNORECASE)

MESSAGES = {
    "wrong_protocol": "The server does not speak IMAP at this port.",
    "timeout_banner": "The server accepted the connection but never greeted.",
    "timeout": "The server stopped answering.",
    "connection_lost": "The server closed the connection.",
    "too_much_data": "The server sent far more than it had announced.",
    "protocol_error": "The server's answer was not understood.",
    "greeting_refused": "The server does not want to talk to us.",
    "preauth_refused": "The server skips the login, so nobody knows whose mailbox this is.",
    "starttls_not_offered": "The server does not offer STARTTLS.",
    "password_in_clear": "Without encryption the password would travel in clear.",
    "auth_not_offered": "The server does not take a password at this port.",
    "auth_mech_unsupported": "The server takes only passwords in plain ASCII.",
    "auth_rejected": "The server refused account and password.",
    "auth_temporary": "The server cannot check account and password at the moment.",
    "argument_invalid": "NUL and line ends cannot be part of a command.",
    "folder_missing": "The server does not open this folder.",
    "read_refused": "The server does not hand its mails out.",
    "refused": "The server refused the command.",
}


@dataclasses.dataclass(frozen=True)
class Account:
    """A mailbox on a server. ``by_token``: the password is an OAuth 2.0 access token, for XOAUTH2."""

    host: str
    port: int
    encryption: Encryption
    account: str
    password: str = dataclasses.field(repr=False)
    by_token: bool = False


class ImapError(Exception):
    """The server did not do what was asked.

    ``account``: connection or login failed, so the mailbox as a whole cannot be read now. ``code``
    is stable, one of ConnectError's or a key of MESSAGES; ``reply`` is the server's line without
    secrets.
    """

    def __init__(self, message: str, *, code: str, account: bool = False, reply: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.account = account
        self.reply = reply


class Connection(imaplib.IMAP4):
    """imaplib's protocol over a socket that ``net`` has checked, with bounds on what comes in.

    Each command must be answered within ``timeout`` seconds, however many bytes of the answer come
    in time; only a literal, a mail, earns more time by coming. Nothing waits beyond ``budget``
    seconds from the start.
    """

    def __init__(
        self, account: Account, timeout: float, budget: float, allowed_networks: Networks | None
    ) -> None:
        self.account = account
        self.allowed_networks = allowed_networks
        self.bytes_left = SMALL_ANSWERS
        self.line_bytes_left = MAX_LINES
        self.timeout = timeout
        self.until = time.monotonic() + budget
        self._reader: tuple[socket.socket, IO[bytes]] | None = None
        self.expect_answer()
        super().__init__(account.host, account.port, timeout)

    def _create_socket(self, timeout: float) -> socket.socket:
        """Called by imaplib's constructor."""
        connection = net.connect(
            self.account.host,
            self.account.port,
            timeout=min(timeout, self.seconds_left()),
            allowed_networks=self.allowed_networks,
        )
        if self.account.encryption is Encryption.SSL:
            connection = net.start_tls(connection, self.account.host)
        self.expect_answer()
        return connection

    def _new_tag(self) -> bytes:
        """Begin a command; what is sent in the course of it begins no new one."""
        self.expect_answer()
        tag: bytes = super()._new_tag()  # type: ignore[misc] # not in typeshed
        return tag

    def read(self, size: int) -> bytes:
        """Read a literal, unless the server announces more than was asked for."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise TooMuchDataError
        pieces = []
        while size and (piece := self.incoming.read(min(size, PIECE))):
            pieces.append(piece)
            size -= len(piece)
            self.answer_due += len(piece) / SLOWEST
        return b"".join(pieces)

    def readline(self) -> bytes:
        """Read a line; imaplib's own limit is too small for the UIDs of a large folder."""
        line = self.incoming.readline(self.line_bytes_left + 1)
        self.line_bytes_left -= len(line)
        if self.line_bytes_left < 0:
            raise TooMuchDataError
        return line

    def send(self, data: "ReadableBuffer") -> None:
        """Send, and be ready for a new answer."""
        self.line_bytes_left = MAX_LINES
        self.sock.settimeout(self.seconds_left())
        super().send(data)

    @property
    def incoming(self) -> IO[bytes]:
        """What the server says; a new one after STARTTLS, so that nothing said in clear is left."""
        if self._reader is None or self._reader[0] is not self.sock:
            self._reader = self.sock, io.BufferedReader(Incoming(self.sock, self.seconds_left))
        return self._reader[1]

    def seconds_left(self) -> float:
        """Return how long the next read or write may take, above 0; raise TimeoutError."""
        left = min(self.answer_due, self.until) - time.monotonic()
        if left <= 0:
            raise TimeoutError("The time for this command is over.")
        return left

    def expect_answer(self) -> None:
        """Begin the time that the server has for its next words."""
        self.answer_due = time.monotonic() + self.timeout


class TooMuchDataError(Exception):
    """The server wants to fill our memory."""


class Client(imapclient.IMAPClient):  # type: ignore[misc] # IMAPClient comes without types
    """IMAPClient over our own connection."""

    def __init__(
        self, account: Account, timeout: float, budget: float, allowed_networks: Networks | None
    ) -> None:
        self.account = account
        self.budget = budget
        self.allowed_networks = allowed_networks
        with_tls = account.encryption is Encryption.SSL
        super().__init__(account.host, account.port, ssl=with_tls, timeout=timeout)
        self.normalise_times = False  # aware datetimes
        # IMAPClient has imaplib describe every literal in a log line: eight times slower.
        self._imap.debug = 0

    def wait_readable(self, seconds: float) -> bool:
        """Wait until the server says something of its own accord; it then has its time for an answer."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket(), selectors.EVENT_READ)
            is_readable = bool(selector.select(seconds))
        self._imap.expect_answer()
        return is_readable

    def _create_IMAP4(self) -> Connection:  # noqa: N802 -- IMAPClient's name
        return Connection(self.account, self._timeout.read, self.budget, self.allowed_networks)

    @property
    def is_logged_in(self) -> bool:
        return bool(self._imap.state != "NONAUTH")

    def hurry(self, timeout: float) -> None:
        """Wait at most this long for the answers to come."""
        self._imap.timeout = timeout

    def expect_bytes(self, announced: int, *, slack: int) -> None:
        """Accept this much mail from now on: some servers announce too little, so generously."""
        # What a refused FETCH left behind would be kept until the end of the session.
        self._imap.untagged_responses.pop("FETCH", None)
        self._imap.bytes_left = 2 * announced + slack + SMALL_ANSWERS


@contextlib.contextmanager
def session(
    account: Account,
    *,
    timeout: float,
    budget: float = BUDGET,
    allowed_networks: Networks | None = None,
    passed: Callable[[str, Client], None] = lambda _stage, _client: None,
) -> Iterator[Client]:
    """Give a client that is connected and logged in; raise ImapError.

    ``timeout`` is in seconds, for connecting and for the whole answer to each command, not counting
    mails that come at a decent speed; ``budget`` is for the whole session. ``passed`` is called
    after the stages greeting and tls, for somebody who watches.
    """
    with naming_errors(silent="timeout_banner", refused="greeting_refused", account=True):
        client = Client(account, timeout, budget, allowed_networks)
    try:
        if client.is_logged_in:  # PREAUTH: an old way around STARTTLS
            raise trouble("preauth_refused", account=True)
        passed("greeting", client)
        if account.encryption is Encryption.STARTTLS:
            _start_tls(client)
            passed("tls", client)
        _log_in(client)
        yield client
    except BaseException:
        _drop(client)  # nobody knows what is still under way on it
        raise
    _log_out(client)


def check_arguments(*arguments: str) -> None:
    """Refuse what would end a command and begin another (as imaplib does only since 2026)."""
    if any(char in argument for argument in arguments for char in "\0\r\n"):
        raise trouble("argument_invalid")


def trouble(code: str, *, account: bool = False, reply: str = "") -> ImapError:
    """Return the error of this code."""
    return ImapError(MESSAGES[code], code=code, account=account, reply=reply)


@contextlib.contextmanager
def naming_errors(
    *, silent: str = "timeout", refused: str = "refused", account: bool = False
) -> Iterator[None]:
    """Turn all that imaplib and IMAPClient raise into an ImapError.

    ``silent`` and ``refused`` are the codes for a time-out and for NO or BAD; ``account`` says
    whether a refusal concerns the account.
    """
    try:
        yield
    except ConnectError as error:
        raise ImapError(error.message, code=error.code, account=True) from error
    except TooMuchDataError as error:
        raise trouble("too_much_data", account=True) from error
    except TimeoutError as error:
        raise trouble(silent, account=True) from error
    except OSError as error:
        raise trouble("connection_lost", account=True) from error
    except imaplib.IMAP4.abort as error:
        raise _broken(error, silent) from error
    except ProtocolError as error:
        raise trouble("protocol_error", reply=_line(error)) from error
    except imaplib.IMAP4.error as error:
        raise trouble(refused, account=account, reply=_line(error)) from error
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        # Both libraries stumble in many ways over answers no server should give.
        raise trouble("protocol_error") from error


def _broken(error: imaplib.IMAP4.abort, silent: str) -> ImapError:
    if isinstance(error.__context__, TimeoutError):
        return trouble(silent, account=True)
    if "unexpected response" in str(error):
        code = "wrong_protocol" if silent == "timeout_banner" else "protocol_error"
        return trouble(code, account=True, reply=_line(error))
    return trouble("connection_lost", account=True, reply=_line(error))


def _start_tls(client: Client) -> None:
    """Change over to TLS or fail: falling back to clear text is what an attacker waits for."""
    if not client.has_capability("STARTTLS"):
        raise trouble("starttls_not_offered", account=True)
    with naming_errors(refused="starttls_not_offered", account=True), net.naming_tls_errors():
        client.starttls(net.tls_context())


def _log_in(client: Client) -> None:
    """Log in with one attempt: a second try of a wrong password counts towards a lock-out."""
    account = client.account
    check_arguments(account.account, account.password)
    with naming_errors(refused="auth_rejected", account=True):
        if not net.may_send_password(client.socket(), account.encryption, client.allowed_networks):
            raise trouble("password_in_clear", account=True)
        try:
            if account.by_token and not client.has_capability("AUTH=XOAUTH2"):
                raise trouble("auth_not_offered", account=True)
            if account.by_token:
                client.oauth2_login(account.account, account.password)
            elif client.has_capability("AUTH=PLAIN"):  # in UTF-8, which LOGIN is not
                client.plain_login(account.account, account.password)
            elif client.has_capability("LOGINDISABLED"):
                raise trouble("auth_not_offered", account=True)
            elif not (account.account + account.password).isascii():
                raise trouble("auth_mech_unsupported", account=True)
            else:
                client.login(account.account, account.password)
        except LoginError as error:
            raise _login_error(error, account) from error


def _login_error(error: LoginError, account: Account) -> ImapError:
    if isinstance(error.__context__, imaplib.IMAP4.abort):
        return _broken(error.__context__, "timeout")
    code = "auth_temporary" if PASSING.search(str(error)) else "auth_rejected"
    return trouble(code, account=True, reply=_hide(_line(error), account))


def _hide(line: str, account: Account) -> str:
    """The line without the password, nor what AUTH=PLAIN makes of it, which servers sometimes echo."""
    plain = base64.b64encode(f"\0{account.account}\0{account.password}".encode()).decode()
    for secret in filter(None, (plain, account.password)):
        line = line.replace(secret, "••••")
    return line


def _line(error: Exception) -> str:
    """Return the server's words out of an exception; IMAPClient sometimes shows bytes as b'…'."""
    return re.sub(r"b(['\"])(.*?)\1", r"\2", str(error))[:MAX_REPLY]


def _drop(client: Client) -> None:
    with contextlib.suppress(OSError):
        client.shutdown()


def _log_out(client: Client) -> None:
    """Say goodbye if the server still listens; it changes nothing any more."""
    try:
        client.hurry(LOGOUT_SECONDS)
        client.logout()
    except (OSError, imaplib.IMAP4.error, TooMuchDataError):
        _drop(client)
