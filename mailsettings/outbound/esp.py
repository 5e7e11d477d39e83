"""Sending through the API of an email service provider (ESP) by Anymail.

The ESP builds the mail itself, so it is told what the stored bytes say: texts, attachments, and the
headers that replies and our own recognition rely on.
"""

import dataclasses
import email.policy
from collections.abc import Callable, Iterator
from email import encoders
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.parser import BytesParser
from typing import Any, NoReturn

import urllib3
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
)
from anymail.message import AnymailMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from mailsettings.mime import flowed
from mailsettings.wire import smtp

# Credentials of each ESP in the order in which they stand in the URL, by Anymail's names.
CREDENTIALS: dict[str, tuple[str, ...]] = {
    "brevo": ("api_key",),
    "mailersend": ("api_token",),
    "mailgun": ("api_key",),
    "mailjet": ("api_key", "secret_key"),
    "mailtrap": ("api_token",),
    "mandrill": ("api_key",),
    "postal": ("api_key",),
    "postmark": ("server_token",),
    "resend": ("api_key",),
    "scaleway": ("project_id", "secret_key"),
    "sparkpost": ("api_key",),
    "unisender_go": ("api_key",),
}
# Said in other ways, or the ESP's own business.
NOT_COPIED = {"from", "to", "cc", "bcc", "subject", "reply-to", "date", "mime-version"}
REFUSED = {"invalid", "rejected", "failed"}
# urllib3's reasons for a request that never left: no such name, no connection, no TLS.
NEVER_LEFT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.SSLError,
)


@dataclasses.dataclass(frozen=True)
class Esp:
    """One account at an ESP; ``options`` are Anymail's, credentials among them."""

    name: str
    options: tuple[tuple[str, str], ...] = dataclasses.field(repr=False)

    def connect(self) -> Any:
        """Return Anymail's connection; ``ImproperlyConfigured`` when an option is missing."""
        options: dict[str, Any] = dict(self.options)
        try:
            return get_connection(f"anymail.backends.{self.name}.EmailBackend", **options)
        except ImproperlyConfigured as error:
            raise ImproperlyConfigured(
                "EMAIL_URL lacks something this provider needs; write it as a query, such as "
                f"?api_url=https://…, in lower case and without the provider's name. Anymail says: {error}"
            ) from error


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the ESP said: its own id for the mail, and why it will not send to some recipients.

    ``recipient_ids``: where it gives each recipient an id of its own.
    """

    provider_id: str
    refused: dict[str, str]
    recipient_ids: dict[str, str] = dataclasses.field(default_factory=dict)


def send(
    connection: Any, envelope: smtp.Envelope, raw: bytes, *, before_data: Callable[[], None]
) -> Answer:
    """Hand one mail to the ESP; ``SendError`` with the same meaning as from an SMTP server."""
    message = message_from(raw, envelope)
    before_data()
    try:
        connection.send_messages([message])
    except AnymailRecipientsRefused as error:
        raise _failure("The provider refused the recipients.", error, permanent=True) from error
    except AnymailAPIError as error:
        _explain(error)
    except AnymailConfigurationError as error:
        raise _failure("The provider is not set up properly.", error, account=True) from error
    except AnymailError as error:  # raised while the request was being built
        raise _failure("The provider cannot send such a mail.", error, permanent=True) from error
    status = message.anymail_status
    refused = {
        address: f"{one.status}"
        for address, one in status.recipients.items()
        if one.status in REFUSED
    }
    ids = {address: str(one.message_id or "") for address, one in status.recipients.items()}
    return Answer(_one_id(status.message_id), refused, ids if len(set(ids.values())) > 1 else {})


def message_from(raw: bytes, envelope: smtp.Envelope) -> AnymailMessage:
    """Return Django's form of a stored mail, for those it has still to reach."""
    parsed = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(raw)
    named = {name: _addresses(parsed, name, envelope) for name in ("To", "Cc")}
    visible = {address for pairs in named.values() for address, _ in pairs}
    hidden = [one for one in envelope.recipients if one.lower() not in visible]
    to, cc = ([shown for _, shown in named[name]] for name in ("To", "Cc"))
    if not to:  # who remains of a mail that was sent in part; no API takes a mail to nobody
        to, cc, hidden = (cc, [], hidden) if cc else (hidden, [], [])
    message = AnymailMessage(
        subject=str(parsed["Subject"] or ""),
        from_email=str(parsed["From"]),
        to=to,
        cc=cc,
        bcc=hidden,
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={
            name: str(value)
            for name, value in parsed.items()
            if name.lower() not in NOT_COPIED and not name.lower().startswith("content-")
        },
    )
    _copy_content(parsed, message)
    return message


def _addresses(parsed: EmailMessage, name: str, envelope: smtp.Envelope) -> list[tuple[str, str]]:
    """Return (address, address with name) of those in a header who are in the envelope."""
    wanted = {address.lower() for address in envelope.recipients}
    header = parsed[name]
    found = header.addresses if header else ()
    return [(one.addr_spec.lower(), str(one)) for one in found if one.addr_spec.lower() in wanted]


def _copy_content(parsed: EmailMessage, message: AnymailMessage) -> None:
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    # Its API knows plain text only as it is, without soft line breaks.
    text = plain.get_content().replace("\r\n", "\n") if plain else ""
    message.body = flowed.unflow(text, delete_space=False)
    if html:
        message.attach_alternative(html.get_content(), "text/html")
    for part in _leaves(parsed):
        if part is plain or part is html:
            continue
        if part.get_content_type() == "text/calendar" and not part.get_filename():
            method = part.get_param("method") or "REQUEST"
            message.attach_alternative(part.get_content(), f"text/calendar; method={method}")
        else:
            message.attach(_attachment(part))


def _leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts that are no containers; a forwarded mail is one part."""
    if part.get_content_maintype() != "multipart":
        yield part
        return
    for inner in part.iter_parts():
        yield from _leaves(inner)  # type: ignore[arg-type]  # typeshed knows only the base class


def _attachment(part: EmailMessage) -> MIMEBase:
    """Return a part in the older class that Django's EmailMessage takes as it is."""
    if part.get_content_maintype() == "message":
        content = part.get_content().as_bytes()
    else:
        content = part.get_payload(decode=True)
    attachment = MIMEBase(part.get_content_maintype(), part.get_content_subtype())
    attachment.set_payload(content)
    encoders.encode_base64(attachment)
    if part["Content-ID"]:
        attachment["Content-ID"] = str(part["Content-ID"])
    disposition = part.get_content_disposition() or "attachment"
    attachment.add_header("Content-Disposition", disposition, filename=part.get_filename() or "")
    return attachment


def _explain(error: AnymailAPIError) -> NoReturn:
    """Raise what a failed request means. Where the ESP may hold the mail only people may go on."""
    code = error.status_code
    if code is None and _never_left(error):
        raise _failure("The provider cannot be reached.", error, account=True) from error
    if code in (401, 403):
        raise _failure("The provider refused our credentials.", error, account=True) from error
    if code in (429, 503):
        raise _failure("The provider takes no mail at the moment.", error) from error
    if code is not None and 400 <= code < 500:
        raise _failure("The provider refused the mail.", error, permanent=True) from error
    raise _failure("The provider did not confirm the mail.", error, unconfirmed=True) from error


def _never_left(error: BaseException) -> bool:
    """Say whether the chain of causes names a request that was never written."""
    reason: Any = error.__cause__ or error
    inner = reason.args[0] if reason.args else None
    return isinstance(inner, NEVER_LEFT) or isinstance(getattr(inner, "reason", None), NEVER_LEFT)


def _failure(
    message: str,
    error: AnymailError,
    *,
    permanent: bool = False,
    unconfirmed: bool = False,
    account: bool = False,
) -> smtp.SendError:
    """Return the error with the ESP's answer, not Anymail's text: that quotes the whole request."""
    response = getattr(error, "response", None)
    return smtp.SendError(
        message,
        code="provider",
        reply=f"{response.status_code} {response.text}"[:1000] if response is not None else "",
        permanent=permanent,
        unconfirmed=unconfirmed,
        account=account,
        stage="connect" if account else "message",
    )


def _one_id(message_id: str | set[str | None] | None) -> str:
    """Return the ESP's id; some give one for each recipient, of which the first by name will do."""
    ids = message_id if isinstance(message_id, set) else {message_id}
    return min((one for one in ids if one), default="")
