"""What a returned mail tells: who could not be reached, why, and which mail it was.

Half of all bounces carry the machine-readable part of RFC 3464; the other half is prose, with the returned
mail, or the head of it, below. Both are read here. Whether a mail is a bounce at all is `machine`'s question.
"""

import re
from dataclasses import dataclass

from mailsettings.mime import addresses, headers
from mailsettings.mime.compose import OWN_ID
from mailsettings.mime.headers import Headers
from mailsettings.mime.parse import ParsedMail

MAX_TEXT = 100_000  # characters of prose that are looked at
MAX_FAILED = 100
MAX_DIAGNOSTIC = 500

# Atomic: the \r and \n of one line end must not be taken for two.
_BLANK_LINE = re.compile(rb"(?>\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)")
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TYPES = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
)
_HEADER = re.compile(
    r"^[> \t|]{0,4}(?:received|return-path|message-id|from|to|subject|date|mime-version|content-type|reply-to|"
    r"sender|dkim-signature|x-[\w-]{2,40}|in-reply-to|references|delivered-to|cc)[ \t]*:",
    re.IGNORECASE,
)
_ORIGINAL_ID = re.compile(
    r"^[> \t|]{0,6}(?:original[- ])?message-id[ \t]*:\s{0,4}(<[^<>\r\n]{3,900}>)",
    re.IGNORECASE | re.MULTILINE,
)
_BARE_ID = re.compile(
    r"message-?id\W{1,8}<?([^\s<>\"',;()]{1,300}@[^\s<>\"',;()]{1,255}[\w\]])", re.IGNORECASE
)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,63}")
# An address that stands alone on its line, or opens it in angle brackets, is the one that failed.
_PLACED = re.compile(
    r"^[ \t>*-]{0,12}(?:(?:to|recipients?|rcpt to|final-recipient|original-recipient|user|mailbox|failed address|"
    r"target mail address|e-?mail|address|an|empfänger|destinataire)\s?[:=]\s?(?:rfc822;)?\s?)?"
    r"[\"'<(\[]{0,3}(?:mailto:)?"
    r"(?P<address>[^\s<>\"'();,:@]{1,64}@[^\s<>\"'();,:@]{1,255}\w)[>\"')\]]{0,3}[:;,. \t]{0,3}"
    r"(?:$|\.\.\.|\(|-|\s{2}|:)",
    re.IGNORECASE | re.MULTILINE,
)
_CODE = re.compile(
    r"(?<![\d.])([245])\.\d{1,3}\.\d{1,3}(?![\d.])|(?<![\d.:-])([245])[0-7]\d[ -](?=\S)"
)
_MACHINES = (
    "mailer-daemon",
    "postmaster",
    "mailerdaemon",
    "mail-daemon",
    "no-reply",
    "noreply",
    "abuse",
    "support",
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient's block of a delivery status: lower-cased action, `x.y.z` status, the server's words."""

    addresses: tuple[str, ...]
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Copy:
    """The mail that came back: its header fields, and the prose that stood above it."""

    headers: Headers
    prose: str


def read_status(mail: ParsedMail) -> tuple[Recipient, ...]:
    """The per-recipient blocks of every delivery status in a mail (RFC 3464)."""
    found: list[Recipient] = []
    for part in mail.attachments:
        if part.content_type in _STATUS_TYPES:
            found.extend(_read_blocks(part.content))
    if not found and "final-recipient:" in (text := mail.text[:MAX_TEXT]).lower():
        found = _read_blocks(text.encode())  # a report whose parts lost their boundary
    return tuple(found[:MAX_FAILED])


def _read_blocks(content: bytes) -> list[Recipient]:
    blocks = (
        headers.split(block.lstrip(b"\r\n"))[0] for block in _BLANK_LINE.split(content[:MAX_TEXT])
    )
    return [recipient for block in blocks if (recipient := _read_recipient(block))]


def _read_recipient(fields: Headers) -> Recipient | None:
    named = [
        headers.first(fields, name)
        for name in ("Original-Recipient", "Final-Recipient", "X-Actual-Recipient")
    ]
    found = [address for value in named[:2] for address in _addresses_in(value)] or _addresses_in(
        named[2]
    )
    action = headers.first(fields, "Action").partition("(")[0].strip().lower()
    if not found and not action:
        return None
    diagnostic = headers.first(fields, "Diagnostic-Code").partition(";")
    words = diagnostic[2] if diagnostic[1] else diagnostic[0]
    status = headers.first(fields, "Status").split(" ")[0]
    return Recipient(
        tuple(dict.fromkeys(found)), action, status, " ".join(words.split())[:MAX_DIAGNOSTIC]
    )


def _addresses_in(value: str) -> list[str]:
    """The address of a recipient field: after its "rfc822;", with or without angle brackets."""
    return [match.rstrip(".") for match in _ADDRESS.findall(value.rpartition(";")[2])][:1]


def read_copy(mail: ParsedMail) -> Copy:
    """Find the returned mail: an attached part, else the header lines that stand in the text."""
    prose, below = _divide(mail.text[:MAX_TEXT])
    for part in mail.attachments:
        if part.content_type in _RETURNED_TYPES:
            fields, _ = headers.split(part.content.lstrip(b"\r\n"))
            if fields:
                return Copy(fields, prose)
    lines = "\n".join(re.sub(r"^(?:[>|] ?){1,3}", "", line) for line in below.split("\n"))
    fields, _ = headers.split(
        re.sub(r"^[ \t]{1,8}(?=[\w-]+:)", "", lines, flags=re.MULTILINE).encode()
    )
    return Copy(fields, prose)


def _divide(text: str) -> tuple[str, str]:
    """Cut a text where two header lines of a mail follow each other."""
    lines = text.split("\n")
    for index in range(len(lines) - 1):
        if _HEADER.match(lines[index]) and (
            _HEADER.match(lines[index + 1])
            or (lines[index + 1][:1] in "\t " and lines[index + 1].strip())
        ):
            return "\n".join(lines[:index]), "\n".join(lines[index:])
    return text, ""


def find_failed(mail: ParsedMail, recipients: tuple[Recipient, ...], copy: Copy) -> tuple[str, ...]:
    """The addresses that were not reached, surest source first; empty when the mail names none."""
    stated = [
        address
        for value in mail.all_headers("X-Failed-Recipients")
        for address in _ADDRESS.findall(value)
    ]
    stated += [
        address for one in recipients if one.action not in _REACHED for address in one.addresses
    ]
    if stated:
        return _unique(stated)
    ours = {
        address.addr_spec.lower() for address in (*mail.to, *([mail.sender] if mail.sender else []))
    }
    placed = [match.group("address") for match in _PLACED.finditer(copy.prose)]
    anywhere = [match.group("address") for match in _PLACED.finditer(mail.text[:MAX_TEXT])]
    for candidates in (placed, _ADDRESS.findall(copy.prose), anywhere):
        found = [address for address in candidates if _may_have_failed(address, ours)]
        if found:
            return _unique(found)
    returned_to = [
        found
        for name in ("X-Original-To", "To")
        for found in addresses.read(headers.first(copy.headers, name))
    ]
    if returned_to:
        return _unique([address.addr_spec for address in returned_to])
    return _unique(
        [found for found in _ADDRESS.findall(mail.text[:MAX_TEXT]) if _may_have_failed(found, ours)]
    )


_REACHED = ("delivered", "relayed", "expanded")


def _may_have_failed(address: str, ours: set[str]) -> bool:
    return (
        address.lower() not in ours
        and not address.lower().startswith(_MACHINES)
        and addresses.is_valid(address)
    )


def _unique(found: list[str]) -> tuple[str, ...]:
    """Each address once, in order; upper and lower case make no difference."""
    kept: dict[str, str] = {}
    for address in found:
        kept.setdefault(address.lower(), addresses.with_lower_domain(address))
    return tuple(kept.values())[:MAX_FAILED]


def find_original_id(mail: ParsedMail, copy: Copy) -> str:
    """The Message-ID of the mail that came back, or an empty string."""
    for name in (OWN_ID, "Message-ID"):
        for value in headers.every(copy.headers, name):
            for found in headers.message_ids(value):
                return found
    reports = [
        _lines(part.content)
        for part in mail.attachments
        if part.content_type.startswith(("message/", "text/"))
    ]
    for report in (*reports, mail.text[:MAX_TEXT]):
        if match := _ORIGINAL_ID.search(report):
            return headers.message_ids(match.group(1))[0]
    if match := _BARE_ID.search(mail.text[:MAX_TEXT]):
        return f"<{match.group(1)}>"
    return mail.in_reply_to or (mail.references[-1] if mail.references else "")


def _lines(content: bytes) -> str:
    return headers.to_text(content[:MAX_TEXT]).replace("\r\n", "\n").replace("\r", "\n")


def find_diagnostic(recipients: tuple[Recipient, ...], copy: Copy) -> str:
    """What the refusing server said, else the first line of the prose that carries a code."""
    for recipient in recipients:
        if recipient.diagnostic and recipient.action not in _REACHED:
            return recipient.diagnostic
    lines = copy.prose.split("\n")
    return next((line.strip()[:MAX_DIAGNOSTIC] for line in lines if _CODE.search(line[:2000])), "")


def is_permanent(recipients: tuple[Recipient, ...], diagnostic: str) -> bool:
    """Whether trying again is pointless, by status code; a failure without any code counts as permanent."""
    failed = [one for one in recipients if one.action not in _REACHED]
    codes = [one.status for one in failed] + [diagnostic]
    for code in codes:
        if match := _CODE.search(code + " ."):
            return (match.group(1) or match.group(2)) == "5"
    return True
