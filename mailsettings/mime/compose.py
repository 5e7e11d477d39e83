"""Building mail: `compose` turns a draft into the bytes that are stored, sent and never changed again.

The bytes depend on the draft alone. Header lines are written here rather than by the standard library,
whose folding breaks long message ids into encoded words and loses quotes of display names.
"""

import base64
import binascii
import email.utils
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mailsettings.mime import flowed
from mailsettings.mime.addresses import Address, is_valid

OWN_ID = "X-Posthorn-ID"  # repeats the Message-ID, which some providers replace
ID_FIELDS = ("Message-ID", OWN_ID)  # a mail of ours is known by either
MAX_REFERENCES = 1500  # characters; some relays refuse header blocks beyond 4 KiB
MAX_LINE = 998  # octets of a line, without CRLF (RFC 5322, 2.1.1)
_FOLD_AT = 76
_PIECE = 57 * 1024  # bytes of a file that are encoded at a time: whole lines of base64

_ID = re.compile(r"<[^<>\s@]{1,250}@[^<>\s@]{1,250}>")
_FIELD_NAME = re.compile(r"[!-9;-~]{1,70}")
_CONTENT_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}(?:; [\w-]{1,30}=[\w.\"+-]{1,60})*")
_ATOMS = re.compile(r"[\w!#$%&'*+/=?^`{|}~ -]*", re.ASCII)
_OURS = {
    *(
        "from",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
    ),
    *("mime-version", "content-type", "content-transfer-encoding", "content-disposition"),
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send along."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that the HTML shows as ``cid:`` its content id."""

    content_id: str
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar part (iTIP, RFC 5546) and the method it says."""

    method: Literal["REQUEST", "CANCEL"]
    content: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a mail is made of. Message ids have their angle brackets; `date` is aware.

    Blind copies are no part of a mail: they belong to the envelope.
    """

    sender: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    message_id: str
    date: datetime
    cc: tuple[Address, ...] = ()
    html: str | None = None
    reply_to: Address | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    images: tuple[Image, ...] = ()
    invitation: Invitation | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """How many bytes the files have that go along."""
        return sum(len(file.content) for file in self.attachments)


def make_message_id(domain: str) -> str:
    """A new unguessable Message-ID with its angle brackets: 128 random bits, which replies are matched by."""
    token = secrets.token_hex(16)
    return f"<{token[:12]}.{token[12:]}@{_to_ascii(domain)}>"


def compose(draft: Draft) -> bytes:
    """The draft as a mail, with CRLF line ends; see ``pieces``."""
    return b"".join(pieces(draft))


def pieces(draft: Draft) -> Iterator[bytes]:
    """The draft as a mail, in pieces none of which holds a whole file.

    Pure ASCII, unless an address has a non-ASCII local part: then that header is UTF-8 (RFC 6532) and the
    server must offer SMTPUTF8. Raises ValueError as ``check`` does.
    """
    check(draft)
    mark = hashlib.sha256(draft.message_id.encode()).hexdigest()[:24]
    shown: list[Iterable[bytes]] = [[_text_part("plain", draft.text)]]
    if draft.html is not None:
        page: Iterable[bytes] = [_text_part("html", draft.html)]
        if draft.images:
            images = [_image_part(image) for image in draft.images]
            page = _multipart("related", f"=_r{mark}", [page, *images], root="text/html")
        shown.append(page)
    files = [_attachment_part(file) for file in draft.attachments]
    if draft.invitation:
        shown.append([_invitation_part(draft.invitation)])
        invite = Attachment("invite.ics", "application/ics", draft.invitation.content)
        files.append(_attachment_part(invite))
    body = _multipart("alternative", f"=_a{mark}", shown) if len(shown) > 1 else shown[0]
    if files:
        body = _multipart("mixed", f"=_m{mark}", [body, *files])
    yield "\r\n".join([*_header_lines(draft), "MIME-Version: 1.0", ""]).encode()
    yield from body


def check(draft: Draft) -> None:
    """Raise ValueError, naming the field, for what makes no mail.

    That is line breaks or NUL in a header field, an unusable address, message id or header name, a naive
    date, and NUL in a body.
    """
    fields = {
        "subject": draft.subject,
        "message_id": draft.message_id,
        "in_reply_to": draft.in_reply_to or "",
    }
    people = {
        "sender": (draft.sender,),
        "to": draft.to,
        "cc": draft.cc,
        "reply_to": _listed(draft.reply_to),
    }
    for name, listed in people.items():
        for address in listed:
            fields |= {f"{name} name": address.name, f"{name} address": address.addr_spec}
            _refuse_breaks(fields)
            if not is_valid(address.addr_spec):
                raise ValueError(f"{name} is not an address: {address.addr_spec!r}")
    for number, reference in enumerate(draft.references):
        fields[f"references[{number}]"] = reference
    for image in draft.images:
        fields |= {
            "image name": image.name,
            "image content type": image.content_type,
            "image id": image.content_id,
        }
    for file in draft.attachments:
        fields |= {"attachment name": file.name, "attachment content type": file.content_type}
        _refuse_breaks(fields)
    for name, value in draft.headers.items():
        fields |= {f"header {name}": value}
        if not _FIELD_NAME.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f"header {name!r} cannot be set")
    _refuse_breaks(fields)
    if not _ID.fullmatch(draft.message_id) or not draft.message_id.isascii():
        raise ValueError(f"message_id is not a message id: {draft.message_id!r}")
    if any(not _ID.fullmatch(f"<{image.content_id}>") for image in draft.images):
        raise ValueError("image id is not a content id")
    if draft.date.tzinfo is None:
        raise ValueError("date has no time zone")
    if "\0" in draft.text or "\0" in (draft.html or ""):
        raise ValueError("text or html contains NUL")


def _listed(address: Address | None) -> tuple[Address, ...]:
    return (address,) if address else ()


def _refuse_breaks(fields: Mapping[str, str]) -> None:
    for name, value in fields.items():
        if any(sign in value for sign in "\r\n\0"):
            raise ValueError(f"{name} contains a line break or NUL")


def _header_lines(draft: Draft) -> list[str]:
    lines = [_people("From", [draft.sender]), _people("To", draft.to), _people("Cc", draft.cc)]
    lines.append(_people("Reply-To", _listed(draft.reply_to)))
    lines.append(_unstructured("Subject", draft.subject))
    lines.append(f"Date: {email.utils.format_datetime(draft.date)}")
    lines.append(f"Message-ID: {draft.message_id}")
    # Its own id comes last: some providers replace the Message-ID, and answers repeat the References.
    references = [*draft.references, draft.in_reply_to or "", draft.message_id]
    usable = [
        found for found in dict.fromkeys(references) if found.isascii() and _ID.fullmatch(found)
    ]
    if draft.in_reply_to in usable:
        lines.append(f"In-Reply-To: {draft.in_reply_to}")
    lines.append(_fold("References", _trim_references(usable)))
    lines.append(f"{OWN_ID}: {draft.message_id}")
    lines += [_unstructured(name, value) for name, value in draft.headers.items()]
    return [line for line in lines if line]


def _trim_references(ids: list[str]) -> list[str]:
    """Keep the first and as many of the last ids as fit: the ends tie a thread together."""
    first, *rest = ids
    size = len(first)
    kept: list[str] = []
    for reference in reversed(rest):
        size += 1 + len(reference)
        if kept and size > MAX_REFERENCES:
            break
        kept.insert(0, reference)
    return [first, *kept]


def _people(name: str, listed: Iterable[Address]) -> str:
    words = [_mailbox(address) for address in listed]
    return _fold(name, [word + "," for word in words[:-1]] + words[-1:]) if words else ""


def _mailbox(address: Address) -> str:
    local, _, domain = address.addr_spec.rpartition("@")
    spec = f"{local}@{_to_ascii(domain)}"
    if not address.name:
        return spec
    if not address.name.isascii():
        return " ".join([*_encoded_words(address.name), f"<{spec}>"])
    if _ATOMS.fullmatch(address.name) and "=?" not in address.name and len(address.name) < 200:
        return f"{address.name} <{spec}>"
    escaped = re.sub(r'(["\\])', r"\\\1", address.name)
    return (
        f'"{escaped}" <{spec}>'
        if len(escaped) < 200
        else " ".join([*_encoded_words(address.name), f"<{spec}>"])
    )


def _to_ascii(domain: str) -> str:
    """An internationalised domain in its ASCII form (RFC 5891), label by label."""
    labels = unicodedata.normalize("NFC", domain).split(".")
    return ".".join(
        label if label.isascii() else "xn--" + label.lower().encode("punycode").decode()
        for label in labels
    )


def _unstructured(name: str, value: str) -> str:
    words = value.split(" ")
    plain = value.isascii() and value.isprintable() and "=?" not in value and value == value.strip()
    if plain and all(words) and max(map(len, words)) <= _FOLD_AT:
        return _fold(name, words)
    return _fold(name, _encoded_words(value)) if value else f"{name}:"


def _encoded_words(value: str) -> list[str]:
    """RFC 2047 words of at most 75 characters, none of which cuts a character in two."""
    words, chunk = [], b""
    for character in value:
        raw = character.encode("utf-8", "replace")
        if len(chunk) + len(raw) > 42:
            words.append(chunk)
            chunk = b""
        chunk += raw
    words.append(chunk)
    return [f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in words]


def _fold(name: str, words: Iterable[str]) -> str:
    """A header field folded between words; a word longer than a line stands alone."""
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _FOLD_AT and lines[-1] not in ("", f"{name}:"):
            lines.append("")
        lines[-1] += " " + word
    return "\r\n".join(lines)


def _text_part(subtype: str, text: str) -> bytes:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    flows = ""
    if subtype == "plain":
        text, flows = flowed.flow(text), "; format=flowed; delsp=no"
    lines = text.encode("utf-8", "replace").split(b"\n")
    fits = all(len(line) <= MAX_LINE for line in lines)
    charset, encoding, body = "utf-8", "quoted-printable", b"\r\n".join(lines)
    if text.isascii() and fits:
        charset, encoding = "us-ascii", "7bit"
    else:
        body = b"\r\n".join(binascii.b2a_qp(line).replace(b"\n", b"\r\n") for line in lines)
    head = (
        f'Content-Type: text/{subtype}; charset="{charset}"{flows}\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n"


def _invitation_part(invitation: Invitation) -> bytes:
    """The part calendars act upon: last of the alternatives, or Outlook shows a mail with a file.

    It has neither a disposition nor an id, for with one Thunderbird takes it for a file as well.
    """
    head = (
        f'Content-Type: text/calendar; charset="utf-8"; method={invitation.method}\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(invitation.content).replace(b"\n", b"\r\n")


def _attachment_part(file: Attachment) -> Iterator[bytes]:
    """A file in base64. A mail is sent as a file too: message/rfc822 may not be encoded (RFC 2046, 5.2.1)."""
    return _file_part(file.name, file.content_type, file.content, "attachment")


def _image_part(image: Image) -> Iterator[bytes]:
    named = f"Content-ID: <{image.content_id}>"
    return _file_part(image.name, image.content_type, image.content, "inline", named)


def _file_part(
    name: str, content_type: str, content: bytes, disposition: str, *more: str
) -> Iterator[bytes]:
    content_type = content_type.strip().lower()
    if not _CONTENT_TYPE.fullmatch(content_type) or content_type.startswith(
        ("multipart/", "message/")
    ):
        content_type = "application/octet-stream"
    lines = [
        f"Content-Type: {content_type};",
        f" {_parameter('name', name)}",
        "Content-Transfer-Encoding: base64",
        *more,
        f"Content-Disposition: {disposition};",
        f" {_parameter('filename', name)}",
    ]
    yield "\r\n".join([*lines, "", ""]).encode()
    for start in range(0, len(content), _PIECE):
        encoded = base64.encodebytes(content[start : start + _PIECE])
        yield encoded.replace(b"\n", b"\r\n")


def _parameter(name: str, value: str) -> str:
    """A file name as a parameter: quoted, or in RFC 2231 sections when it is not plain or not short."""
    if value.isascii() and value.isprintable() and len(value) <= 60 and not set(value) & set('"\\'):
        return f'{name}="{value}"'
    sections, current = [], ""
    for byte in value.encode("utf-8", "replace"):
        sign = (
            chr(byte)
            if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "-._~")
            else f"%{byte:02X}"
        )
        if len(current) + len(sign) > 54:
            sections.append(current)
            current = ""
        current += sign
    sections.append(current)
    if len(sections) == 1:
        return f"{name}*=utf-8''{sections[0]}"
    sections[0] = f"utf-8''{sections[0]}"
    return ";\r\n ".join(f"{name}*{number}*={section}" for number, section in enumerate(sections))


def _multipart(
    subtype: str, boundary: str, parts: list[Iterable[bytes]], *, root: str = ""
) -> Iterator[bytes]:
    """Parts between boundaries; ``root`` is the type of the first of related ones (RFC 2387, 3.1)."""
    kind = f'multipart/{subtype}; type="{root}"' if root else f"multipart/{subtype}"
    yield f'Content-Type: {kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    for part in parts:
        yield f"--{boundary}\r\n".encode()
        yield from part
    yield f"--{boundary}--\r\n".encode()
