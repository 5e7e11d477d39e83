"""Loopback mail servers for unit tests: SMTP with knobs, IMAP with folders, and a plain script.

Import the fixtures into a ``conftest.py``. Every server picks a free port, runs in a thread of its
own, and remembers what it was told, so that tests assert on what a server really saw.
"""

import asyncio
import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.drip import drip
from tests.imapserver import ImapServer
from tests.servers.certs import Certificate

PATIENCE = 60.0  # seconds until a test that waits for a server gives up
Answer = str | Callable[[str], str]

__all__ = [
    "DrippingScript",
    "ImapServer",
    "ReceivedMail",
    "Script",
    "SmtpServer",
    "imap_server",
    "server_context",
    "smtp_server",
]


@pytest.fixture
def smtp_server() -> Iterator["SmtpServer"]:
    """An SMTP server without TLS and accounts."""
    server = SmtpServer().start()
    yield server
    server.stop()


@pytest.fixture
def imap_server() -> Iterator[ImapServer]:
    """An IMAP server without TLS; account ``anna``, password ``secret``, an empty INBOX."""
    server = ImapServer().start()
    yield server
    server.stop()


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """Return the TLS context of a server that shows ``certificate``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


@dataclass(frozen=True)
class ReceivedMail:
    sender: str
    recipients: list[str]
    raw: bytes
    options: list[str]
    account: str | None
    encrypted: bool


@dataclass
class SmtpServer:
    """An SMTP server whose answers a test may change at any time.

    ``mail``, ``rcpt``, ``data``, ``quit``, ``noop``: the reply to give, or a function that returns
    it for an address (an empty one outside ``mail`` and ``rcpt``). ``slow`` maps the same words to
    seconds of silence before the reply, ``drop_at`` is the one at which the server hangs up instead
    of replying; at ``data`` it has the whole mail by then and keeps it.
    """

    accounts: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    size_limit: int = 32 * 1024 * 1024
    smtputf8: bool = True
    pipelining: bool = False
    mail: Answer = "250 2.1.0 Ok"
    rcpt: Answer = "250 2.1.5 Ok"
    data: Answer = "250 2.0.0 Ok: queued"
    quit: Answer = "221 2.0.0 Bye"
    noop: Answer = "250 2.0.0 Ok"
    slow: dict[str, float] = field(default_factory=dict)
    drop_at: str = ""
    mails: list[ReceivedMail] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    host: str = "127.0.0.1"
    port: int = 0

    def __post_init__(self) -> None:
        self._arrived = threading.Condition()
        self._protocols: set[_Protocol] = set()

    def start(self, port: int = 0) -> "SmtpServer":
        """Listen; with the ``port`` of a server that was stopped, this one or another, take its place."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(port), self._loop)
        self._server = listening.result(PATIENCE)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def hang_up(self) -> None:
        """Close every open connection, as a server does after some idle minutes."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(PATIENCE)

    def wait_for(self, count: int, timeout: float = PATIENCE) -> list[ReceivedMail]:
        """Return the mails once there are ``count`` of them; fail the test if they do not come."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: len(self.mails) >= count, timeout)
        assert arrived, f"{len(self.mails)} of {count} mails arrived within {timeout} s"
        return list(self.mails)

    async def _listen(self, port: int) -> asyncio.Server:
        context = self.tls if self.implicit_tls else None
        return await self._loop.create_server(
            lambda: _Protocol(self), self.host, port, ssl=context, reuse_address=True
        )

    async def _hang_up(self) -> None:
        for protocol in self._protocols:
            protocol.transport.abort()
        while self._protocols:  # each one leaves when its connection is lost
            await asyncio.sleep(0.001)

    async def _close(self) -> None:
        self._server.close()
        await self._hang_up()
        leftovers = asyncio.all_tasks() - {asyncio.current_task()}
        for task in leftovers:
            task.cancel()
        await asyncio.gather(*leftovers, return_exceptions=True)

    async def answer(self, stage: str, address: str, protocol: "_Protocol") -> str:
        """Return the reply to ``stage`` as the knobs stand."""
        await asyncio.sleep(self.slow.get(stage, 0))
        if self.drop_at == stage:
            protocol.transport.abort()
            raise asyncio.CancelledError
        knob: Answer = getattr(self, stage)
        return knob if isinstance(knob, str) else knob(address)

    def take(self, mail: ReceivedMail) -> None:
        with self._arrived:
            self.mails.append(mail)
            self._arrived.notify_all()

    def check_login(self, login: bytes, password: bytes) -> bool:
        self.logins.append((login.decode(), password.decode()))
        return self.accounts.get(login.decode()) == password.decode()


class _Handler:
    """aiosmtpd's hooks, answered by the knobs."""

    def __init__(self, server: SmtpServer, protocol: "_Protocol") -> None:
        self.server = server
        self.protocol = protocol

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd's name
        self, smtp: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self.server.pipelining:
            responses.insert(1, "250-PIPELINING")
        return responses

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self.server.answer("mail", address, self.protocol)
        if reply.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self.server.answer("rcpt", address, self.protocol)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, smtp: SMTP, session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        mail = ReceivedMail(
            sender="" if envelope.mail_from in (None, "<>") else envelope.mail_from,
            recipients=list(envelope.rcpt_tos),
            raw=raw,
            options=list(envelope.mail_options),
            account=self.protocol.account,
            encrypted=session.ssl is not None,
        )
        # A server that is slow or hangs up has the mail all the same: the case that must not
        # lead to a second copy. One that refuses in words has not.
        try:
            reply = await self.server.answer("data", "", self.protocol)
        except asyncio.CancelledError:
            self.server.take(mail)
            raise
        if reply.startswith("2"):
            self.server.take(mail)
        return reply

    async def handle_NOOP(  # noqa: N802 -- aiosmtpd's name
        self, smtp: SMTP, session: Session, envelope: Envelope, arg: str
    ) -> str:
        return await self.server.answer("noop", "", self.protocol)

    async def auth_XOAUTH2(  # noqa: N802 -- aiosmtpd's name
        self, smtp: SMTP, args: list[str]
    ) -> AuthResult:
        """Take a token that ``tokens`` has for the account."""
        words = base64.b64decode(args[1]).decode().split("\1")
        login = words[0].removeprefix("user=")
        self.server.logins.append((login, words[1]))
        known = self.server.tokens.get(login) == words[1].removeprefix("auth=Bearer ")
        self.protocol.account = login if known else None
        return AuthResult(success=known, handled=False)

    async def handle_QUIT(  # noqa: N802 -- aiosmtpd's name
        self, smtp: SMTP, session: Session, envelope: Envelope
    ) -> str:
        return await self.server.answer("quit", "", self.protocol)


class _Protocol(SMTP):
    """One connection."""

    def __init__(self, server: SmtpServer) -> None:
        self.knobs = server
        self.account: str | None = None
        super().__init__(
            _Handler(server, self),
            data_size_limit=server.size_limit,
            enable_SMTPUTF8=server.smtputf8,
            hostname="mail.example.test",
            tls_context=None if server.implicit_tls else server.tls,
            auth_require_tls=False,
            auth_exclude_mechanism=[
                *(() if server.accounts else ("PLAIN", "LOGIN")),
                *(() if server.tokens else ("XOAUTH2",)),
            ],
            authenticator=self._authenticator,
            loop=server._loop,
        )

    def _authenticator(
        self, smtp: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        known = self.knobs.check_login(data.login, data.password)
        self.account = data.login.decode() if known else None
        return AuthResult(success=known, handled=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self not in self.knobs._protocols:  # STARTTLS calls a second time
            self.knobs._protocols.add(self)
            self.knobs.connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.knobs._protocols.discard(self)
        super().connection_lost(error)


class Script:
    """A server that says its lines whatever it hears: for what no decent server would do.

    It greets with the first line and answers every line it receives with the next one. An empty
    line means hang up; when the lines are used up it says no more, but listens to the end.
    ``received`` is all it heard.
    """

    def __init__(self, *lines: str) -> None:
        self.received = b""
        self._lines = list(lines)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def __enter__(self) -> "Script":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # wakes accept(); close() alone would not
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)
        self._listener.close()

    def _play(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rb") as heard:
                for line in self._lines:
                    if not line:
                        return
                    connection.sendall(line.encode() + b"\r\n")
                    self.received += heard.readline()
                self._end(connection)
                self.received += heard.read()

    def _end(self, connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_WR)


class DrippingScript(Script):
    """A script after whose lines comes a last one that never ends, byte by byte."""

    def _end(self, connection: socket.socket) -> None:
        drip(connection)
