"""Sender and recipients in one write where the server offers it (RFC 2920), and DATA where it may leave."""

from collections.abc import Sequence

import pytest

from mailsettings.wire import smtp
from mailsettings.wire.smtp import Envelope, Reply, SendError
from tests.mailservers import Script, SmtpServer
from tests.mailsettings.wire.conftest import open_smtp
from tests.mailsettings.wire.test_smtp_transmit import (
    BOTH,
    CARA,
    DORA,
    RAW,
    nothing,
    outcome,
    received,
    send,
    send_in_vain,
)


@pytest.fixture
def pipelining(smtp_server: SmtpServer) -> SmtpServer:
    smtp_server.pipelining = True
    return smtp_server


def test_where_offered_sender_and_recipients_leave_in_one_write(
    pipelining: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_smtp(pipelining) as connection:
        written: list[int] = []
        plain = connection.ask_all

        def ask_all(lines: Sequence[str]) -> list[Reply]:
            written.append(len(lines))
            return plain(lines)

        monkeypatch.setattr(connection, "ask_all", ask_all)
        for _ in range(2):
            smtp.transmit(connection, BOTH, RAW, before_data=nothing)
    assert [mail.recipients for mail in pipelining.wait_for(2)] == [[CARA, DORA]] * 2
    assert written == [3, 3]  # DATA waits for its answer


def test_data_goes_along_once_the_message_may_leave(pipelining: SmtpServer) -> None:
    pipelining.rcpt = lambda who: "550 Unknown" if who == DORA else "250 Ok"
    with open_smtp(pipelining) as connection:
        receipt = smtp.transmit(connection, BOTH, RAW, before_data=None)
        with pytest.raises(SendError) as caught:
            smtp.transmit(connection, Envelope("a@b.example", (DORA,)), RAW, before_data=None)
        smtp.transmit(connection, BOTH, RAW, before_data=None)
    assert receipt.accepted == (CARA,)
    assert (caught.value.code, outcome(caught.value)) == ("recipient_refused", "permanent")
    assert [mail.recipients for mail in pipelining.wait_for(2)] == [[CARA]] * 2


def test_server_that_waits_for_a_message_to_nobody_gets_an_empty_one() -> None:
    lines = ("220 hi", "250-hi\r\n250 PIPELINING", "250 Ok", "550 5.1.1 No", "354 Go ahead")
    with Script(*lines, "554 5.5.1 Nobody", "250 Reset", "221 Bye") as script:
        with (
            open_smtp(script) as connection,
            pytest.raises(SendError) as caught,
        ):
            smtp.transmit(connection, Envelope("a@b.example", (CARA,)), RAW, before_data=None)
        assert caught.value.reply == "550 5.1.1 No"
    assert b"DATA\r\n.\r\nrset\r\nQUIT" in script.received.replace(b"RSET", b"rset")


def test_replies_after_a_refused_sender_are_read_too(pipelining: SmtpServer) -> None:
    pipelining.mail = lambda who: "550 Not you" if who.startswith("spam") else "250 Ok"
    with open_smtp(pipelining) as connection:
        bad = Envelope("spam@acme.example", (CARA, DORA))
        with pytest.raises(SendError) as caught:
            smtp.transmit(connection, bad, RAW, before_data=nothing)
        assert (caught.value.code, caught.value.reply) == ("sender_refused", "550 Not you")
        smtp.transmit(connection, BOTH, RAW, before_data=nothing)
    assert received(pipelining).recipients == [CARA, DORA]


def test_each_pipelined_recipient_has_an_answer_of_its_own(pipelining: SmtpServer) -> None:
    pipelining.rcpt = lambda who: "550 Unknown" if who == DORA else "250 Ok"
    receipt = send(pipelining, BOTH)
    assert (receipt.accepted, receipt.refused) == ((CARA,), {DORA: Reply(550, "Unknown")})


def test_421_amid_pipelined_commands_speaks_for_the_rest(pipelining: SmtpServer) -> None:
    pipelining.mail = "421 Going down"
    error = send_in_vain(pipelining, BOTH)
    assert (error.reply, outcome(error)) == ("421 Going down", "account")
