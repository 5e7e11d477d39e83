"""Reading mail: `parse` turns any bytes into a ParsedMail and never raises."""

import email.utils
import functools
import mimetypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from html import escape

from mailsettings.mime import addresses, filenames, flowed, headers, patience, structure, text, tnef
from mailsettings.mime.addresses import Address
from mailsettings.mime.headers import Headers
from mailsettings.mime.patience import TakesTooLong
from mailsettings.mime.structure import Entity

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
# Text that is data rather than something to read; every other kind of text belongs to the body.
_DATA = {
    "text/calendar",
    "text/csv",
    "text/directory",
    "text/rfc822-headers",
    "text/rtf",
    "text/vcard",
}
_UNKNOWN = "application/octet-stream"
_DATA |= {"text/x-amp-html", "text/x-vcard", "text/xml"}


@dataclass(frozen=True)
class Part:
    """An attachment. `name` is safe to show and to save under; its transfer encoding is undone when it is read.

    Whether it is an image of the text is seen by the text (`html.content_ids`), not by its disposition: mail
    programs call a CV `inline` too.
    """

    name: str
    content_type: str
    decode: Callable[[], bytes] = field(repr=False)
    content_id: str = ""

    @functools.cached_property
    def content(self) -> bytes:
        return self.decode()


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """What a mail says. Every string is free of NUL and lone surrogates, every message id has its brackets.

    `headers` holds the fields in order, unfolded, encoded words as they were sent. `text` is the best plain
    text of the whole mail, `html` its unsanitised HTML or "". `error` says why the mail could be read only
    in part; the rest of the object is then what could be read.
    """

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    return_path: str = ""
    headers: Headers = ()
    content_type: str = "text/plain"
    text: str = ""
    html: str = ""
    attachments: tuple[Part, ...] = ()
    auto_submitted: str = ""
    raw_size: int = 0
    error: str = ""

    def header(self, name: str) -> str:
        """The first value of a header field, or an empty string."""
        return headers.first(self.headers, name)

    def all_headers(self, name: str) -> tuple[str, ...]:
        """All values of a header field, top to bottom."""
        return tuple(headers.every(self.headers, name))


@dataclass(slots=True)
class _Body:
    """What the walk over the parts has gathered so far."""

    segments: list[tuple[str, str]] = field(default_factory=list)  # (plain text, html), in order
    attachments: list[Part] = field(default_factory=list)


def parse(raw: bytes) -> ParsedMail:
    """Read a mail from its raw bytes. What cannot be read is told in `error`.

    Never raises, but for `TakesTooLong` within a limit of `patience`.
    """
    try:
        return _parse(raw)
    except TakesTooLong:
        raise
    except Exception as error:  # noqa: BLE001 -- a mail that trips the parser must be stored and shown, not lost
        return _fall_back(raw, f"{type(error).__name__}: {error}"[:200])


def read_date(value: str) -> datetime | None:
    """The aware time a Date field names; a missing zone means UTC. None for what is no plausible time."""
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not 1970 < moment.year < 2200:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _parse(raw: bytes) -> ParsedMail:
    budget = structure.Budget()
    root = structure.read(raw, budget)
    body = _Body()
    _gather(root, body, within="")
    return _mail(
        root.headers,
        content_type=root.content_type,
        text="\n\n".join(plain.strip("\n") for plain, _ in body.segments if plain.strip()),
        html=_join_html(body.segments),
        attachments=tuple(body.attachments),
        raw_size=len(raw),
        error="too many or too deeply nested parts" if budget.exceeded else "",
    )


def _fall_back(raw: bytes, error: str) -> ParsedMail:
    """The headers that can be read, and everything else as one text."""
    try:
        fields, offset = headers.split(raw)
        return _mail(
            fields, text=_clean_text(headers.to_text(raw[offset:])), raw_size=len(raw), error=error
        )
    except Exception:  # noqa: BLE001 -- the last resort of a function that promises not to raise
        return ParsedMail(text=_clean_text(raw.decode("latin-1")), raw_size=len(raw), error=error)


def _mail(
    fields: Headers,
    *,
    text: str,
    raw_size: int,
    error: str,
    content_type: str = "text/plain",
    html: str = "",
    attachments: tuple[Part, ...] = (),
) -> ParsedMail:
    """Add what the header fields say to what the body holds."""

    def ids(name: str) -> tuple[str, ...]:
        return headers.message_ids(" ".join(headers.every(fields, name)))

    def people(name: str) -> tuple[Address, ...]:
        return tuple(
            found for value in headers.every(fields, name) for found in addresses.read(value)
        )

    return ParsedMail(
        message_id=next(iter(ids("Message-ID")), ""),
        in_reply_to=next(iter(ids("In-Reply-To")), ""),
        references=ids("References"),
        subject=headers.decode_words(headers.first(fields, "Subject")),
        date=read_date(headers.first(fields, "Date")),
        sender=addresses.sender(headers.first(fields, "From"))
        or addresses.sender(headers.first(fields, "Sender")),
        reply_to=people("Reply-To"),
        to=people("To"),
        cc=people("Cc"),
        return_path=headers.first(fields, "Return-Path"),
        headers=fields,
        content_type=content_type,
        text=text,
        html=html,
        attachments=attachments,
        auto_submitted=headers.first(fields, "Auto-Submitted")
        .partition(";")[0]
        .partition("(")[0]
        .strip()
        .lower(),
        raw_size=raw_size,
        error=error,
    )


def _gather(entity: Entity, body: _Body, within: str) -> None:
    """Walk the parts in order; `within` is the kind of the multipart around this part."""
    patience.check()
    if entity.content_type == "multipart/alternative" and entity.children:
        body.segments.extend(_best_alternative(entity, body))
        return
    if entity.children:
        for child in entity.children:
            _gather(child, body, entity.content_type)
        return
    if entity.content_type in tnef.TYPES or entity.filename.lower() == tnef.NAME:
        _unwrap(entity, body)
    elif _is_body(entity, body, within):
        shown = _read_text(entity)
        is_html = entity.content_type == "text/html"
        body.segments.append((text.from_html(shown), shown) if is_html else (shown, ""))
    else:
        body.attachments.append(_attachment(entity))


def _unwrap(entity: Entity, body: _Body) -> None:
    """Take over what a winmail.dat holds; itself it stays only where something could not be read."""
    wrapped = tnef.read(entity.content())
    if not wrapped.is_complete:
        body.attachments.append(_attachment(entity))
    for file in wrapped.files:
        kind = file.content_type or mimetypes.guess_type(file.name)[0] or _UNKNOWN
        name = filenames.sanitise(file.name, kind)
        body.attachments.append(Part(name, kind, partial(_held, file.content), file.content_id))
    shown = wrapped.text or (text.from_html(wrapped.html) if wrapped.html else "")
    known = " ".join(" ".join(plain for plain, _ in body.segments).split())
    if " ".join(shown.split()) not in known:  # Outlook says the text beside the wrapper as well
        body.segments.append((shown, wrapped.html))


def _best_alternative(entity: Entity, body: _Body) -> Iterator[tuple[str, str]]:
    """Fold the alternatives of one text into one segment: the plain text, and the HTML beside it."""
    inner = _Body(attachments=body.attachments)
    for child in entity.children:
        _gather(child, inner, entity.content_type)
    pages = [html for _, html in inner.segments if html]
    plain = list(
        dict.fromkeys(plain for plain, html in inner.segments if not html and plain.strip())
    )
    if not plain:
        plain = [text.from_html(page) for page in pages]
    yield "\n\n".join(plain), "\n".join(pages)


def _is_body(entity: Entity, body: _Body, within: str) -> bool:
    """Whether a part is text to read, rather than a file that happens to be text."""
    if not entity.is_text or entity.content_type in _DATA or entity.disposition == "attachment":
        return False
    has_place = within in ("multipart/alternative", "multipart/related") or not body.segments
    return has_place or not entity.filename


def _read_text(entity: Entity) -> str:
    content = entity.content()
    charset = entity.parameters.get("charset", "")
    if (
        not charset
        and entity.content_type == "text/html"
        and (meta := _META_CHARSET.search(content, 0, 4096))
    ):
        charset = meta.group(1).decode("ascii", "replace")
    shown = _clean_text(headers.to_text(content, charset))
    if (
        entity.content_type == "text/plain"
        and entity.parameters.get("format", "").lower() == "flowed"
    ):
        return flowed.unflow(
            shown, delete_space=entity.parameters.get("delsp", "").lower() == "yes"
        )
    return shown


def _clean_text(shown: str) -> str:
    return headers.clean(shown.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def _attachment(entity: Entity) -> Part:
    name = entity.filename
    if not name and entity.content_type == "message/rfc822":
        name = filenames.for_message(entity.content())
    content_id = headers.first(entity.headers, "Content-ID").strip("<> ")
    return Part(
        filenames.sanitise(name, entity.content_type),
        entity.content_type,
        entity.content,
        content_id,
    )


def _held(content: bytes) -> bytes:
    return content


def _join_html(segments: list[tuple[str, str]]) -> str:
    """The HTML of all segments, with the plain ones between them; empty when there is no HTML at all."""
    if not any(html for _, html in segments):
        return ""
    return "\n".join(
        html or f"<pre>{escape(plain)}</pre>" for plain, html in segments if html or plain.strip()
    )
