"""A world outside of each test's own, and its servers on free ports."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from ats.sandbox import boxes, server
from tests.servers import places

LETTER = (
    b"From: Mia Candidate <mia.candidate@mail.example>\r\n"
    b"To: jobs@acme.example\r\n"
    b"Subject: =?utf-8?q?Bewerbung_f=C3=BCr?=\r\n =?utf-8?q?_Berlin?=\r\n"
    b"Message-ID: <letter-1@mail.example>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b"Gr\xc3\xbc\xc3\x9fe \r\n.\r\n..dots\r\nFrom here\r\n"
)


@dataclass(frozen=True)
class Servers:
    smtp: int
    imap: int


@pytest.fixture
def outside(settings: Settings, tmp_path: Path) -> Path:
    """The directory of a world in which nothing has happened yet."""
    settings.VAR_DIR = tmp_path
    settings.DEBUG = True
    return boxes.root()


@pytest.fixture
def servers(outside: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    """SMTP and IMAP of the world, trusted by this test's connections."""
    ports = Servers(*places.free_ports(2))
    ready, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()
    running = server.serve(smtp_port=ports.smtp, imap_port=ports.imap, ready=ready.set, stop=stop)
    thread = threading.Thread(target=lambda: loop.run_until_complete(running))
    thread.start()
    assert ready.wait(20)
    monkeypatch.setenv("SSL_CERT_FILE", str(outside / "tls" / "trust.pem"))
    yield ports
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)
    loop.close()
