"""Servers that drip: each byte comes in time, the answer never."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from mailsettings.wire import imap, smtp
from mailsettings.wire.imap import ImapError
from mailsettings.wire.smtp import SendError
from tests import drip
from tests.mailservers import DrippingScript, ImapServer, SmtpServer
from tests.mailsettings.wire.conftest import open_imap, open_smtp

ENVELOPE = smtp.Envelope("jobs@acme.example", ("cara@candidate.example",))
RAW = b"Subject: Hello\r\n\r\nGood day\r\n"
ESMTP = "250 mail.example.test"
OK = "250 ok"
SHORT = 0.2  # seconds


@pytest.fixture(autouse=True)
def prompt() -> Iterator[None]:
    """The deadline struck, not the end of the dripping."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < drip.END / 2


def send_in_vain(server: Any, reply_timeout: float | None = None, **options: Any) -> SendError:
    with pytest.raises(SendError) as caught, open_smtp(server, **options) as connection:
        smtp.transmit(
            connection, ENVELOPE, RAW, before_data=lambda: None, reply_timeout=reply_timeout
        )
    return caught.value


def read(server: Any, **options: Any) -> list[list[imap.Fetched]]:
    with open_imap(server, **options) as client:
        imap.open_folder(client, "INBOX")
        return list(imap.fetch_since(client, 0))


def read_in_vain(server: Any, **options: Any) -> ImapError:
    with pytest.raises(ImapError) as caught:
        read(server, **options)
    return caught.value


# ---- SMTP


@pytest.mark.parametrize(
    ("lines", "code", "stage"),
    [
        ((), "timeout_banner", "connect"),
        (("220 hello",), "timeout", "greeting"),
        (("220 hello", ESMTP), "timeout", "mail"),
        (("220 hello", ESMTP, OK), "timeout", "rcpt"),
        (("220 hello", ESMTP, OK, OK), "timeout", "data"),
    ],
)
def test_a_dripped_reply_counts_as_silence(lines: tuple[str, ...], code: str, stage: str) -> None:
    with DrippingScript(*lines) as server:
        error = send_in_vain(server, timeout=SHORT)
    assert (error.code, error.stage, error.unconfirmed) == (code, stage, False)


def test_a_dripped_last_word_is_unconfirmed() -> None:
    with DrippingScript("220 hello", ESMTP, OK, OK, "354 go on") as server:
        error = send_in_vain(server, reply_timeout=SHORT)
    assert (error.code, error.unconfirmed) == ("timeout", True)


@pytest.mark.parametrize(
    ("slow", "stages"),
    [
        # on a machine that stalls, the late reply is there when the deadline is looked at: it ends the next step
        ({"mail": 0.2, "rcpt": 0.8}, {"rcpt", "data"}),
        ({"rcpt": 0.2, "data": 0.8}, {"message"}),
    ],
)
def test_replies_in_time_do_not_add_up_for_ever(
    smtp_server: SmtpServer, slow: dict[str, float], stages: set[str]
) -> None:
    smtp_server.slow = slow
    error = send_in_vain(smtp_server, until=time.monotonic() + 0.4, reply_timeout=3)
    assert error.code == "timeout"
    assert error.stage in stages
    assert error.unconfirmed is (stages == {"message"})


def test_a_connection_whose_time_is_over_is_not_used_again(smtp_server: SmtpServer) -> None:
    with open_smtp(smtp_server) as connection:
        connection.until = time.monotonic()
        with pytest.raises(SendError):
            smtp.transmit(connection, ENVELOPE, RAW, before_data=lambda: None)
        connection.until = time.monotonic() + 5
        assert not smtp.is_alive(connection)


# ---- IMAP


def test_a_dripped_greeting_counts_as_silence() -> None:
    with DrippingScript() as server:
        error = read_in_vain(server, timeout=SHORT)
    assert (error.code, error.account) == ("timeout_banner", True)


@pytest.mark.parametrize(
    ("command", "begin"),
    [
        ("authenticate", "* OK "),
        ("examine", "* OK "),
        ("uid_search", "* SEARCH "),
        ("uid_fetch", "* 1 FETCH (UID 1 BODY[] {1000}\r\n"),
    ],
)
def test_a_dripped_answer_counts_as_silence(
    imap_server: ImapServer, command: str, begin: str
) -> None:
    imap_server.folders["INBOX"].add(RAW)
    imap_server.drip = {command: begin}
    error = read_in_vain(imap_server, timeout=SHORT)
    assert (error.code, error.account) == ("timeout", True)


def test_a_server_cannot_ask_for_the_password_for_ever(imap_server: ImapServer) -> None:
    imap_server.asks, imap_server.pace = 15, 0.1
    assert read_in_vain(imap_server, timeout=SHORT).code == "timeout"
    assert imap_server.told("EXAMINE") == []


def test_a_large_mail_may_take_its_time_while_it_comes(imap_server: ImapServer) -> None:
    raw = RAW + b"x" * 300_000
    imap_server.folders["INBOX"].add(raw)
    imap_server.pace = 0.1
    ((mail,),) = read(imap_server, timeout=SHORT)
    assert mail.raw == raw


def test_a_session_s_time_is_limited_all_the_same(imap_server: ImapServer) -> None:
    imap_server.folders["INBOX"].add(RAW + b"x" * 1_000_000)
    imap_server.pace = 0.1
    error = read_in_vain(imap_server, timeout=SHORT, budget=0.3)
    assert (error.code, error.account) == ("timeout", True)
