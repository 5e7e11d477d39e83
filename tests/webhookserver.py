"""A loopback server for webhooks: it keeps what is posted and answers what a test says."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebhookServer:
    """``status`` and ``headers`` are the answer to the next call; ``calls`` all that were made."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def start(self) -> "WebhookServer":
        knobs = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                knobs.calls.append(Call(self.path, headers, body))
                self.send_response(knobs.status)
                for name, value in knobs.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"Thank you")

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def webhook_server() -> Iterator[WebhookServer]:
    server = WebhookServer().start()
    yield server
    server.stop()
