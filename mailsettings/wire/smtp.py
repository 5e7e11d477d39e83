"""Handing mails to an SMTP server (RFC 5321): one logged-in session, many transmissions.

The point of the module is to know how far a mail got. Everything up to the reply to DATA may be
tried again; once the first byte of the message is on its way only the server's own words count,
and where they are missing the outcome is *unconfirmed*.
"""

import contextlib
import dataclasses
import re
from collections.abc import Callable, Iterable

from mailsettings.wire.net import Encryption
from mailsettings.wire.smtp_connection import Connection, Reply, Server
from mailsettings.wire.smtp_session import (
    SendError,
    close,
    connect,
    is_alive,
    naming_losses,
    refusal,
    session,
)

__all__ = [
    "Connection",
    "Encryption",
    "Envelope",
    "Receipt",
    "Reply",
    "SendError",
    "Server",
    "close",
    "connect",
    "is_alive",
    "rehearse",
    "session",
    "transmit",
]

FORBIDDEN_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f<>]")
ANY_LINE_END = re.compile(rb"\r\n|\r|\n")
# Bytes, one TLS record. The time-out is for each chunk: a large mail that makes progress may go on
# for as long as the whole attempt, because cutting it off leaves its outcome unconfirmed.
CHUNK = 16 * 1024
# Recipients announced in one write; their commands must fit into the buffers of both ends.
PIPELINED = 50


@dataclasses.dataclass(frozen=True)
class Envelope:
    """MAIL FROM (empty: the null path) and RCPT TO; not what the header says."""

    sender: str
    recipients: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Receipt:
    """The server took the mail for ``accepted``; ``refused`` says why not for the others."""

    accepted: tuple[str, ...]
    refused: dict[str, Reply]
    reply: Reply


def transmit(
    connection: Connection,
    envelope: Envelope,
    raw: bytes,
    *,
    before_data: Callable[[], None] | None,
    reply_timeout: float | None = None,
) -> Receipt:
    """Hand one mail over; returning means that the server took it for at least one recipient.

    ``before_data`` is called when all recipients are answered, just before DATA; what it raises
    goes through and nothing is sent. Without it DATA leaves together with the recipients where the server
    offers PIPELINING (RFC 2920), which saves a third of the way. ``reply_timeout`` is for the server's
    last word, for which RFC 5321 recommends ten minutes; by default it is that of the connection. Line ends
    become CRLF.
    Raises SendError; the connection may be used again unless it was lost.
    """
    message = _with_crlf(raw)
    options = _mail_options(connection, envelope, message)
    connection.command_encoding = "utf-8" if "SMTPUTF8" in options else "ascii"
    try:
        accepted, refused = _announce(connection, envelope, options, with_data=before_data is None)
        if before_data:
            before_data()
            _announce_data(connection)
    except Exception:
        _forget_transaction(connection)
        raise
    reply = _send_message(connection, message, reply_timeout)
    return Receipt(accepted, refused, reply)


def rehearse(
    connection: Connection, envelope: Envelope, passed: Callable[[str, Reply], None]
) -> None:
    """Announce sender and recipients and break off: nothing is sent.

    ``passed`` is called with ``mail`` and ``rcpt``. Raises SendError.
    """
    options = [one for one in _mail_options(connection, envelope, b"") if one != "SIZE=0"]
    connection.command_encoding = "utf-8" if "SMTPUTF8" in options else "ascii"
    try:
        with naming_losses("mail"):
            reply = connection.ask_all([" ".join([f"MAIL FROM:<{envelope.sender}>", *options])])[0]
        _check_sender(reply)
        passed("mail", reply)
        with naming_losses("rcpt"):
            answers = [connection.ask_all([f"RCPT TO:<{one}>"])[0] for one in envelope.recipients]
        _judge(envelope.recipients, answers)
        passed("rcpt", answers[0])
    finally:
        _forget_transaction(connection)


def _with_crlf(raw: bytes) -> bytes:
    """Return the mail with CRLF ends only: a lone CR or LF can smuggle a second mail in."""
    if not raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n"):
        raw = ANY_LINE_END.sub(b"\r\n", raw)
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def _mail_options(connection: Connection, envelope: Envelope, message: bytes) -> list[str]:
    """Return the parameters of MAIL, or raise if the server cannot carry this mail at all."""
    addresses = (envelope.sender, *envelope.recipients)
    if any(FORBIDDEN_IN_ADDRESS.search(address) for address in addresses):
        raise _unfit("An address of this mail is not valid.", "address_invalid")
    if not all(envelope.recipients):
        raise _unfit("An address of this mail is empty.", "address_invalid")
    if not envelope.recipients:
        raise _unfit("This mail has no recipient.", "no_recipients")
    options = []
    if connection.has_extn("size"):
        limit = connection.esmtp_features["size"]
        if limit.isdecimal() and 0 < int(limit) < len(message):
            raise _unfit("This mail is larger than the server takes.", "message_too_large")
        options.append(f"SIZE={len(message)}")
    header, _, _ = message.partition(b"\r\n\r\n")
    if not header.isascii() or not all(address.isascii() for address in addresses):
        if not connection.has_extn("smtputf8"):
            raise _unfit(
                "The server takes only ASCII in addresses and headers.", "smtputf8_not_offered"
            )
        options.append("SMTPUTF8")
    if not message.isascii():
        if not connection.has_extn("8bitmime"):
            raise _unfit("The server takes only ASCII in mails.", "8bitmime_not_offered")
        options.append("BODY=8BITMIME")
    return options


def _unfit(message: str, code: str) -> SendError:
    """Return the error for a mail that this server can never take, known before asking."""
    return SendError(message, code=code, permanent=True, stage="mail")


def _announce(
    connection: Connection, envelope: Envelope, options: list[str], *, with_data: bool
) -> tuple[tuple[str, ...], dict[str, Reply]]:
    """Name sender and recipients; return who was accepted and the replies to the others, or raise.

    Where the server offers PIPELINING (RFC 2920) all commands leave together, and every reply is read.
    ``with_data``: the server waits for the message when this returns.
    """
    recipients = tuple(dict.fromkeys(envelope.recipients))
    # Not smtplib's mail() and rcpt(): they parse the address once more and may change it.
    mail = " ".join([f"MAIL FROM:<{envelope.sender}>", *options])
    if connection.has_extn("pipelining") and len(recipients) <= PIPELINED:
        commands = [mail, *(f"RCPT TO:<{one}>" for one in recipients)]
        return _announce_at_once(connection, recipients, commands, with_data=with_data)
    with naming_losses("mail"):
        _check_sender(connection.ask_all([mail])[0])
    with naming_losses("rcpt"):
        answers = (connection.ask_all([f"RCPT TO:<{one}>"])[0] for one in recipients)
        judged = _judge(recipients, answers)
    if with_data:
        _announce_data(connection)
    return judged


def _announce_at_once(
    connection: Connection, recipients: tuple[str, ...], commands: list[str], *, with_data: bool
) -> tuple[tuple[str, ...], dict[str, Reply]]:
    with naming_losses("mail"):
        replies = connection.ask_all([*commands, "DATA"] if with_data else commands)
    try:
        _check_sender(replies[0])
        judged = _judge(recipients, replies[1 : len(commands)])
    except SendError:
        # It waits for a message to nobody (RFC 2920, 3.1).
        if with_data and replies[-1].code == 354:
            with contextlib.suppress(OSError):
                connection.ask(".")
        raise
    if with_data:
        _check_data(replies[-1])
    return judged


def _check_sender(reply: Reply) -> None:
    if not reply.is_positive:
        raise refusal(reply, "The server refused the sender.", code="sender_refused", stage="mail")


def _judge(
    recipients: tuple[str, ...], replies: Iterable[Reply]
) -> tuple[tuple[str, ...], dict[str, Reply]]:
    """Return who was accepted and the replies to the others; raise if nobody was."""
    accepted, refused = [], {}
    for recipient, reply in zip(recipients, replies, strict=True):
        if reply.code == 421:  # the server hangs up, this is no verdict on the recipient
            raise _refused_by_all(reply, {})
        if reply.is_positive:
            accepted.append(recipient)
        else:
            refused[recipient] = reply
    if accepted:
        return tuple(accepted), refused
    # Permanent only if nobody is left for whom it might work later.
    mildest = min(refused.values(), key=lambda reply: reply.is_permanent)
    raise _refused_by_all(mildest, refused)


def _refused_by_all(reply: Reply, refused: dict[str, Reply]) -> SendError:
    message = "The server refused the recipients."
    return refusal(reply, message, code="recipient_refused", stage="rcpt", refused=refused)


def _announce_data(connection: Connection) -> None:
    with naming_losses("data"):
        reply = connection.ask("DATA")
    _check_data(reply)


def _check_data(reply: Reply) -> None:
    if reply.code != 354:
        raise refusal(
            reply, "The server does not want the mail.", code="data_refused", stage="data"
        )


def _send_message(connection: Connection, message: bytes, reply_timeout: float | None) -> Reply:
    """Send the mail and return the server's consent. From here on silence means unconfirmed."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    # Not one more copy of a large mail: the end goes with the last chunk.
    whole, last = memoryview(stuffed), (len(stuffed) - 1) // CHUNK * CHUNK
    with naming_losses("message"):
        for start in range(0, last, CHUNK):
            connection.send(whole[start : start + CHUNK])
        connection.send(bytes(whole[last:]) + b".\r\n")
        usual_timeout = connection.timeout
        connection.timeout = reply_timeout or usual_timeout
        reply = connection.make_reply(*connection.getreply())
        connection.timeout = usual_timeout
    if not reply.is_positive and not 400 <= reply.code <= 599:
        connection.close()
        raise SendError(
            "The server's answer to the mail was not understood.",
            code="protocol_error",
            reply=str(reply),
            unconfirmed=True,
            stage="message",
        )
    if not reply.is_positive:
        raise refusal(
            reply, "The server refused the mail.", code="message_refused", stage="message"
        )
    return reply


def _forget_transaction(connection: Connection) -> None:
    """Make the connection fit for the next mail, if it is still there."""
    with contextlib.suppress(OSError):
        connection.rset()
