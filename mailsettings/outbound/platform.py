"""The platform's own provider: the setting EMAIL_URL, and Django's mail through it.

``smtp://`` (no TLS), ``smtps://`` and ``submission://`` (STARTTLS) name a server as
``user:password@host:port``, percent-encoded; ``anymail+<esp>://key:secret@`` an account at an ESP,
further options of Anymail as a query (``?sender_domain=…``).
"""

import functools
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from mailsettings.outbound.esp import CREDENTIALS, Esp
from mailsettings.wire import smtp

TIMEOUT = 20.0  # seconds; people wait for a password reset
SCHEMES = {
    "smtp": (smtp.Encryption.NONE, 25),
    "smtps": (smtp.Encryption.SSL, 465),
    "submission": (smtp.Encryption.STARTTLS, 587),
}


def provider() -> smtp.Server | Esp:
    """Return what EMAIL_URL names; ``ImproperlyConfigured`` says what is wrong with it."""
    return _read(settings.EMAIL_URL)


def check() -> None:
    """Raise ``ImproperlyConfigured`` if nothing can be sent through EMAIL_URL as it stands."""
    named = provider()
    if isinstance(named, Esp):
        named.connect()


@functools.cache
def _read(url: str) -> smtp.Server | Esp:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"EMAIL_URL is not a URL: {_without_secret(error)}.") from None
    if parts.scheme in SCHEMES:
        return _server(parts, port)
    if parts.scheme.startswith("anymail+"):
        return _esp(parts)
    raise ImproperlyConfigured(
        f"EMAIL_URL starts with “{parts.scheme or url[:4]}”; it must start with smtp://, smtps://, "
        "submission:// or anymail+<provider>://."
    )


def _without_secret(error: ValueError) -> str:
    """Return what urllib complains about, less what it quotes: that may be a part of the password."""
    return str(error).partition(":")[0].partition("'")[0].strip()


def _server(parts: SplitResult, port: int | None) -> smtp.Server:
    encryption, usual_port = SCHEMES[parts.scheme]
    if not parts.hostname:
        raise ImproperlyConfigured(
            f"EMAIL_URL names no host; write {parts.scheme}://user:password@host:{usual_port} "
            "and percent-encode what is special in user and password."
        )
    account, password = unquote(parts.username or ""), unquote(parts.password or "")
    return smtp.Server(parts.hostname, port or usual_port, encryption, account, password)


def _esp(parts: SplitResult) -> Esp:
    name = parts.scheme.removeprefix("anymail+").replace("-", "_")
    if name not in CREDENTIALS:
        known = ", ".join(sorted(CREDENTIALS)).replace("_", "-")
        raise ImproperlyConfigured(f"EMAIL_URL names an unknown provider; known are {known}.")
    needed = CREDENTIALS[name]
    given = [unquote(part) for part in (parts.username, parts.password) if part]
    if len(given) != len(needed):
        wanted = ":".join(needed)
        raise ImproperlyConfigured(
            f"EMAIL_URL must be {parts.scheme}://{wanted}@ for this provider."
        )
    options = dict(zip(needed, given, strict=True)) | dict(parse_qsl(parts.query))
    return Esp(name, tuple(options.items()))


class SystemMailBackend(BaseEmailBackend):
    """Django's EMAIL_BACKEND: invitations and password resets go through the platform, at once.

    Never through a customer's server, so a broken one locks nobody out. Raises ``SendError`` or
    Anymail's errors unless ``fail_silently``.
    """

    def __init__(self, fail_silently: bool = False, **_: Any) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send all; return how many were taken."""
        sendable = [message for message in email_messages if message.recipients()]
        try:
            where = provider()
            if isinstance(where, Esp):
                return int(where.connect().send_messages(sendable) or 0)
            return self._send_by_smtp(where, sendable)
        except Exception:
            if not self.fail_silently:
                raise
            return 0

    def _send_by_smtp(self, server: smtp.Server, messages: Sequence[EmailMessage]) -> int:
        with smtp.session(server, timeout=TIMEOUT, ehlo_name=settings.RECRUITING_DOMAIN) as session:
            for message in messages:
                recipients = tuple(parseaddr(one)[1] for one in message.recipients())
                envelope = smtp.Envelope(parseaddr(message.from_email)[1], recipients)
                raw = message.message().as_bytes()
                smtp.transmit(session, envelope, raw, before_data=lambda: None)
        return len(messages)
