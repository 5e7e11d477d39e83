"""The world's SMTP server: login, STARTTLS, and senders that must be who they are."""

import asyncio
import logging
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ats.sandbox import world

if TYPE_CHECKING:
    from ssl import SSLContext

logger = logging.getLogger(__name__)

LARGEST = 50 * 1024 * 1024


class Submission:
    """What aiosmtpd asks at each command; the names of the methods are its protocol."""

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        login = str(session.auth_data)
        if not world.may_send_as(login, address):
            return f"553 5.7.1 <{address}>: Sender address rejected: not owned by user {login}"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        try:
            world.check_recipient(address)
        except world.Refused as refusal:
            return str(refusal)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        sender, recipients = envelope.mail_from or "", envelope.rcpt_tos
        raw = envelope.original_content or b""
        await asyncio.to_thread(world.receive, raw, sender=sender, recipients=recipients)
        logger.info("%s -> %s, %d bytes", sender or "<>", ", ".join(recipients), len(raw))
        return "250 2.0.0 Ok: delivered"


def authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, proof: object
) -> AuthResult:
    """Let in every account of the world that gives the sandbox's password."""
    if isinstance(proof, LoginPassword):
        login = proof.login.decode(errors="replace")
        if world.knows(login) and proof.password.decode(errors="replace") == world.PASSWORD:
            return AuthResult(success=True, auth_data=login)
    return AuthResult(success=False, handled=False)


async def start(*, host: str, port: int, tls_context: "SSLContext") -> asyncio.Server:
    """Listen; the caller closes the server. Logging in takes STARTTLS, as on any decent server."""
    return await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            Submission(),
            hostname="mail.sandbox.example",
            ident="Posthorn mail sandbox",
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            tls_context=tls_context,
            auth_required=True,
            auth_require_tls=True,
            authenticator=authenticate,
        ),
        host,
        port,
    )
