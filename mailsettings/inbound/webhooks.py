"""The webhook door: providers post inbound mail, Anymail reads each one's dialect, the spool keeps it.

Anymail answers 200 when ``receive`` returns; when it raises, the provider gets a 500 and posts again.
"""

import email.policy
from typing import Any

from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils.crypto import salted_hmac

from mailsettings.inbound import spool
from mailsettings.models import IncomingMail


def receive(sender: object, *, event: AnymailInboundEvent, **_: Any) -> None:  # noqa: ARG001 -- Django's signature
    """Store the mail of an inbound event; receiver of ``anymail.signals.inbound``.

    Anymail checks the secret; where none is set anybody could post, so nothing is taken.
    """
    if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise PermissionDenied("set ANYMAIL_WEBHOOK_SECRET to receive mail by webhook")
    message = event.message
    recipient = message.envelope_recipient or ""
    spool.store(
        IncomingMail.Door.WEBHOOK,
        _to_bytes(message),
        envelope_sender=message.envelope_sender or "",
        envelope_recipients=[part.strip() for part in recipient.split(",") if part.strip()],
    )


def _to_bytes(message: AnymailInboundMessage) -> bytes:
    """Return the raw mail; the same for the same event, so that a repeated post is known again.

    Providers that post fields instead of a raw mail leave the boundaries to us; random ones would make
    every post a new mail. They are keyed, because the writer must not be able to guess them.
    """
    for number, part in enumerate(message.walk()):
        if part.is_multipart() and part.get_boundary() is None:
            identity = f"{message['Message-ID']} {message['Date']} {number}"
            part.set_boundary(f"=_{salted_hmac('boundary', identity).hexdigest()}")
    try:
        return bytes(message.as_bytes(policy=email.policy.SMTP))
    except (UnicodeError, ValueError, LookupError):
        # Headers the modern policy refuses to fold; the older one copies them as they are.
        return bytes(message.as_bytes(policy=email.policy.compat32))
