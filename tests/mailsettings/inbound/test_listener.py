import asyncio
import contextlib
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError, connections

from companies.models import Company
from mailsettings.inbound import listener, recipients, spool
from mailsettings.models import IncomingMail
from tests.factories import raw_mail

ACME = "acme-jobs@in.posthorn.example"
MAIL = raw_mail()
PATIENCE = 30.0

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[..., int]


class Running:
    """A listener in a thread of its own."""

    def __init__(self, *, lmtp: bool) -> None:
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(lmtp=lmtp)))
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    async def _serve(self, *, lmtp: bool) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await listener.serve("127.0.0.1", 0, lmtp=lmtp, stop=self._stop, on_ready=self._note)

    def _note(self, port: int) -> None:
        self.port = port
        self._ready.set()

    def ask_to_stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    def close(self) -> None:
        """Ask to stop and wait until it has."""
        with contextlib.suppress(RuntimeError):  # its loop is closed already
            self.ask_to_stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@pytest.fixture(autouse=True)
def close_connections_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of a listener that was stopped must not hold on to the test database."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def server() -> Iterator[Running]:
    running = Running(lmtp=False)
    yield running
    running.close()


@pytest.fixture
def client(server: Running) -> Iterator[smtplib.SMTP]:
    connection = smtplib.SMTP("127.0.0.1", server.port, "mx.example", timeout=PATIENCE)
    connection.ehlo()
    yield connection
    connection.close()


def begin(client: smtplib.SMTP, *addresses: str, sender: str = "mia@mail.example") -> list[str]:
    """Say MAIL and RCPT; return the replies to the latter."""
    client.mail(sender)
    replies = [client.rcpt(address) for address in addresses]
    return [f"{code} {text.decode()}" for code, text in replies]


def test_mail_is_stored_with_its_envelope_and_trace(company: Company, client: smtplib.SMTP) -> None:
    client.sendmail("mia@mail.example", [ACME], MAIL)
    mail = IncomingMail.objects.get()
    assert (mail.door, mail.envelope_sender, mail.envelope_recipients) == (
        "smtp",
        "mia@mail.example",
        [ACME],
    )
    assert mail.raw is not None
    head, raw = mail.raw.read().split(b"From: ", 1)
    assert b"From: " + raw == MAIL
    trace = head.decode().replace("\r\n\t", " ").split("\r\n")
    assert trace[0] == "Return-Path: <mia@mail.example>"
    assert trace[1].startswith(
        f"Received: from mx.example ([127.0.0.1]) by in.posthorn.example with ESMTP for <{ACME}>; "
    )


def test_unknown_recipients_are_refused_one_by_one(company: Company, client: smtplib.SMTP) -> None:
    assert begin(
        client,
        "nobody-jobs@in.posthorn.example",
        "someone@elsewhere.example",
        "ACME-jobs+tag@IN.POSTHORN.EXAMPLE",
    ) == [
        "550 5.1.1 No such recipient here",
        "550 5.1.1 No such recipient here",
        "250 2.1.5 Ok",
    ]
    client.data(MAIL)
    mail = IncomingMail.objects.get()
    assert mail.envelope_recipients == ["ACME-jobs+tag@IN.POSTHORN.EXAMPLE"]


def test_several_recipients_are_not_told_about_each_other(
    company: Company, client: smtplib.SMTP
) -> None:
    client.sendmail("", [ACME, "acme-jobs+2@in.posthorn.example"], MAIL)
    mail = IncomingMail.objects.get()
    assert (mail.envelope_sender, len(mail.envelope_recipients)) == ("", 2)
    assert mail.raw is not None
    assert b"acme-jobs" not in mail.raw.read()


def test_mail_is_accepted_only_once_it_is_stored(
    company: Company, client: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("database is gone")

    begin(client, ACME)
    with monkeypatch.context() as patch:
        patch.setattr(spool, "store", fail)
        assert client.data(MAIL)[0] == 451
    assert not IncomingMail.objects.exists()
    client.sendmail("mia@mail.example", [ACME], MAIL)  # the same session, once the database is back
    assert IncomingMail.objects.count() == 1


def test_recipient_is_asked_again_later_when_the_database_is_away(
    company: Company, client: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> bool:
        raise OperationalError("database is gone")

    monkeypatch.setattr(recipients, "is_known", fail)
    assert begin(client, ACME) == ["451 4.3.0 Temporary trouble, try again later"]


def test_mail_above_the_limit_is_refused(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MAX_SIZE", 2000 + listener.TRACE)
    running = Running(lmtp=False)
    with smtplib.SMTP("127.0.0.1", running.port, timeout=PATIENCE) as client:
        assert client.ehlo()[1].find(b"SIZE 2000") > 0
        assert client.mail("mia@mail.example", ["SIZE=2001"])[0] == 552
        begin(client, ACME)
        assert client.data(MAIL + b"x" * 70 * 30)[0] == 552
        assert not IncomingMail.objects.exists()
        client.helo("h" * 5000)
        begin(client, ACME)
        assert client.data(MAIL + b"x" * (1990 - len(MAIL)))[0] == 250
    running.close()
    assert IncomingMail.objects.get().state == "received"


def test_long_lines_and_raw_bytes_are_taken_as_they_are(
    company: Company, client: smtplib.SMTP
) -> None:
    raw = MAIL + b"x" * 40_000 + b"\r\n.\r\n\xff\xfe\r\n"
    client.sendmail("mia@mail.example", [ACME], raw)
    mail = IncomingMail.objects.get()
    assert mail.raw is not None
    assert mail.raw.read().endswith(raw)


def test_internationalised_addresses_are_taken(company: Company, client: smtplib.SMTP) -> None:
    client.sendmail("müller@bücher.example", [ACME], MAIL, ["SMTPUTF8", "BODY=8BITMIME"])
    mail = IncomingMail.objects.get()
    assert mail.envelope_sender == "müller@bücher.example"
    assert mail.raw is not None
    assert mail.raw.read().startswith("Return-Path: <müller@bücher.example>".encode())


def test_header_cannot_be_injected_by_the_greeting(company: Company, server: Running) -> None:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE) as client:
        client.putcmd("EHLO", "evil)\tfor\x0b<x@y>;")
        client.getreply()
        client.ehlo_resp = b"ok"
        begin(client, ACME)
        client.data(MAIL)
    mail = IncomingMail.objects.get()
    assert mail.raw is not None
    assert b"Received: from evil??for??x?y?? ([127.0.0.1])\r\n" in mail.raw.read()


def test_connection_that_breaks_in_the_middle_stores_nothing(
    company: Company, server: Running, client: smtplib.SMTP
) -> None:
    begin(client, ACME)
    client.putcmd("DATA")
    client.getreply()
    client.send(MAIL)
    client.close()
    server.close()
    assert not IncomingMail.objects.exists()


def test_stop_finishes_what_is_being_stored(
    company: Company, server: Running, client: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    storing, go_on = threading.Event(), threading.Event()
    store = spool.store

    def be_slow(*arguments: object, **fields: object) -> IncomingMail:
        storing.set()
        assert go_on.wait(PATIENCE)
        return store(*arguments, **fields)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(spool, "store", be_slow)
    begin(client, ACME)
    replies: list[int] = []
    sender = threading.Thread(target=lambda: replies.append(client.data(MAIL)[0]))
    sender.start()
    assert storing.wait(PATIENCE)
    server.ask_to_stop()
    go_on.set()
    sender.join(PATIENCE)
    server.close()
    assert replies == [250]
    assert IncomingMail.objects.count() == 1
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


@pytest.fixture
def lmtp() -> Iterator[smtplib.LMTP]:
    running = Running(lmtp=True)
    connection = smtplib.LMTP("127.0.0.1", running.port)
    connection.ehlo()
    yield connection
    connection.close()
    running.close()


def test_lmtp_answers_once_for_each_recipient(company: Company, lmtp: smtplib.LMTP) -> None:
    begin(lmtp, ACME, "nobody-jobs@in.posthorn.example", "acme-jobs+2@in.posthorn.example")
    answers = [lmtp.data(MAIL), lmtp.getreply()]
    assert answers == [(250, b"2.0.0 Ok: stored")] * 2
    assert lmtp.noop()[0] == 250
    mail = IncomingMail.objects.get()
    assert mail.raw is not None
    assert b" with LMTP;" in mail.raw.read()


def test_lmtp_tells_every_recipient_about_trouble(
    company: Company, lmtp: smtplib.LMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("database is gone")

    monkeypatch.setattr(spool, "store", fail)
    begin(lmtp, ACME, "acme-jobs+2@in.posthorn.example")
    answers = [lmtp.data(MAIL), lmtp.getreply()]
    assert [code for code, _ in answers] == [451, 451]
    assert lmtp.noop()[0] == 250
