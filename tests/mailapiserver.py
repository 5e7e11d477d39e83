"""Microsoft Graph's ``sendMail`` and Gmail's ``messages.send`` on loopback, as their documentation has them."""

import base64
import binascii
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answer = tuple[int, dict[str, Any], dict[str, str]]
GRAPH_401 = {"error": {"code": "InvalidAuthenticationToken", "message": "Access token is empty."}}
GMAIL_401 = {"error": {"code": 401, "message": "Invalid Credentials", "status": "UNAUTHENTICATED"}}


@dataclass
class MailApiServer:
    """``tokens`` are those it takes; ``refusal`` is its answer to all else; ``hangs_up`` once it has the mail.

    ``paths`` is what it was asked for, ``mails`` what it took.
    """

    tokens: set[str] = field(default_factory=set)
    refusal: Answer | None = None
    hangs_up: bool = False
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

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.paths.append(path)
        is_graph = path.endswith("/sendMail")
        if headers["authorization"].removeprefix("Bearer ") not in self.tokens:
            return 401, GRAPH_401 if is_graph else GMAIL_401, {}
        if self.refusal:
            return self.refusal
        return self._graph(headers, body) if is_graph else self._gmail(headers, body)

    def _graph(self, headers: dict[str, str], body: bytes) -> Answer:
        assert headers["content-type"] == "text/plain"
        try:
            raw = base64.b64decode(body, validate=True)
        except binascii.Error:
            why = "Invalid base64 string for MIME content."
            return (
                400,
                {"error": {"code": "ErrorMimeContentInvalidBase64String", "message": why}},
                {},
            )
        self.mails.append(_parse(raw))
        return 202, {}, {"request-id": f"request-{len(self.mails)}"}

    def _gmail(self, headers: dict[str, str], body: bytes) -> Answer:
        assert headers["content-type"] == "message/rfc822"
        mail = _parse(body)
        if not any(mail[name] for name in ("To", "Cc", "Bcc")):
            return 400, {"error": {"code": 400, "message": "Recipient address required"}}, {}
        self.mails.append(mail)
        return 200, {"id": f"gmail-{len(self.mails)}", "labelIds": ["SENT"]}, {}


def _parse(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _handler(server: MailApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = {name.lower(): value for name, value in self.headers.items()}
            status, answer, headers = server.answer(self.path, told, body)
            if server.hangs_up:
                self.close_connection = True
                return
            text = json.dumps(answer).encode() if answer else b""
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def mail_api() -> Iterator[MailApiServer]:
    server = MailApiServer().start()
    yield server
    server.stop()
