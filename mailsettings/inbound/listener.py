"""The SMTP and LMTP door (RFC 5321, RFC 2033): accepts mail for our companies and stores it.

"250" is said only after the mail is on disk and in the database; any trouble of ours is a 451, so that
the sending server keeps the mail and tries again.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from email.utils import formatdate
from typing import Any, TypeVar

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import close_old_connections

from mailsettings.inbound import recipients, spool
from mailsettings.models import IncomingMail

# RFC 5321 allows 1000 bytes; programs that break the rule send their mail once, so we are generous.
MAX_LINE = 1024 * 1024
TRACE = 4096  # bytes; more than we write above a mail, so that what is accepted is kept whole
MAX_RECIPIENTS = 100  # the least a server must take (RFC 5321 section 4.5.3.1.8)
IDLE = 300.0  # seconds of silence until a connection is closed
UNSAFE = re.compile(r"[^\w.:\[\]-]")

TRY_AGAIN = "451 4.3.0 Temporary trouble, try again later"
ACCEPTED = "250 2.0.0 Ok: stored"

logger = logging.getLogger(__name__)
# aiosmtpd tells every command with its addresses, which are personal data.
logging.getLogger("mail.log").setLevel(logging.WARNING)
Result = TypeVar("Result")


async def _in_thread(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run database work outside the event loop, on a connection that is known to be alive."""

    def work() -> Result:
        close_old_connections()
        try:
            return function(*arguments)
        finally:
            close_old_connections()

    return await asyncio.to_thread(work)


class Handler:
    """What the server does with a recipient and with a whole mail; never raises."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self.storing = 0  # mails between end of data and reply

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002 -- aiosmtpd's signature
        session: Session,  # noqa: ARG002 -- as above
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002 -- as above
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            address.encode()
            known = await _in_thread(recipients.is_known, address)
        except UnicodeEncodeError:
            return "553 5.1.3 The address is not UTF-8"
        except Exception:
            # Nothing is known about the address while the database is away.
            logger.exception("looking up a recipient failed")
            return TRY_AGAIN
        if not known:
            return "550 5.1.1 No such recipient here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002 -- aiosmtpd's signature
        session: Session,
        envelope: Envelope,
    ) -> str:
        self.storing += 1
        try:
            trace = _write_trace(session, envelope, self.protocol)
            await _in_thread(_store, trace + (envelope.original_content or b""), envelope)
        except Exception:
            # Saying anything but 451 would lose the mail.
            logger.exception("storing a mail failed")
            return TRY_AGAIN
        finally:
            self.storing -= 1
        return ACCEPTED

    async def handle_exception(self, error: Exception) -> str:
        logger.error("SMTP session failed", exc_info=error)
        return TRY_AGAIN


class SmtpServer(SMTP):
    """SMTP that takes long lines."""

    line_length_limit = MAX_LINE


class LmtpServer(LMTP):
    """LMTP, where the end of data is answered once for each recipient."""

    line_length_limit = MAX_LINE
    answers = 0

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 -- aiosmtpd's name
        self.answers = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self.answers = 0

    async def push(self, status: Any) -> None:
        # 354, 501 and 503 are said before the data and once.
        times = 1 if status[:3] in ("354", "501", "503") else max(1, self.answers)
        for _ in range(times):
            await super().push(status)


def make_server(handler: Handler, *, lmtp: bool = False) -> SMTP:
    """Return the protocol of one connection."""
    protocol = LmtpServer if lmtp else SmtpServer
    return protocol(
        handler,
        data_size_limit=spool.MAX_SIZE - TRACE,
        enable_SMTPUTF8=True,
        hostname=settings.RECRUITING_DOMAIN,
        ident="Posthorn",
        timeout=IDLE,
        loop=asyncio.get_running_loop(),
    )


async def serve(
    host: str,
    port: int,
    *,
    lmtp: bool = False,
    stop: asyncio.Event,
    on_ready: Callable[[int], object] | None = None,
    grace: float = 30.0,
) -> None:
    """Accept mail until ``stop`` is set, then finish what is being stored, at most ``grace`` seconds.

    ``on_ready`` is told the port, which matters when ``port`` is 0. ``OSError`` when it is taken.
    """
    handler = Handler("LMTP" if lmtp else "ESMTP")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: make_server(handler, lmtp=lmtp), host, port)
    if on_ready:
        on_ready(server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()
    deadline = loop.time() + grace
    while handler.storing and loop.time() < deadline:
        await asyncio.sleep(0.02)


def _store(raw: bytes, envelope: Envelope) -> None:
    sender = envelope.mail_from or ""
    spool.store(
        IncomingMail.Door.SMTP,
        raw,
        envelope_sender="" if sender == "<>" else _clean(sender),
        envelope_recipients=list(dict.fromkeys(envelope.rcpt_tos)),
    )


def _clean(address: str) -> str:
    """8-bit senders arrive with lone surrogates, which no database takes."""
    return address.encode("utf-8", "replace").decode()


def _write_trace(session: Session, envelope: Envelope, protocol: str) -> bytes:
    """The Return-Path and Received fields a final server adds (RFC 5321 section 4.4).

    A single recipient is named; several would tell each of them about the others.
    """
    sender = "" if envelope.mail_from in (None, "<>") else envelope.mail_from
    helo = UNSAFE.sub("?", (session.host_name or "unknown")[:255])
    peer = session.peer[0] if isinstance(session.peer, tuple) else "local"
    named = f"\r\n\tfor <{envelope.rcpt_tos[0]}>" if len(envelope.rcpt_tos) == 1 else ""
    text = (
        f"Return-Path: <{sender}>\r\n"
        f"Received: from {helo} ([{peer}])\r\n"
        f"\tby {settings.RECRUITING_DOMAIN} with {protocol}{named};\r\n"
        f"\t{formatdate(localtime=True)}\r\n"
    )
    return text.encode("utf-8", "surrogateescape")
