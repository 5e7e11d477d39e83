"""A large mail is sent from the bytes it was read into, not from copies of them."""

import tracemalloc

import pytest

from mailsettings.wire import smtp
from tests.mailservers import SmtpServer
from tests.mailsettings.wire.conftest import open_smtp
from tests.mailsettings.wire.test_smtp_transmit import ENVELOPE, nothing, received

LINE = b"QUJDRA" * 12 + b"\r\n"
HEADER = b"From: jobs@acme.example\r\nSubject: Photos\r\n\r\n"


@pytest.mark.parametrize("size", [smtp.CHUNK, smtp.CHUNK * 2 - 1, smtp.CHUNK * 2 + 1])
def test_end_of_a_mail_is_told_wherever_its_chunks_end(smtp_server: SmtpServer, size: int) -> None:
    raw = (HEADER + LINE * 1000)[: size - 2] + b"\r\n"
    assert len(raw) == size
    with open_smtp(smtp_server) as connection:
        smtp.transmit(connection, ENVELOPE, raw, before_data=nothing)
    assert received(smtp_server).raw == raw


def test_mail_of_twenty_megabytes_is_not_copied(
    smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = HEADER + LINE * (20 * 1024 * 1024 // len(LINE))
    with open_smtp(smtp_server) as connection:
        monkeypatch.setattr(connection, "send", lambda data: None)
        monkeypatch.setattr(connection, "getreply", lambda: (250, b"2.0.0 Ok"))
        tracemalloc.start()
        smtp._send_message(connection, raw, None)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        monkeypatch.undo()
    assert peak < 1024 * 1024
