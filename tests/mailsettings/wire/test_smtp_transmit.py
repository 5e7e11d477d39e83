"""How far a mail got, told from what the server said and did."""

from collections.abc import Callable

import pytest

from mailsettings.wire import smtp
from mailsettings.wire.smtp import Envelope, Receipt, Reply, SendError
from tests.mailservers import ReceivedMail, Script, SmtpServer
from tests.mailsettings.wire.conftest import open_smtp

RAW = b"From: jobs@acme.example\r\nSubject: Hello\r\n\r\nGood day\r\n"
CARA, DORA = "cara@candidate.example", "dora@candidate.example"
ENVELOPE = Envelope("jobs@acme.example", (CARA,))
BOTH = Envelope("jobs@acme.example", (CARA, DORA))
ESMTP = "250-mail.example.test\r\n250 8BITMIME"


def nothing() -> None:
    """There is no row to mark."""


def send(
    server: SmtpServer | Script,
    envelope: Envelope = ENVELOPE,
    raw: bytes = RAW,
    before_data: Callable[[], None] = nothing,
    timeout: float = 5,
) -> Receipt:
    with open_smtp(server, timeout=timeout) as connection:
        return smtp.transmit(connection, envelope, raw, before_data=before_data)


def send_in_vain(
    server: SmtpServer | Script,
    envelope: Envelope = ENVELOPE,
    raw: bytes = RAW,
    timeout: float = 5,
) -> SendError:
    with pytest.raises(SendError) as caught:
        send(server, envelope, raw, timeout=timeout)
    return caught.value


def outcome(error: SendError) -> str:
    """Return what a caller would do: give up, ask a person, pause the account, or try later."""
    names = [name for name in ("permanent", "unconfirmed", "account") if getattr(error, name)]
    return "+".join(names) or "later"


def received(server: SmtpServer) -> ReceivedMail:
    (mail,) = server.wait_for(1)
    return mail


# ---- what is handed over


def test_a_mail_arrives_as_it_was_written(smtp_server: SmtpServer) -> None:
    receipt = send(smtp_server)
    assert receipt == Receipt((CARA,), {}, Reply(250, "2.0.0 Ok: queued"))
    mail = received(smtp_server)
    assert (mail.sender, mail.recipients, mail.raw) == ("jobs@acme.example", [CARA], RAW)


def test_one_session_carries_many_mails(smtp_server: SmtpServer) -> None:
    with open_smtp(smtp_server) as connection:
        for _ in range(3):
            smtp.transmit(connection, ENVELOPE, RAW, before_data=nothing)
    assert [mail.raw for mail in smtp_server.wait_for(3)] == [RAW] * 3
    assert smtp_server.connections == 1


def test_bounces_have_the_null_path(smtp_server: SmtpServer) -> None:
    send(smtp_server, Envelope("", (CARA,)))
    assert received(smtp_server).sender == ""


def test_a_recipient_named_twice_is_announced_once(smtp_server: SmtpServer) -> None:
    assert send(smtp_server, Envelope("", (CARA, CARA))).accepted == (CARA,)
    assert received(smtp_server).recipients == [CARA]


def test_an_address_with_a_comma_is_not_cut() -> None:
    with Script("220 hello", ESMTP, "250 ok", "250 ok", "354 go on", "250 taken") as server:
        send(server, Envelope("", ("a,b@candidate.example",)))
    assert b"RCPT TO:<a,b@candidate.example>\r\n" in server.received


@pytest.mark.parametrize(
    "body", [b".\r\nrest\r\n", b".hidden\r\n..\r\n", b"x\r\n.", b"", b"no line end"]
)
def test_dots_and_ends_of_lines_survive(smtp_server: SmtpServer, body: bytes) -> None:
    send(smtp_server, raw=RAW + body)
    assert received(smtp_server).raw == RAW + body + (
        b"" if body.endswith(b"\r\n") or not body else b"\r\n"
    )


@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n"])
def test_no_second_mail_is_smuggled_in(smtp_server: SmtpServer, end: bytes) -> None:
    send(smtp_server, raw=RAW + b"x" + end + b"MAIL FROM:<ceo@acme.example>\r\n")
    assert received(smtp_server).raw == RAW + b"x\r\n.\r\nMAIL FROM:<ceo@acme.example>\r\n"


def test_large_mail_goes_whole(smtp_server: SmtpServer) -> None:
    raw = RAW + b"".join(b".%069d\r\n" % number for number in range(10_000))
    send(smtp_server, raw=raw)
    assert received(smtp_server).raw == raw


# ---- what the server must be able to carry


def test_size_is_declared(smtp_server: SmtpServer) -> None:
    send(smtp_server)
    assert received(smtp_server).options == [f"SIZE={len(RAW)}"]


def test_too_large_mail_is_refused_before_it_is_sent(smtp_server: SmtpServer) -> None:
    smtp_server.size_limit = 100
    error = send_in_vain(smtp_server, raw=RAW + b"x" * 100)
    assert (error.code, outcome(error)) == ("message_too_large", "permanent")


def test_eight_bit_mail_is_declared(smtp_server: SmtpServer) -> None:
    raw = RAW + "Grüße\r\n".encode()
    send(smtp_server, raw=raw)
    mail = received(smtp_server)
    assert (mail.options[1:], mail.raw) == (["BODY=8BITMIME"], raw)


def test_eight_bit_mail_needs_a_server_that_offers_it() -> None:
    with Script("220 hello", "250 old.example", "221 bye") as server:
        error = send_in_vain(server, raw=RAW + "Grüße\r\n".encode())
    assert (error.code, outcome(error)) == ("8bitmime_not_offered", "permanent")
    assert b"MAIL" not in server.received


def test_umlauts_in_an_address_are_declared(smtp_server: SmtpServer) -> None:
    send(smtp_server, Envelope("", ("jürgen@bücher.example",)))
    mail = received(smtp_server)
    assert mail.recipients == ["jürgen@bücher.example"]
    assert mail.options[1:] == ["SMTPUTF8"]


@pytest.mark.parametrize(
    ("recipient", "raw"),
    [("jürgen@candidate.example", RAW), (CARA, "Subject: Grüße\r\n\r\n".encode())],
)
def test_umlauts_need_a_server_that_offers_them(
    smtp_server: SmtpServer, recipient: str, raw: bytes
) -> None:
    smtp_server.smtputf8 = False
    error = send_in_vain(smtp_server, Envelope("", (recipient,)), raw)
    assert (error.code, outcome(error)) == ("smtputf8_not_offered", "permanent")
    assert smtp_server.mails == []


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example>\r\nRCPT TO:<spy@x.example",
        "a@x.example\n",
        "a\0@x.example",
        "a b@x.example",
        "<a@x.example>",
    ],
)
def test_addresses_cannot_carry_commands(smtp_server: SmtpServer, address: str) -> None:
    as_recipient = send_in_vain(smtp_server, Envelope("", (CARA, address)))
    as_sender = send_in_vain(smtp_server, Envelope(address, (CARA,)))
    for error in (as_recipient, as_sender):
        assert (error.code, outcome(error)) == ("address_invalid", "permanent")
    assert smtp_server.mails == []


@pytest.mark.parametrize(
    ("recipients", "code"), [((), "no_recipients"), (("",), "address_invalid")]
)
def test_a_mail_needs_a_recipient(
    smtp_server: SmtpServer, recipients: tuple[str, ...], code: str
) -> None:
    error = send_in_vain(smtp_server, Envelope("", recipients))
    assert (error.code, outcome(error)) == (code, "permanent")


# ---- refusals


def test_refused_sender_is_permanent(smtp_server: SmtpServer) -> None:
    smtp_server.mail = "553 5.7.1 Sender address rejected: not owned by user"
    error = send_in_vain(smtp_server)
    assert (error.code, error.stage, outcome(error)) == ("sender_refused", "mail", "permanent")
    assert error.reply == "553 5.7.1 Sender address rejected: not owned by user"


def test_a_login_demanded_too_late_is_not_the_fault_of_the_mail(smtp_server: SmtpServer) -> None:
    smtp_server.mail = "530 5.7.0 Authentication required"
    error = send_in_vain(smtp_server)
    assert outcome(error) == "account"


def test_greylisted_recipient_is_temporary(smtp_server: SmtpServer) -> None:
    smtp_server.rcpt = "451 4.7.1 Greylisted, try again"
    error = send_in_vain(smtp_server)
    assert (error.code, error.stage, outcome(error)) == ("recipient_refused", "rcpt", "later")
    assert error.refused == {CARA: Reply(451, "4.7.1 Greylisted, try again")}


def test_unknown_recipient_is_permanent(smtp_server: SmtpServer) -> None:
    smtp_server.rcpt = "550 5.1.1 User unknown"
    error = send_in_vain(smtp_server, BOTH)
    assert outcome(error) == "permanent"
    assert error.refused[DORA].enhanced == "5.1.1"


def test_all_refused_is_permanent_only_if_none_may_work_later(smtp_server: SmtpServer) -> None:
    smtp_server.rcpt = lambda who: "450 later" if who == DORA else "550 never"
    error = send_in_vain(smtp_server, BOTH)
    assert (outcome(error), error.reply) == ("later", "450 later")
    assert {who: reply.code for who, reply in error.refused.items()} == {CARA: 550, DORA: 450}


def test_one_bad_recipient_does_not_fail_the_others(smtp_server: SmtpServer) -> None:
    smtp_server.rcpt = lambda who: "550 5.1.1 User unknown" if who == DORA else "250 Ok"
    receipt = send(smtp_server, BOTH)
    assert receipt.accepted == (CARA,)
    assert receipt.refused == {DORA: Reply(550, "5.1.1 User unknown")}
    assert received(smtp_server).recipients == [CARA]


@pytest.mark.parametrize(
    ("reply", "expected"), [("451 4.3.0 Try later", "later"), ("554 5.7.1 Spam", "permanent")]
)
def test_refusal_of_the_message_follows_its_code(
    smtp_server: SmtpServer, reply: str, expected: str
) -> None:
    smtp_server.data = reply
    error = send_in_vain(smtp_server)
    assert (error.code, error.stage, error.reply) == ("message_refused", "message", reply)
    assert outcome(error) == expected


@pytest.mark.parametrize(
    ("reply", "expected"), [("451 Not now", "later"), ("554 Never", "permanent")]
)
def test_refusal_of_the_data_command_follows_its_code(reply: str, expected: str) -> None:
    with Script("220 hello", ESMTP, "250 ok", "250 ok", reply, "250 reset", "221 bye") as server:
        error = send_in_vain(server)
    assert (error.code, error.stage) == ("data_refused", "data")
    assert outcome(error) == expected
    assert b"Good day" not in server.received


def test_a_refused_mail_does_not_spoil_the_next_one(smtp_server: SmtpServer) -> None:
    smtp_server.rcpt = lambda who: "550 5.1.1 User unknown" if who == DORA else "250 Ok"
    with open_smtp(smtp_server) as connection:
        with pytest.raises(SendError):
            smtp.transmit(connection, Envelope("", (DORA,)), RAW, before_data=nothing)
        smtp.transmit(connection, ENVELOPE, RAW, before_data=nothing)
    assert received(smtp_server).recipients == [CARA]


# ---- the moment before DATA


def test_the_caller_is_told_just_before_data(smtp_server: SmtpServer) -> None:
    seen = []
    smtp_server.rcpt = lambda who: seen.append("rcpt") or "250 Ok"  # type: ignore[func-returns-value] # append
    smtp_server.data = lambda _: seen.append("data") or "250 Ok"  # type: ignore[func-returns-value] # append
    send(smtp_server, before_data=lambda: seen.append("marked"))
    assert seen == ["rcpt", "marked", "data"]


def test_without_an_accepted_recipient_the_caller_is_not_told(smtp_server: SmtpServer) -> None:
    smtp_server.rcpt = "550 5.1.1 User unknown"
    seen: list[str] = []
    with pytest.raises(SendError):
        send(smtp_server, before_data=lambda: seen.append("marked"))
    assert seen == []


def test_nothing_is_sent_when_the_caller_cannot_mark_the_row(smtp_server: SmtpServer) -> None:
    def fail() -> None:
        raise LookupError("database is gone")

    with open_smtp(smtp_server) as connection:
        with pytest.raises(LookupError):
            smtp.transmit(connection, ENVELOPE, RAW, before_data=fail)
        smtp.transmit(connection, BOTH, RAW, before_data=nothing)
    assert received(smtp_server).recipients == [CARA, DORA]


# ---- silence and lost connections


def test_quit_answered_421_does_not_undo_the_mail(smtp_server: SmtpServer) -> None:
    smtp_server.quit = "421 4.4.2 Shutting down"
    assert send(smtp_server).accepted == (CARA,)
    assert len(smtp_server.wait_for(1)) == 1


def test_hanging_up_at_quit_does_not_undo_the_mail(smtp_server: SmtpServer) -> None:
    smtp_server.drop_at = "quit"
    assert send(smtp_server).accepted == (CARA,)


def test_a_connection_closed_after_the_mail_does_not_undo_it(smtp_server: SmtpServer) -> None:
    with open_smtp(smtp_server) as connection:
        receipt = smtp.transmit(connection, ENVELOPE, RAW, before_data=nothing)
        smtp_server.hang_up()
    assert receipt.accepted == (CARA,)


def test_silence_after_the_message_is_unconfirmed(smtp_server: SmtpServer) -> None:
    smtp_server.slow = {"data": 30}
    error = send_in_vain(smtp_server, timeout=0.3)
    assert (error.code, error.stage, outcome(error)) == ("timeout", "message", "unconfirmed")
    assert received(smtp_server).raw == RAW  # the server has it: a second try would double it


def test_hanging_up_after_the_message_is_unconfirmed(smtp_server: SmtpServer) -> None:
    smtp_server.drop_at = "data"
    error = send_in_vain(smtp_server)
    assert (error.code, error.stage, outcome(error)) == (
        "connection_lost",
        "message",
        "unconfirmed",
    )
    assert received(smtp_server).raw == RAW


def test_nonsense_after_the_message_is_unconfirmed() -> None:
    lines = ("220 hello", ESMTP, "250 ok", "250 ok", "354 go on", "What?")
    with Script(*lines) as server:
        error = send_in_vain(server)
    assert (error.code, outcome(error)) == ("protocol_error", "unconfirmed")


def test_the_last_reply_may_be_given_more_time(smtp_server: SmtpServer) -> None:
    smtp_server.slow = {"data": 0.6}
    with open_smtp(smtp_server, timeout=0.3) as connection:
        smtp.transmit(connection, ENVELOPE, RAW, before_data=nothing, reply_timeout=10)
        assert connection.timeout == 0.3
    assert received(smtp_server).raw == RAW


@pytest.mark.parametrize(("stage", "expected"), [("mail", "account"), ("rcpt", "later")])
def test_hanging_up_before_the_message_may_be_tried_again(
    smtp_server: SmtpServer, stage: str, expected: str
) -> None:
    smtp_server.drop_at = stage
    error = send_in_vain(smtp_server)
    assert (error.code, error.stage, outcome(error)) == ("connection_lost", stage, expected)


def test_hanging_up_at_the_data_command_may_be_tried_again() -> None:
    with Script("220 hello", ESMTP, "250 ok", "250 ok", "") as server:
        error = send_in_vain(server)
    assert (error.code, error.stage, outcome(error)) == ("connection_lost", "data", "later")
    assert b"Good day" not in server.received


def test_silence_at_a_recipient_may_be_tried_again(smtp_server: SmtpServer) -> None:
    smtp_server.slow = {"rcpt": 30}
    error = send_in_vain(smtp_server, timeout=0.3)
    assert (error.code, error.stage, outcome(error)) == ("timeout", "rcpt", "later")


def test_421_at_a_recipient_is_no_verdict_on_anybody(smtp_server: SmtpServer) -> None:
    smtp_server.rcpt = lambda who: "421 Going down" if who == DORA else "250 Ok"
    error = send_in_vain(smtp_server, BOTH)
    assert (error.refused, outcome(error)) == ({}, "later")
    assert smtp_server.mails == []
