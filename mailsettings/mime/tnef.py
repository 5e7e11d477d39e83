"""winmail.dat: what Outlook wraps a mail's text and files in (MS-OXTNEF), taken apart again.

Read here rather than by tnefparse, which believes the counts a file names: twenty bytes that promise four
thousand million values keep it busy for hours. Everything below is linear in the bytes that are there.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailsettings.mime import headers

TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
NAME = "winmail.dat"
MAX_ATTRIBUTES = 5000  # of one wrapper, and properties of one attribute
MAX_DEPTH = 5

_SIGNATURE = 0x223E9F78
_BODY, _CODEPAGE, _PROPERTIES = 0x800C, 0x9007, 0x9003
_NEW_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_TEXT, _RTF, _HTML, _CHARSET = 0x1000, 0x1009, 0x1013, 0x3FDE
_OBJECT, _SHORT_NAME, _LONG_NAME, _TYPE, _CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
_UNICODE = 0x1F
_VARIABLE = (0x0D, 0x1E, _UNICODE, 0x102)
_WIDTHS = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


@dataclass(slots=True)
class File:
    """A file of a wrapper, named as the sender named it."""

    name: str = ""
    content_type: str = ""
    content_id: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Wrapped:
    """What a wrapper holds. ``is_complete`` is False when there is more than stands here."""

    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    is_complete: bool = True


def read(raw: bytes) -> Wrapped:
    """Take a wrapper apart. Never raises: of a damaged one that much is returned as could be read."""
    return _read(raw, 0)


def _read(raw: bytes, depth: int) -> Wrapped:
    found = Wrapped()
    if depth > MAX_DEPTH or len(raw) < 6 or struct.unpack_from("<I", raw)[0] != _SIGNATURE:
        found.is_complete = False
        return found
    charset, has_rtf = "cp1252", False
    try:
        for name, data in _attributes(raw):
            if name == _NEW_FILE:
                found.files.append(File())
            elif name in (_TITLE, _DATA, _FILE_PROPERTIES):
                _read_file(found, name, data, charset, depth)
            elif name == _CODEPAGE and len(data) >= 4:
                charset = f"cp{struct.unpack_from('<I', data)[0]}"
            elif name == _BODY:
                found.text = found.text or _decode(data, charset)
            elif name == _PROPERTIES:
                has_rtf |= _read_message(found, dict(_properties(data, charset)), charset)
    except (struct.error, ValueError):
        found.is_complete = False
    if has_rtf and not found.text and not found.html:
        found.is_complete = False
    return found


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    for _ in range(MAX_ATTRIBUTES):
        if position + 11 > len(raw):
            return
        _level, name, _type, length = struct.unpack_from("<BHHI", raw, position)
        data = raw[position + 9 : position + 9 + length]
        if len(data) < length:
            raise ValueError("cut off")
        yield name, data
        position += length + 11
    raise ValueError("too many attributes")


def _properties(data: bytes, charset: str) -> Iterator[tuple[int, str | bytes]]:
    """The first value of each property: text as text, all else as bytes."""
    position = 4
    for _ in range(min(struct.unpack_from("<I", data)[0], MAX_ATTRIBUTES)):
        kind, name = struct.unpack_from("<HH", data, position)
        position += 4
        if name >= 0x8000:  # a name of its own stands before the value
            if struct.unpack_from("<I", data, position + 16)[0]:
                length = struct.unpack_from("<I", data, position + 20)[0]
                position += 24 + _padded(length)
            else:
                position += 24
        is_many, kind = bool(kind & 0x1000), kind & 0xFFF
        if kind not in _VARIABLE and kind not in _WIDTHS:
            raise ValueError("unknown type")
        count = 1
        if is_many or kind in _VARIABLE:
            count = struct.unpack_from("<I", data, position)[0]
            position += 4
        for index in range(count):
            length = _WIDTHS.get(kind, 0)
            if kind in _VARIABLE:
                length = struct.unpack_from("<I", data, position)[0]
                position += 4
            if position + length > len(data):
                raise ValueError("cut off")
            if index == 0:
                yield name, _value(kind, data[position : position + length], charset)
            position += _padded(length)


def _value(kind: int, value: bytes, charset: str) -> str | bytes:
    if kind == _UNICODE:
        return headers.clean(value.decode("utf-16-le", "replace").rstrip("\0"))
    return _decode(value, charset) if kind == 0x1E else value


def _padded(length: int) -> int:
    return (length + 3) & ~3


def _decode(value: bytes, charset: str) -> str:
    shown = headers.to_text(value.rstrip(b"\0"), charset)
    return headers.clean(shown.replace("\r\n", "\n").replace("\r", "\n"))


def _read_message(found: Wrapped, values: dict[int, str | bytes], charset: str) -> bool:
    """Take over the text; say whether there is one in RTF."""
    codepage = values.get(_CHARSET)
    if isinstance(codepage, bytes) and len(codepage) >= 4:
        number = struct.unpack_from("<I", codepage)[0]
        charset = "utf-8" if number == 65001 else f"cp{number}"
    for name in (_TEXT, _HTML):
        value = values.get(name, "")
        shown = _decode(value, charset) if isinstance(value, bytes) else value
        if name == _TEXT:
            found.text = shown.replace("\r\n", "\n") or found.text
        else:
            found.html = shown
    return _RTF in values


def _read_file(found: Wrapped, name: int, data: bytes, charset: str, depth: int) -> None:
    if not found.files:
        found.files.append(File())
    file = found.files[-1]
    if name == _TITLE:
        file.name = file.name or _decode(data, charset)
    elif name == _DATA:
        file.content = data
    else:
        _describe_file(found, file, dict(_properties(data, charset)), depth)


def _describe_file(found: Wrapped, file: File, values: dict[int, str | bytes], depth: int) -> None:
    def text(name: int) -> str:
        value = values.get(name, "")
        return value if isinstance(value, str) else ""

    file.name = text(_LONG_NAME) or file.name or text(_SHORT_NAME)
    file.content_type = text(_TYPE).lower()
    file.content_id = text(_CONTENT_ID).strip("<> ")
    held = values.get(_OBJECT)
    if not isinstance(held, bytes):
        return
    if not held.startswith(_MESSAGE):
        file.content = held
        return
    inner = _read(held[len(_MESSAGE) :], depth + 1)
    found.is_complete = found.is_complete and inner.is_complete
    file.name = f"{file.name or 'message'}.txt"
    file.content_type, file.content = "text/plain", inner.text.encode()
    if inner.html:
        found.files.append(File(file.name[:-4] + ".html", "text/html", "", inner.html.encode()))
    found.files.extend(inner.files)
