"""Microsoft Graph's mail and Gmail's ``messages.send`` on loopback, as their documentation has them."""

import base64
import binascii
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

Answer = tuple[int, dict[str, Any], dict[str, str]]
GRAPH_401 = {"error": {"code": "InvalidAuthenticationToken", "message": "Access token is empty."}}
GMAIL_401 = {"error": {"code": 401, "message": "Invalid Credentials", "status": "UNAUTHENTICATED"}}


@dataclass
class MailApiServer:
    """``tokens`` are those it takes; ``refusal`` is its answer to all else; ``hangs_up`` once it has the mail.

    ``paths`` is what it was asked for, ``mails`` what it took, ``drafts`` what was made and not sent.
    ``refusals`` and ``hangs_up_at`` are for single requests, named as ``PUT upload`` and ``POST send``.
    """

    tokens: set[str] = field(default_factory=set)
    refusal: Answer | None = None
    hangs_up: bool = False
    refusals: dict[str, Answer] = field(default_factory=dict)
    hangs_up_at: str = ""
    smallest: int = 2097152  # bytes of a file that may come in pieces
    drafts: dict[str, EmailMessage] = field(default_factory=dict)
    pieces: dict[str, bytearray] = field(default_factory=dict)
    _uploads: dict[str, tuple[EmailMessage, dict[str, Any]]] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)

    def start(self) -> "MailApiServer":
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.paths.append(path)
        if "/upload-session/" in path:  # its address lets in, a token is not to be sent
            assert "authorization" not in headers
            return self.refusals.get(f"{method} upload") or self._piece(path, headers, body)
        is_graph = path.startswith("/v1.0/")
        if headers["authorization"].removeprefix("Bearer ") not in self.tokens:
            return 401, GRAPH_401 if is_graph else GMAIL_401, {}
        if refusal := self.refusal or self.refusals.get(f"{method} {_last(path)}"):
            return refusal
        if len(body) > 4 * 1024 * 1024 and is_graph:
            return 413, {"error": {"code": "RequestEntityTooLarge", "message": "Too large."}}, {}
        if method == "GET":
            return self._find(path)
        if found := re.search(r"/messages(?:/([^/]+))?(?:/(.+))?$", path) if is_graph else None:
            return self._draft(method, found[1] or "", found[2] or "", headers, body)
        return self._graph(headers, body) if is_graph else self._gmail(headers, body)

    def _graph(self, headers: dict[str, str], body: bytes) -> Answer:
        mail = _decode(headers, body)
        if mail is None:
            return BAD_BASE64
        self.mails.append(mail)
        return 202, {}, {"request-id": f"request-{len(self.mails)}"}

    def _find(self, path: str) -> Answer:
        where, _, query = path.partition("?")
        assert where.endswith("/mailFolders/drafts/messages")
        wanted = re.fullmatch(r"internetMessageId eq '(.+)'", parse_qs(query)["$filter"][0])
        assert wanted
        same = [name for name, one in self.drafts.items() if one["Message-ID"] == wanted[1]]
        return 200, {"value": [{"id": name, "isDraft": True} for name in same]}, {}

    def _draft(
        self, method: str, name: str, what: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        if not name:
            mail = _decode(headers, body)
            if mail is None:
                return BAD_BASE64
            name = f"AAMk{len(self.paths)}="
            self.drafts[name] = mail
            text = mail.get_body(("plain",)).get_content() * 20  # the text stands in the answer
            return 201, {"body": {"content": text}, "id": name}, {}
        draft = self.drafts.get(name.replace("%3D", "="))
        if draft is None:
            return 404, {"error": {"code": "ErrorItemNotFound"}}, {}
        told = json.loads(body) if body else {}
        if method == "DELETE":
            del self.drafts[name.replace("%3D", "=")]
            return 204, {}, {}
        if what == "send":
            assert not body
            self.mails.append(self.drafts.pop(name.replace("%3D", "=")))
            return 202, {}, {"request-id": f"request-{len(self.mails)}"}
        if what == "attachments":
            assert told["@odata.type"] == "#microsoft.graph.fileAttachment"
            _add(draft, told, base64.b64decode(told["contentBytes"]))
            return 201, {"id": "attachment", "contentBytes": told["contentBytes"]}, {}
        assert what == "attachments/createUploadSession"
        assert told["AttachmentItem"]["attachmentType"] == "file"
        if told["AttachmentItem"]["size"] < self.smallest:
            return 400, {"error": {"code": "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"}}, {}
        key = f"/upload-session/{len(self.paths)}?authtoken={'x' * 3000}"
        self.pieces[key] = bytearray()
        self._uploads[key] = draft, told["AttachmentItem"]
        return 201, {"uploadUrl": self.url + key, "nextExpectedRanges": ["0-"]}, {}

    def _piece(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        draft, item = self._uploads[path]
        got = self.pieces[path]
        assert headers["content-range"] == (
            f"bytes {len(got)}-{len(got) + len(body) - 1}/{item['size']}"
        )
        assert len(body) < 4 * 1024 * 1024
        got += body
        if len(got) < item["size"]:
            return 200, {"nextExpectedRanges": [str(len(got))]}, {}
        _add(draft, item, bytes(got))
        return 201, {}, {"Location": f"{self.url}/attachment"}

    def _gmail(self, headers: dict[str, str], body: bytes) -> Answer:
        assert headers["content-type"] == "message/rfc822"
        mail = _parse(body)
        if not any(mail[name] for name in ("To", "Cc", "Bcc")):
            return 400, {"error": {"code": 400, "message": "Recipient address required"}}, {}
        self.mails.append(mail)
        return 200, {"id": f"gmail-{len(self.mails)}", "labelIds": ["SENT"]}, {}


BAD_BASE64: Answer = (
    400,
    {
        "error": {
            "code": "ErrorMimeContentInvalidBase64String",
            "message": "Invalid base64 string for MIME content.",
        }
    },
    {},
)


def _last(path: str) -> str:
    """What a request is about: the end of its path."""
    return path.partition("?")[0].rpartition("/")[2]


def _decode(headers: dict[str, str], body: bytes) -> EmailMessage | None:
    assert headers["content-type"] == "text/plain"
    try:
        return _parse(base64.b64decode(body, validate=True))
    except binascii.Error:
        return None


def _add(draft: EmailMessage, told: dict[str, Any], content: bytes) -> None:
    main, _, sub = told["contentType"].partition("/")
    draft.add_attachment(content, maintype=main, subtype=sub, filename=told["name"])


def _parse(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _handler(server: MailApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            told = {name.lower(): value for name, value in self.headers.items()}
            status, answer, headers = server.answer(self.command, self.path, told, body)
            at = f"{self.command} {_last(self.path)}"
            if server.hangs_up or server.hangs_up_at == at:
                self.close_connection = True
                return
            text = json.dumps(answer).encode() if answer else b""
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 -- as http.server calls them

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def mail_api() -> Iterator[MailApiServer]:
    server = MailApiServer().start()
    yield server
    server.stop()
