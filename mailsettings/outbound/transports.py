"""Three ways out behind one function: an SMTP server or the API of a mailbox's provider takes the stored bytes,
an ESP's API what they say.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mailsettings import oauth
from mailsettings.encryption import UNREADABLE, DecryptionError, Sealed
from mailsettings.models import Mailbox, OutgoingMail, SenderDomain
from mailsettings.models.mailboxes import SendsBy
from mailsettings.outbound import esp, platform
from mailsettings.outbound.pool import pool
from mailsettings.wire import mailapi, smtp

NO_SERVER = "No SMTP server is set for this mailbox."
# Seconds. Connecting and each whole reply; and the last word of a server that scans what it takes.
TIMEOUT = 20.0
LAST_WORD = 60.0
# From connecting to the last word: below outcomes.STALE_AFTER, so that a crash is told from patience.
# Not less, and no limit for the upload alone: a large mail that makes progress on a slow line is cut
# off only when it must be, because from DATA on that leaves it unconfirmed and a person has to decide.
ATTEMPT = 90.0
IDLE = 1.0  # after which a kept connection is asked whether it still stands


@dataclasses.dataclass(frozen=True)
class Handover:
    """The mail was taken for ``accepted``; ``refused`` has the answer given for each of the others.

    ``recipient_ids`` are the provider's ids where each recipient has one of its own; ``put_off`` are
    those of ``refused`` whom the server may take later (4xx).
    """

    server: str
    accepted: tuple[str, ...]
    refused: Mapping[str, str]
    reply: str = ""
    provider_id: str = ""
    recipient_ids: Mapping[str, str] = dataclasses.field(default_factory=dict)
    put_off: frozenset[str] = frozenset()

    @property
    def is_plain(self) -> bool:
        """Whether everybody got it, and there is no more to tell than the server's words."""
        return not (self.refused or self.provider_id or self.recipient_ids)


Renew = Callable[[], smtp.Server]


class Transport(Protocol):
    """One way out, for any number of mails, one after the other."""

    def send(
        self, envelope: smtp.Envelope, raw: bytes, *, before_data: Callable[[], None] | None
    ) -> Handover:
        """Hand one mail over; raise ``SendError``, and whatever ``before_data`` raises.

        That is called before the message may leave, and is None where this was allowed already.
        """
        ...

    def close(self) -> None: ...


class SmtpTransport:
    """A server and the connection to it, opened when first needed and again when it was lost.

    ``renew`` gives the server with another token, once, where it refuses the first.
    """

    def __init__(self, server: smtp.Server, renew: Renew | None = None) -> None:
        self.server = server
        self._renew = renew
        self._connection: smtp.Connection | None = None
        self._used = 0.0

    def send(
        self, envelope: smtp.Envelope, raw: bytes, *, before_data: Callable[[], None] | None
    ) -> Handover:
        until = time.monotonic() + ATTEMPT
        was_kept = self._connection is not None
        try:
            receipt = self._transmit(envelope, raw, before_data, until)
        except smtp.SendError as error:
            if self._renew and error.code == "auth_rejected":
                self.server, self._renew = self._renew(), None
            elif not (was_kept and _hung_up(error)):
                raise
            self.close()
            receipt = self._transmit(envelope, raw, before_data, until)
        return Handover(
            server=f"{self.server.host}:{self.server.port}",
            accepted=receipt.accepted,
            refused={address: str(reply) for address, reply in receipt.refused.items()},
            reply=str(receipt.reply),
            put_off=frozenset(
                one for one, reply in receipt.refused.items() if not reply.is_permanent
            ),
        )

    def _transmit(
        self,
        envelope: smtp.Envelope,
        raw: bytes,
        before_data: Callable[[], None] | None,
        until: float,
    ) -> smtp.Receipt:
        connection = self._connect(until=until)
        try:
            return smtp.transmit(
                connection, envelope, raw, before_data=before_data, reply_timeout=LAST_WORD
            )
        finally:
            self._used = time.monotonic()

    def take_over(self, other: "SmtpTransport") -> None:
        """Go on over the connection of another that nobody uses any more."""
        self._connection, self._used = other._connection, other._used
        other._connection = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection that the next mail may use."""
        return self._connection is not None and self._connection.sock is not None

    def close(self) -> None:
        if self._connection:
            smtp.close(self._connection)
            self._connection = None

    def _connect(self, *, until: float) -> smtp.Connection:
        if self._connection:
            self._connection.until = until
            idle = time.monotonic() - self._used
            if idle > IDLE and not smtp.is_alive(self._connection):
                self.close()
        if not self._connection:
            self._connection = smtp.connect(
                self.server, timeout=TIMEOUT, ehlo_name=settings.RECRUITING_DOMAIN, until=until
            )
        return self._connection


class EspTransport:
    """An account at an email service provider."""

    def __init__(self, provider: esp.Esp) -> None:
        self.provider = provider
        self._connection = provider.connect()
        self._connection.open()

    def send(
        self, envelope: smtp.Envelope, raw: bytes, *, before_data: Callable[[], None] | None
    ) -> Handover:
        allow = before_data or _allowed
        answer = esp.send(self._connection, envelope, raw, before_data=allow)
        accepted = tuple(one for one in envelope.recipients if one not in answer.refused)
        return Handover(
            self.provider.name,
            accepted,
            answer.refused,
            provider_id=answer.provider_id,
            recipient_ids=answer.recipient_ids,
        )

    def close(self) -> None:
        self._connection.close()


class ApiTransport:
    """The API of the provider that gave a permission for the mailbox: Microsoft Graph or Gmail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.api = api_of(mailbox)

    def send(
        self, envelope: smtp.Envelope, raw: bytes, *, before_data: Callable[[], None] | None
    ) -> Handover:
        try:
            taken = self._send(envelope, raw, before_data)
        except smtp.SendError as error:
            if error.code != "api_unauthorized":
                raise
            self.api = api_of(self.mailbox, refused=self.api.token)
            taken = self._send_or_withdraw(envelope, raw, before_data)
        return Handover(
            self.api.host, envelope.recipients, {}, taken.reply, provider_id=taken.provider_id
        )

    def _send_or_withdraw(
        self, envelope: smtp.Envelope, raw: bytes, before_data: Callable[[], None] | None
    ) -> mailapi.Taken:
        """With a token that was given this moment; if that is refused too, a person has to act."""
        try:
            return self._send(envelope, raw, before_data)
        except smtp.SendError as error:
            if error.code == "api_unauthorized":
                oauth.withdraw(self.mailbox)
            raise

    def _send(
        self, envelope: smtp.Envelope, raw: bytes, before_data: Callable[[], None] | None
    ) -> mailapi.Taken:
        allow = before_data or _allowed
        return mailapi.send(self.api, envelope, raw, before_data=allow, timeout=ATTEMPT)

    def close(self) -> None:
        """Each mail has a connection of its own."""


def transport_for(mail: OutgoingMail) -> Transport:
    """Return the way out for this mail, not connected yet; ``SendError`` when there is none."""
    if mail.mailbox and mail.mailbox.sends_by != SendsBy.SMTP:
        return ApiTransport(mail.mailbox)
    if mailbox := mail.mailbox:
        server = server_of(mailbox)
        renew = (lambda: server_of(mailbox, refused=server.password)) if server.by_token else None
        return SmtpTransport(server, renew)
    try:
        provider = platform.provider()
        return EspTransport(provider) if isinstance(provider, esp.Esp) else SmtpTransport(provider)
    except ImproperlyConfigured as error:
        raise _unusable(str(error), "not_configured") from error


@contextlib.contextmanager
def kept() -> Iterator[Callable[[OutgoingMail], Transport]]:
    """Give a ``transport_for`` that keeps each account's connection until the end of the block.

    In a worker it is kept beyond that, for the next task (``pool``), as long as the account's server and
    login stay what they are.
    """
    transports: dict[int | None, Transport] = {}

    def get(mail: OutgoingMail) -> Transport:
        _refuse_foreign(mail)
        if mail.mailbox_id not in transports:
            transport = transports[mail.mailbox_id] = transport_for(mail)
            waiting = pool.take(_place(mail.mailbox_id, transport))
            if isinstance(transport, SmtpTransport) and isinstance(waiting, SmtpTransport):
                transport.take_over(waiting)
        return transports[mail.mailbox_id]

    try:
        yield get
    finally:
        for mailbox_id, transport in transports.items():
            if isinstance(transport, SmtpTransport) and transport.is_open:
                pool.put(_place(mailbox_id, transport), transport)
            else:
                transport.close()


def _place(mailbox_id: int | None, transport: Transport) -> Hashable:
    """What a kept connection is good for: one account, at this server, with this login."""
    return mailbox_id, getattr(transport, "server", None)


def return_path(mail: OutgoingMail) -> str:
    """Return MAIL FROM: where reports go, and whose SPF is asked.

    What the platform carries for a verified domain has the company's address with us, so that SPF
    passes, whose policy names our servers, and what bounces comes back to us.
    """
    _, _, domain = mail.envelope_sender.rpartition("@")
    if mail.mailbox_id is not None or not domain or domain.lower() in _platform_domains():
        return mail.envelope_sender
    return mail.company.recruiting_address


def _refuse_foreign(mail: OutgoingMail) -> None:
    """Raise ``SendError`` for a mail whose mailbox was deleted while it waited.

    The platform must not speak for a customer's address, unless its domain is verified.
    """
    _, _, domain = mail.envelope_sender.rpartition("@")
    if mail.mailbox_id is not None or not domain or domain.lower() in _platform_domains():
        return
    verified = SenderDomain.objects.filter(company=mail.company_id).exclude(verified_at=None)
    if not verified.filter(name__iexact=domain).exists():
        raise smtp.SendError(
            "The mailbox this mail was written from no longer exists.",
            code="mailbox_deleted",
            permanent=True,
        )


def server_of(mailbox: Mailbox, *, refused: str = "") -> smtp.Server:
    """Return where and how the mailbox sends; an account error when its settings do not tell.

    ``refused`` is a token that the server did not take.
    """
    if not mailbox.smtp_host:
        raise _unusable(NO_SERVER, "not_configured")
    password = mailbox.smtp_password
    by_token = not password and oauth.is_granted(mailbox)
    try:
        if by_token:
            password = oauth.access_token(mailbox, refused=refused)
        clear = password.reveal() if isinstance(password, Sealed) else password
    except DecryptionError as error:
        raise _unusable(UNREADABLE, "password_unreadable") from error
    except oauth.NoToken as error:
        raise _unusable(str(error), error.code) from error
    if mailbox.smtp_account and not clear:  # never an empty one, which counts as a wrong one
        raise _unusable("No password is stored for this account.", "password_missing")
    return smtp.Server(
        mailbox.smtp_host,
        mailbox.smtp_port,
        smtp.Encryption(mailbox.smtp_encryption),
        mailbox.smtp_account,
        clear,
        by_token,
    )


def api_of(mailbox: Mailbox, *, refused: str = "") -> mailapi.Api:
    """Return the API a mailbox sends by; an account error when there is no token. ``refused`` as above."""
    name: mailapi.Name = "graph" if mailbox.sends_by == SendsBy.GRAPH else "gmail"
    url = settings.GRAPH_URL if name == "graph" else settings.GMAIL_URL
    # Gmail lets an account send for itself alone; with Microsoft the mailbox may be a shared one.
    user = mailbox.address if name == "graph" else "me"
    try:
        token = oauth.access_token(mailbox, refused=refused, for_api=True)
    except DecryptionError as error:
        raise _unusable(UNREADABLE, "password_unreadable") from error
    except oauth.NoToken as error:
        raise _unusable(str(error), error.code) from error
    return mailapi.Api(name, url, user, token)


def way_out(mailbox: Mailbox) -> tuple[str, int]:
    """Return host and port at which the mailbox's mail is handed over; an empty host without a server."""
    if mailbox.sends_by == SendsBy.SMTP:
        return mailbox.smtp_host, mailbox.smtp_port
    url = urlsplit(settings.GRAPH_URL if mailbox.sends_by == SendsBy.GRAPH else settings.GMAIL_URL)
    return url.hostname or "", url.port or 443


def _allowed() -> None:
    """What there is to do before the message of a mail that may leave already."""


def _hung_up(error: smtp.SendError) -> bool:
    """Say whether a server ended the connection before DATA, as it does after so many mails."""
    ended = error.code == "connection_lost" or error.reply.startswith("421")
    return ended and error.stage in ("mail", "rcpt")


def _unusable(message: str, code: str) -> smtp.SendError:
    return smtp.SendError(message, code=code, account=True, stage="connect")


def _platform_domains() -> set[str]:
    """Return the domains in whose name the platform's provider sends."""
    system = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")
    return {settings.RECRUITING_DOMAIN.lower(), system.lower()}
