"""Handing a mail over by HTTP: Microsoft Graph (``sendMail`` with MIME) and the Gmail API (``messages.send``).

For tenants in which SMTP is switched off. As with SMTP the point is to know how far a mail got: once its
last byte has left, only an answer tells, and where none comes the outcome is *unconfirmed*. Both take
the recipients from the header, so it names everybody of the envelope and nobody else. What is too large
for one request to Graph goes as a draft (``graphdrafts``).
"""

import base64
import dataclasses
import time
from collections.abc import Callable, Mapping
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from urllib.parse import quote

from mailsettings.wire import apicalls, graphdrafts
from mailsettings.wire.apicalls import Api, Name
from mailsettings.wire.smtp import FORBIDDEN_IN_ADDRESS, Envelope

__all__ = ["Api", "Name", "Taken", "rehearse", "send"]

LIMIT: Mapping[Name, int] = {"graph": graphdrafts.REQUEST, "gmail": 35 * 1024 * 1024}  # of a body
PATH: Mapping[Name, str] = {
    "graph": "/v1.0/users/{user}/sendMail",
    "gmail": "/upload/gmail/v1/users/{user}/messages/send?uploadType=media",
}
TYPE: Mapping[Name, str] = {"graph": "text/plain", "gmail": "message/rfc822"}
# What both refuse for its form alone, so that nothing is sent: no base64, and a mail to nobody.
UNSENDABLE: Mapping[Name, bytes] = {"graph": b"!", "gmail": b"Subject: test\r\n\r\n"}


@dataclasses.dataclass(frozen=True)
class Taken:
    """The provider took the mail; ``provider_id`` is its own name of mail or request."""

    reply: str
    provider_id: str


def send(
    api: Api,
    envelope: Envelope,
    raw: bytes,
    *,
    before_data: Callable[[], None],
    timeout: float,
) -> Taken:
    """Hand one mail over; returning means that the provider took it for all recipients.

    ``before_data`` is called before the request by which the mail leaves; what it raises goes through
    and nothing is sent. ``timeout`` is for everything together.

    Raises ``SendError`` with the codes of ``http.HttpError``, address_invalid, recipients_differ,
    message_too_large, message_refused, api_unauthorized, api_forbidden, api_mailbox_unknown,
    api_throttled, api_failed, and those of ``graphdrafts.send``.
    """
    until = time.monotonic() + timeout
    mail = _address(envelope, raw)
    body = base64.b64encode(mail) if api.name == "graph" else mail
    if len(body) <= LIMIT[api.name]:
        path = PATH[api.name].format(user=quote(api.user, safe="@"))
        answer = apicalls.ask(
            api, "POST", path, body, TYPE[api.name], until=until, before_body=before_data
        )
    elif api.name == "graph":
        answer = graphdrafts.send(api, mail, before_data=before_data, until=until)
    else:
        raise apicalls.unfit(graphdrafts.TOO_LARGE, "message_too_large")
    if answer.status not in (200, 202):
        raise apicalls.refusal(answer)
    named = str(apicalls.read(answer).get("id") or answer.headers.get("request-id", ""))
    return Taken(f"{answer.status} {named}".strip(), named)


def rehearse(api: Api, *, timeout: float) -> None:
    """Ask with what cannot be sent: it is refused for its form only if token and account are right."""
    path = PATH[api.name].format(user=quote(api.user, safe="@"))
    until = time.monotonic() + timeout
    answer = apicalls.ask(api, "POST", path, UNSENDABLE[api.name], TYPE[api.name], until=until)
    if answer.status != 400:
        raise apicalls.refusal(answer)


def _address(envelope: Envelope, raw: bytes) -> bytes:
    """Return the mail with a Bcc for whom the header does not name; raise if it names others."""
    if any(FORBIDDEN_IN_ADDRESS.search(one) or not one for one in envelope.recipients):
        raise apicalls.unfit("An address of this mail is not valid.", "address_invalid")
    header = BytesHeaderParser().parsebytes(raw)
    lines = [str(line) for name in ("To", "Cc", "Bcc") for line in header.get_all(name, [])]
    named = {address.lower() for _name, address in getaddresses(lines) if address}
    if named - {one.lower() for one in envelope.recipients}:
        # It would reach those again who have it already.
        text = "By this way a mail cannot go to some of its recipients."
        raise apicalls.unfit(text, "recipients_differ")
    hidden = [one for one in envelope.recipients if one.lower() not in named]
    return f"Bcc: {', '.join(hidden)}\r\n".encode() + raw if hidden else raw
