"""A mail too large for one request to Microsoft Graph: a draft, its files one by one, and then *send*.

The draft is made of the mail's own header and text, so that Message-ID and References stay. Until *send*
is asked for nothing can have left: what fails before may be tried again, and its draft is taken away. Where
the worker died the next attempt does that, which knows the draft by its Message-ID. From *send* on the rule
is that of every mail: without an answer nobody knows.
"""

import base64
import contextlib
import dataclasses
import json
import time
from collections.abc import Callable, Mapping
from email import message_from_bytes, policy
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from io import BytesIO
from urllib.parse import quote, urlencode

from mailsettings.wire import apicalls, http
from mailsettings.wire.apicalls import Api
from mailsettings.wire.smtp_session import SendError

REQUEST = 4 * 1024 * 1024  # bytes of one request to Graph
# From here on a file goes in pieces. Microsoft says 3 MB; seen were 3145611 bytes as the most one request
# takes, and 2097152 as the least for pieces (microsoftgraph/msgraph-sdk-java#52).
IN_PIECES = 3_000_000
PIECE = 3 * 1024 * 1024  # each below 4 MB, as Microsoft asks
LONGEST_DRAFT = 16 * 1024 * 1024  # bytes of the answer that repeats a draft's text
LONGEST_SESSION = 64 * 1024  # its address carries a token
CLEANING = 5.0  # seconds for taking a draft away
TOO_LARGE = "This mail is larger than the provider takes by this way."
# The header as it stands: Message-ID, References and Subject must not be folded anew.
AS_IT_IS = policy.SMTP.clone(refold_source="none")


@dataclasses.dataclass(frozen=True)
class File:
    name: str
    content_type: str
    content: bytes


def send(api: Api, mail: bytes, *, before_data: Callable[[], None], until: float) -> http.Answer:
    """Hand over a large mail; return the answer to *send*, whatever its status.

    Raises ``SendError`` as ``mailapi.send`` does, and with the codes large_mail_forbidden (the
    permission Mail.ReadWrite is missing) and draft_vanished (somebody else sent or removed it).
    """
    light, files = lighten(mail)
    box = f"/v1.0/users/{quote(api.user, safe='@')}"
    folder = f"{box}/messages"
    for left in _find_left(api, box, light, until):
        _remove(api, f"{folder}/{quote(left, safe='')}")
    draft = f"{folder}/{quote(_make(api, folder, light, until), safe='')}"
    try:
        for file in files:
            _attach(api, draft, file, until)
        answer = apicalls.ask(api, "POST", f"{draft}/send", until=until, before_body=before_data)
        if answer.status == 404:
            raise SendError(
                "The draft of this mail vanished before it was sent: somebody may have sent it.",
                code="draft_vanished",
                unconfirmed=True,
                stage="message",
            )
    except Exception as error:
        if not getattr(error, "unconfirmed", False):
            _remove(api, draft)
        raise
    if 300 <= answer.status < 500:
        _remove(api, draft)
    return answer


def lighten(mail: bytes) -> tuple[bytes, list[File]]:
    """Take the largest files out until the rest fits into one request; raise if it never does."""
    message = message_from_bytes(mail, policy=AS_IT_IS)
    most = REQUEST // 4 * 3
    files: list[File] = []
    if message.get_content_type() == "multipart/mixed":
        parts = [part for part in message.iter_parts() if isinstance(part, EmailMessage)]
        movable = [part for part in parts if part.is_attachment() and not part.is_multipart()]
        left = len(mail)
        for part in sorted(movable, key=lambda one: len(one.get_payload()), reverse=True):
            if left <= most:
                break
            left -= len(part.get_payload())
            parts.remove(part)
            content = part.get_payload(decode=True)
            name = part.get_filename() or "attachment"
            files.append(File(name, part.get_content_type(), bytes(content or b"")))
        message.set_payload([*parts])
    light = BytesIO()
    BytesGenerator(light, mangle_from_=False, policy=AS_IT_IS).flatten(message)
    if light.tell() > most:
        raise apicalls.unfit(TOO_LARGE, "message_too_large")
    return light.getvalue(), files


def _find_left(api: Api, box: str, light: bytes, until: float) -> list[str]:
    """Return the ids of drafts that earlier attempts at this mail have left.

    What was told to leave is in Drafts no more, and what was sent is no draft: neither is found.
    """
    message_id = str(BytesHeaderParser(policy=AS_IT_IS).parsebytes(light)["Message-ID"] or "")
    if not message_id:
        return []
    same = message_id.strip().replace("'", "''")
    asked = {"$filter": f"internetMessageId eq '{same}'", "$select": "id,isDraft"}
    path = f"{box}/mailFolders/drafts/messages?{urlencode(asked, quote_via=quote)}"
    answer = apicalls.ask(api, "GET", path, until=until, sends=False)
    if answer.status != 200:
        raise _refusal(answer)
    found = apicalls.read(answer).get("value") or []
    return [str(one["id"]) for one in found if one.get("isDraft") is True]


def _make(api: Api, folder: str, light: bytes, until: float) -> str:
    """Create the draft and return its id."""
    body = base64.b64encode(light)
    answer = apicalls.ask(
        api, "POST", folder, body, "text/plain", until=until, keep=LONGEST_DRAFT, sends=False
    )
    found = str(apicalls.read(answer).get("id") or "")
    if answer.status != 201 or not found:
        raise _refusal(answer)
    return found


def _attach(api: Api, draft: str, file: File, until: float) -> None:
    path = f"{draft}/attachments"
    if len(file.content) >= IN_PIECES:
        _upload(api, path, file, until)
        return
    told = {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": file.name,
        "contentType": file.content_type,
        "contentBytes": base64.b64encode(file.content).decode(),
    }
    _ask(api, path, told, until)


def _upload(api: Api, path: str, file: File, until: float) -> None:
    """Send a file in pieces, one after the other, to the address that Graph opens for it."""
    size = len(file.content)
    item = {
        "attachmentType": "file",
        "name": file.name,
        "size": size,
        "contentType": file.content_type,
    }
    answer = _ask(api, f"{path}/createUploadSession", {"AttachmentItem": item}, until)
    url = str(apicalls.read(answer).get("uploadUrl") or "")
    for start in range(0, size, PIECE):
        piece = file.content[start : start + PIECE]
        # The address itself lets us in; a token is not to be sent along.
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"bytes {start}-{start + len(piece) - 1}/{size}",
        }
        answer = apicalls.call("PUT", url, piece, headers, until=until, sends=False)
        is_last = start + len(piece) == size
        if answer.status not in ((200, 201) if is_last else (200, 202)):
            text = "The provider did not take a file of this mail."
            reply = f"{answer.status} {answer.text}"[:500]
            too_large = answer.status == 413 or "ErrorMessageSizeExceeded" in answer.text
            code = "message_too_large" if too_large else "api_failed"
            raise SendError(text, code=code, reply=reply, permanent=too_large, stage="message")


def _ask(api: Api, path: str, told: Mapping[str, object], until: float) -> http.Answer:
    body = json.dumps(told).encode()
    answer = apicalls.ask(
        api,
        "POST",
        path,
        body,
        "application/json",
        until=until,
        keep=LONGEST_SESSION,
        sends=False,
    )
    if answer.status not in (200, 201):
        raise _refusal(answer)
    return answer


def _refusal(answer: http.Answer) -> SendError:
    """Sending alone is allowed often enough: then small mails go on, and this one tells why it does not."""
    error = apicalls.refusal(answer, sends=False)
    if error.code != "api_forbidden":
        return error
    text = (
        "Microsoft lets us send only small mails from this mailbox: above 3 MB it wants the permission "
        "Mail.ReadWrite besides Mail.Send."
    )
    # Its own words alone, which people are shown, would not tell.
    reply = f"{text} {error.reply}"
    return SendError(
        text, code="large_mail_forbidden", reply=reply, permanent=True, stage="message"
    )


def _remove(api: Api, draft: str) -> None:
    """Take a draft away that nobody is to send by hand; where that fails it stays."""
    with contextlib.suppress(SendError):
        apicalls.ask(api, "DELETE", draft, until=time.monotonic() + CLEANING, sends=False)
