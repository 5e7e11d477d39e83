"""The tree of parts of a mail, cut out of the raw bytes.

The standard library's parser works line by line and recurses without bound; this one finds boundaries
with `bytes.find`, so that a mail of many megabytes is read in milliseconds, and its depth and number of
parts are bounded. What lies beyond a bound is kept as one part instead of being dropped.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailsettings.mime import headers, patience
from mailsettings.mime.headers import Headers

MAX_DEPTH = 50
MAX_PARTS = 1000

_TYPE = re.compile(r"[^\s/]{1,100}/[^\s/]{1,100}")
_SNIFFED = re.compile(rb"(?:\A|[\r\n])--([^\s-][^\r\n]{0,69}?)[ \t]*(?=[\r\n]|\Z)")
_DELIMITER_END = re.compile(rb"[ \t]{0,200}(?:\r\r\n|\r\n|\n|\r|\Z)")


@dataclass(slots=True)
class Entity:
    """One part: its header fields, its body as sent, and the parts inside it when it is a multipart."""

    headers: Headers
    body: bytes
    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    children: list["Entity"] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        return self.content_type.startswith("text/")

    def content(self) -> bytes:
        """The body with its transfer encoding undone."""
        encoding = headers.first(self.headers, "Content-Transfer-Encoding").partition(";")[0]
        match encoding.strip().lower().strip("\"'"):
            case "base64":
                return headers.decode_base64(self.body)
            case "quoted-printable":
                return binascii.a2b_qp(self.body)
            case "x-uuencode" | "uuencode" | "x-uue" | "uue":
                return _decode_uu(self.body)
        return self.body


@dataclass(slots=True)
class Budget:
    """How many parts may still be made, and whether anything was left unsplit."""

    parts: int = MAX_PARTS
    exceeded: bool = False


def read(raw: bytes, budget: Budget) -> Entity:
    """Cut a whole mail into its parts."""
    start = len(raw) - len(raw.lstrip(b"\r\n"))
    return _entity(raw, start, len(raw), "text/plain", 0, budget)


def _entity(
    raw: bytes, start: int, end: int, default_type: str, depth: int, budget: Budget
) -> Entity:
    """Read the part in `raw[start:end]`; only parts without children copy their bytes."""
    patience.check()
    budget.parts -= 1
    fields, offset = headers.split(raw, start, end)
    content_type, parameters = headers.parameters(headers.first(fields, "Content-Type"))
    if not _TYPE.fullmatch(content_type):
        content_type = "text/plain" if content_type in ("text", "plain") else default_type
    if depth and headers.first(fields, "Message-ID") and headers.first(fields, "From"):
        # A whole mail between two delimiters, as some mail systems return it.
        return Entity((), raw[start:end], "message/rfc822", {}, "", "")
    disposition, named = headers.parameters(headers.first(fields, "Content-Disposition"))
    filename = named.get("filename") or parameters.get("name") or ""
    entity = Entity(fields, b"", content_type, parameters, disposition, filename)
    if content_type.startswith("multipart/"):
        pieces = _find_pieces(raw, offset, end, parameters.get("boundary", ""), budget)
        if pieces and depth < MAX_DEPTH and len(pieces) <= budget.parts:
            inner = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
            entity.children = [_entity(raw, *piece, inner, depth + 1, budget) for piece in pieces]
            return entity
        budget.exceeded = budget.exceeded or bool(pieces)
        entity.content_type = "text/plain"  # nothing to split by: shown as it came
    entity.body = raw[offset:end]
    return entity


def _find_pieces(
    raw: bytes, start: int, end: int, boundary: str, budget: Budget
) -> list[tuple[int, int]]:
    """The slices of a multipart's children; a boundary that is missing or wrong is looked for in the body."""
    limit = budget.parts + 1
    named = boundary.rstrip().encode("utf-8", "replace")
    pieces = list(_pieces(raw, start, end, named, limit)) if named else []
    if not pieces and (sniffed := _SNIFFED.search(raw, start, end)):
        pieces = list(_pieces(raw, start, end, sniffed.group(1), limit))
    return pieces


def _pieces(
    raw: bytes, start: int, end: int, boundary: bytes, limit: int
) -> Iterator[tuple[int, int]]:
    """The slices between the delimiter lines of a multipart, at most `limit` of them."""
    delimiter = b"--" + boundary
    begin = -1
    position = raw.find(delimiter, start, end)
    while position >= 0 and limit > 0:
        after = position + len(delimiter)
        closing = raw.startswith(b"--", after, end)
        rest = _DELIMITER_END.match(raw, after + 2 * closing, end)
        if rest and (position == start or raw[position - 1 : position] in (b"\n", b"\r")):
            if begin >= 0:
                yield begin, max(begin, _before_newline(raw, position))
                limit -= 1
            begin = -1 if closing else rest.end()
        position = raw.find(delimiter, after, end)
    if begin >= 0 and limit > 0:
        yield begin, end


def _before_newline(body: bytes, position: int) -> int:
    """The offset of the line break that ends just before `position`: it belongs to the delimiter."""
    for newline in (b"\r\r\n", b"\r\n", b"\n", b"\r"):
        if body.endswith(newline, 0, position):
            return position - len(newline)
    return position


def _decode_uu(body: bytes) -> bytes:
    """Undo uuencode line by line; text around the encoded block is ignored, torn lines are repaired."""
    decoded = []
    inside = False
    for line in body.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
            continue
        if line.strip() == b"end":
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except ValueError:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded.append(binascii.a2b_uu(line[:length]))
            except ValueError:
                continue
    return b"".join(decoded) if inside else body
