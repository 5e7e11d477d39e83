"""Single requests to a mail provider's API, and what each answer means for a mail. See ``mailapi``."""

import dataclasses
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from mailsettings.wire import http
from mailsettings.wire.smtp_session import SendError

Name = Literal["graph", "gmail"]
# With 403 Gmail says that too much was sent, too.
TOO_MUCH = {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"}
THROTTLED = "The provider asks us to wait before we send more."
LONGEST_WAIT = 3600.0  # seconds
OF_ACCOUNT = {
    401: ("The provider does not accept our token.", "api_unauthorized", "auth"),
    403: ("The provider does not let us send from this account.", "api_forbidden", "mail"),
    404: ("The provider does not know this mailbox.", "api_mailbox_unknown", "mail"),
}


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


def ask(
    api: Api,
    method: str,
    path: str,
    body: bytes = b"",
    content_type: str = "",
    *,
    until: float,
    before_body: Callable[[], None] = lambda: None,
    keep: int = http.MAX_BODY,
    sends: bool = True,
) -> http.Answer:
    """Ask the API; return any answer, raise ``SendError`` where none came.

    ``sends``: the request makes a mail leave, so that without an answer nobody knows whether it did.
    ``until`` is of the monotonic clock.
    """
    headers = {"Authorization": f"Bearer {api.token}"}
    if content_type:
        headers["Content-Type"] = content_type
    url = api.url.rstrip("/") + path
    return call(
        method, url, body, headers, until=until, before_body=before_body, keep=keep, sends=sends
    )


def call(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    until: float,
    before_body: Callable[[], None] = lambda: None,
    keep: int = http.MAX_BODY,
    sends: bool,
) -> http.Answer:
    """Make one request as ``ask`` does, to any address."""
    left = max(until - time.monotonic(), 0.001)
    try:
        return http.request(
            method, url, body, headers, timeout=left, before_body=before_body, keep=keep
        )
    except http.HttpError as error:
        raise SendError(
            error.message,
            code=error.code,
            unconfirmed=error.left and sends,
            account=not error.left,
            stage="message" if error.left else "connect",
        ) from error


def refusal(answer: http.Answer, *, sends: bool = True) -> SendError:
    """Return what an answer other than consent amounts to; ``sends`` as above."""
    error = read(answer).get("error")
    error = error if isinstance(error, dict) else {}
    first: dict[str, Any] = next(iter(error.get("errors") or []), {})
    reason = str(first.get("reason") or error.get("code") or "")
    reply = f"{answer.status} {reason} {error.get('message') or answer.text}".strip()[:500]
    status = answer.status
    if status in (429, 503) or (status == 403 and reason in TOO_MUCH):
        return SendError(
            THROTTLED,
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
        too_large = status == 413 or reason == "ErrorMessageSizeExceeded"
        code = "message_too_large" if too_large else "message_refused"
        text = "The provider refused the mail."
        return SendError(text, code=code, reply=reply, permanent=True, stage="message")
    text = "The provider failed; whether it took the mail is not known."
    if not sends:
        text = "The provider failed before it had the whole mail."
    return SendError(text, code="api_failed", reply=reply, unconfirmed=sends, stage="message")


def unfit(message: str, code: str) -> SendError:
    """Return the error of a mail that cannot leave by this way."""
    return SendError(message, code=code, permanent=True, stage="mail")


def read(answer: http.Answer) -> dict[str, Any]:
    """Return the object an answer holds; an empty one where it holds none."""
    try:
        told = json.loads(answer.text or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_WAIT) if retry_after.isdecimal() else 0.0
