"""How far a mail got, told from what the server said and did."""

from mailsettings.wire import smtp
from mailsettings.wire.smtp import Envelope, Receipt, Reply
from tests.mailservers import Script, SmtpServer
from tests.mailsettings.wire.conftest import open_smtp

RAW = b"From: a@acme.example\r\nSubject: Hello\r\n\r\nGood day\r\n"
ENVELOPE = Envelope("jobs@acme.example", ("cara@candidate.example",))


def nothing() -> None:
    """No row to mark."""


def send(server: SmtpServer | Script, envelope: Envelope = ENVELOPE, raw: bytes = RAW) -> Receipt:
    with open_smtp(server) as connection:
        return smtp.transmit(connection, envelope, raw, before_data=nothing)


def test_a_mail_arrives_as_it_was_written(smtp_server: SmtpServer) -> None:
    receipt = send(smtp_server)
    assert receipt == Receipt(ENVELOPE.recipients, {}, Reply(250, "2.0.0 Ok: queued"))
    (mail,) = smtp_server.wait_for(1)
    assert (mail.sender, mail.recipients, mail.raw) == (
        "jobs@acme.example",
        ["cara@candidate.example"],
        RAW,
    )
