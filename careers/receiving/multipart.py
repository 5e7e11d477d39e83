"""Reading multipart/form-data (RFC 7578) so that nothing which was sent is lost over its spelling.

Django's own parser drops, without a word, a part whose headers are not UTF-8 or whose file name comes
to nothing, takes a file without a name for text, and ignores the charset a part states.
"""

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters

PIECE = 256 * 1024  # bytes read at once
MAX_PARTS = 5000  # those without a name or content, which nobody else counts, among them
MAX_LINE = 64 * 1024  # bytes of quoted-printable
MAX_HEADERS = 16 * 1024  # bytes of one part's headers; a file name may need some thousand
# Without a file name these say "text"; any other stated type says "file".
TEXT_TYPES = ("", "text/", "application/json", "application/octet-stream")
# Codecs of Python that are no charset of a text; some take for ever, some make what is no text.
NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"})
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(r"\r?\n")
_EXTENDED = re.compile(r";\s*[\w-]+\*\d*\*?=[^;]*")
_FOLD = re.compile(r"\r?\n[ \t]+")

Headers = Mapping[str, tuple[str, Mapping[str, str]]]


@dataclass(frozen=True)
class Part:
    """One part of a form. ``pieces`` are its bytes; what is not read of them is skipped.

    ``file_name`` is None when the part has none, and empty when it has an empty one.
    """

    name: str
    file_name: str | None
    content_type: str
    charset: str
    pieces: Iterator[bytes]

    @property
    def is_file(self) -> bool:
        """Whether the part says that it is a file; an empty file input of a browser says so, too."""
        if self.file_name is not None:
            return True
        if self.content_type == "application/octet-stream":
            return "document" in self.name
        return not self.content_type.startswith(TEXT_TYPES[1:]) and bool(self.content_type)


def parse(stream: IO[bytes], boundary: bytes) -> Iterator[Part]:
    """Yield the parts in order, each to be read before the next one is asked for.

    Lines may end in LF alone. ``MultiPartParserError`` for a body without a delimiter or one that ends
    within a part, for headers above ``MAX_HEADERS``, for content that has no name, for more than ``MAX_PARTS``.
    """
    body = _Body(stream, boundary)
    for _ in body.read_part():  # the preamble, which is for mail readers
        pass
    parts = 0
    while body.begins_part():
        parts += 1
        if parts > MAX_PARTS:
            raise MultiPartParserError("too many parts")
        headers = _parse_headers(body.read_headers())
        disposition = headers.get("content-disposition", ("", {}))[1]
        content_type, options = headers.get("content-type", ("", {}))
        coding = headers.get("content-transfer-encoding", ("", {}))[0]
        part = Part(
            name=disposition.get("name", "").strip(),
            file_name=disposition.get("filename"),
            content_type=content_type,
            charset=options.get("charset", ""),
            pieces=_decode_transfer(body.read_part(), coding),
        )
        if part.name or part.file_name:
            yield part
        elif any(part.pieces):
            raise MultiPartParserError("a part has no name")
        for _ in part.pieces:
            pass


def decode(raw: bytes, charset: str = "") -> str:
    """Return text in the charset it claims, else in UTF-8, else in what Windows calls Latin-1."""
    for name in (charset, "utf-8", "cp1252"):
        try:
            if codecs.lookup(name).name not in NO_CHARSETS:
                return raw.decode(name)
        except (LookupError, ValueError):  # a UnicodeError is one of these
            continue
    return raw.decode("latin-1")


class _Body:
    """The bytes of a form, cut at its delimiters; holds little more than one piece."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        self.stream = stream
        self.delimiter = b"\n--" + boundary
        self.rest = b"\n"  # so that the first delimiter begins a line like every other

    def read_part(self) -> Iterator[bytes]:
        """Yield all bytes up to the next delimiter, and step over it."""
        held = len(self.delimiter) + 1  # perhaps the beginning of one, and the CR before it
        while (end := self.rest.find(self.delimiter)) < 0:
            if len(self.rest) > held:
                piece, self.rest = self.rest[:-held], self.rest[-held:]
                yield piece
            if not self._fetch():
                raise MultiPartParserError("the body ends before its boundary")
        last = self.rest[:end].removesuffix(b"\r")
        self.rest = self.rest[end + len(self.delimiter) :]
        if last:
            yield last

    def begins_part(self) -> bool:
        """Step to the end of a delimiter's line; False where it is the closing one."""
        while b"\n" not in self.rest and not self.rest.startswith(b"--"):
            if len(self.rest) > MAX_HEADERS or not self._fetch():
                return False
        if self.rest.startswith(b"--"):
            return False
        self.rest = self.rest[self.rest.index(b"\n") :]
        return True

    def read_headers(self) -> bytes:
        while not (blank := _BLANK_LINE.search(self.rest)):
            if len(self.rest) > MAX_HEADERS or not self._fetch():
                raise MultiPartParserError("the headers of a part do not end")
        if blank.start() > MAX_HEADERS:
            raise MultiPartParserError("the headers of a part are too long")
        head, self.rest = self.rest[: blank.start()], self.rest[blank.end() :]
        return head

    def _fetch(self) -> bool:
        piece = self.stream.read(PIECE)
        self.rest += piece
        return bool(piece)


def _parse_headers(raw: bytes) -> Headers:
    """Return each header's value and parameters by its lower-case name; what is no header is skipped."""
    headers: dict[str, tuple[str, Mapping[str, str]]] = {}
    for line in _LINE_END.split(_FOLD.sub(" ", decode(raw))):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = _parse_value(value)
    return headers


def _parse_value(value: str) -> tuple[str, Mapping[str, str]]:
    try:
        main, parameters = parse_header_parameters(value)
    except (LookupError, ValueError):  # ``filename*`` that cannot be read; a plain one may be there
        main, parameters = parse_header_parameters(_EXTENDED.sub("", value))
    return main.strip(), {name.lower(): text for name, text in parameters.items()}


def _decode_transfer(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """Undo a Content-Transfer-Encoding, which nobody should use (RFC 7578, 4.7) and some do."""
    if coding == "base64":
        return _from_base64(pieces)
    return _from_quoted_printable(pieces) if coding == "quoted-printable" else pieces


def _from_base64(pieces: Iterator[bytes]) -> Iterator[bytes]:
    left = b""
    try:
        for piece in pieces:
            left += b"".join(piece.split())
            whole = len(left) // 4 * 4
            yield base64.b64decode(left[:whole], validate=True)
            left = left[whole:]
    except binascii.Error as error:
        raise MultiPartParserError("broken base64") from error
    if left:
        raise MultiPartParserError("base64 that ends too early")


def _from_quoted_printable(pieces: Iterator[bytes]) -> Iterator[bytes]:
    left = b""
    for piece in pieces:
        lines, end, left = (left + piece).rpartition(b"\n")
        if len(left) > MAX_LINE:  # it has 76 characters at most
            raise MultiPartParserError("a line of quoted-printable does not end")
        yield quopri.decodestring(lines + end)
    yield quopri.decodestring(left)
