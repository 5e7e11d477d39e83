"""Handing a mail over by HTTP: Microsoft Graph (``sendMail`` with MIME) and the Gmail API (``messages.send``).

For tenants in which SMTP is switched off. As with SMTP the point is to know how far a mail got: once its
last byte has left, only an answer tells, and where none comes the outcome is *unconfirmed*. Both take
the recipients from the header, so it names everybody of the envelope and nobody else.
"""

import base64
import dataclasses
import json
from collections.abc import Callable, Mapping
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from mailsettings.wire import http
from mailsettings.wire.smtp import FORBIDDEN_IN_ADDRESS, Envelope
from mailsettings.wire.smtp_session import SendError

Name = Literal["graph", "gmail"]
LIMIT: Mapping[Name, int] = {"graph": 4 * 1024 * 1024, "gmail": 35 * 1024 * 1024}  # of a body
PATH: Mapping[Name, str] = {
    "graph": "/v1.0/users/{user}/sendMail",
    "gmail": "/upload/gmail/v1/users/{user}/messages/send?uploadType=media",
}
TYPE: Mapping[Name, str] = {"graph": "text/plain", "gmail": "message/rfc822"}
# What both refuse for its form alone, so that nothing is sent: no base64, and a mail to nobody.
UNSENDABLE: Mapping[Name, bytes] = {"graph": b"!", "gmail": b"Subject: test\r\n\r\n"}
# With 403 Gmail says that too much was sent, too.
TOO_MUCH = {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"}
LONGEST_WAIT = 3600.0  # seconds


@dataclasses.dataclass(frozen=True)
class Api:
    """A provider's API, and the account for which ``token`` lets us in."""

    name: Name
    url: str
    user: str
    token: str = dataclasses.field(repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


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

    ``before_data`` is called once the connection stands; what it raises goes through and nothing is
    sent. Raises ``SendError`` with the codes of ``http.HttpError``, address_invalid, recipients_differ,
    message_too_large, message_refused, api_unauthorized, api_forbidden, api_mailbox_unknown,
    api_throttled and api_failed.
    """
    mail = _address(envelope, raw)
    body = base64.b64encode(mail) if api.name == "graph" else mail
    if len(body) > LIMIT[api.name]:
        raise _unfit(
            "This mail is larger than the provider takes by this way.", "message_too_large"
        )
    answer = _post(api, body, timeout, before_data)
    if answer.status not in (200, 202):
        raise _refusal(answer)
    named = str(_read(answer).get("id") or answer.headers.get("request-id", ""))
    return Taken(f"{answer.status} {named}".strip(), named)


def rehearse(api: Api, *, timeout: float) -> None:
    """Ask with what cannot be sent: it is refused for its form only if token and account are right."""
    answer = _post(api, UNSENDABLE[api.name], timeout, lambda: None)
    if answer.status != 400:
        raise _refusal(answer)


def _post(api: Api, body: bytes, timeout: float, before_body: Callable[[], None]) -> http.Answer:
    url = api.url.rstrip("/") + PATH[api.name].format(user=quote(api.user, safe="@"))
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": TYPE[api.name]}
    try:
        return http.post(url, body, headers, timeout=timeout, before_body=before_body)
    except http.HttpError as error:
        raise SendError(
            error.message,
            code=error.code,
            unconfirmed=error.left,
            account=not error.left,
            stage="message" if error.left else "connect",
        ) from error


def _address(envelope: Envelope, raw: bytes) -> bytes:
    """Return the mail with a Bcc for whom the header does not name; raise if it names others."""
    if any(FORBIDDEN_IN_ADDRESS.search(one) or not one for one in envelope.recipients):
        raise _unfit("An address of this mail is not valid.", "address_invalid")
    header = BytesHeaderParser().parsebytes(raw)
    lines = [str(line) for name in ("To", "Cc", "Bcc") for line in header.get_all(name, [])]
    named = {address.lower() for _name, address in getaddresses(lines) if address}
    if named - {one.lower() for one in envelope.recipients}:
        # It would reach those again who have it already.
        raise _unfit("By this way a mail cannot go to some of its recipients.", "recipients_differ")
    hidden = [one for one in envelope.recipients if one.lower() not in named]
    return f"Bcc: {', '.join(hidden)}\r\n".encode() + raw if hidden else raw


def _unfit(message: str, code: str) -> SendError:
    return SendError(message, code=code, permanent=True, stage="mail")


def _refusal(answer: http.Answer) -> SendError:
    """Return what an answer other than consent amounts to."""
    error = _read(answer).get("error")
    error = error if isinstance(error, dict) else {}
    first: dict[str, Any] = next(iter(error.get("errors") or []), {})
    reason = str(first.get("reason") or error.get("code") or "")
    reply = f"{answer.status} {reason} {error.get('message') or answer.text}".strip()[:500]
    status = answer.status
    if status in (429, 503) or (status == 403 and reason in TOO_MUCH):
        return SendError(
            "The provider asks us to wait before we send more.",
            code="api_throttled",
            reply=reply,
            account=True,
            stage="data",
            retry_after=_seconds(answer.headers.get("retry-after", "")),
        )
    if status in OF_ACCOUNT:
        message, code, stage = OF_ACCOUNT[status]
        return SendError(message, code=code, reply=reply, account=True, stage=stage)
    if 300 <= status < 500:
        code = "message_too_large" if status == 413 else "message_refused"
        text = "The provider refused the mail."
        return SendError(text, code=code, reply=reply, permanent=True, stage="message")
    text = "The provider failed; whether it took the mail is not known."
    return SendError(text, code="api_failed", reply=reply, unconfirmed=True, stage="message")


OF_ACCOUNT = {
    401: ("The provider does not accept our token.", "api_unauthorized", "auth"),
    403: ("The provider does not let us send from this account.", "api_forbidden", "mail"),
    404: ("The provider does not know this mailbox.", "api_mailbox_unknown", "mail"),
}


def _read(answer: http.Answer) -> dict[str, Any]:
    try:
        told = json.loads(answer.text or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_WAIT) if retry_after.isdecimal() else 0.0
