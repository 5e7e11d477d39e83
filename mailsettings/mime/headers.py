"""The header block of a mail: splitting it, decoding its words, reading its parameters.

Everything here takes what real mail contains (8-bit bytes, unknown charsets, broken folding) and never
raises. Header values are kept as they were sent, unfolded; encoded words are decoded only on request,
because an encoded comma or bracket must not change how an address list is read.
"""

import binascii
import codecs
import functools
import re
import urllib.parse
from collections.abc import Iterator

from mailsettings.mime import patience

MAX_BLOCK = 256 * 1024  # bytes of one header block that are read; the rest is skipped
MAX_IDS = 100  # message ids taken from one header

_LINE = re.compile(rb"([^\r\n]*)(\r\r\n|\r\n|\n|\r|\Z)")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_WORD = re.compile(r"=\?([^?\s]*)\?([BbQq])\?([^?]*)\?=")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_ID = re.compile(r"<([^<>]{1,900})>")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

# Mail says one charset and means its superset; the WHATWG encoding standard lists the same pairs.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
}
# Text codecs of Python that no mail means: quadratic, warning, or refusing everything.
_REFUSED = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}

Headers = tuple[tuple[str, str], ...]


def split(raw: bytes, start: int = 0, end: int | None = None) -> tuple[Headers, int]:
    """Read the header block in `raw[start:end]`: its fields in order, and the offset of the body.

    A line that is no header field ends the block and belongs to the body. An mbox "From " line is skipped.
    """
    fields: list[tuple[bytes, list[bytes]]] = []
    position, size = start, 0
    limit = len(raw) if end is None else end
    while position < limit:
        match = _LINE.match(raw, position, limit)
        line, after = (match.group(1), match.end()) if match else (b"", limit)
        if not line:
            position = after
            break
        patience.check()
        field = _FIELD.match(line)
        size += len(line)
        if line[:1] in b" \t" and fields:
            if size <= MAX_BLOCK:
                fields[-1][1].append(line)
        elif field:
            if size <= MAX_BLOCK:
                fields.append((field.group(1), [field.group(2)]))
        elif fields or not line.startswith((b"From ", b">From ")):
            break
        position = after
    return tuple(
        (to_text(name), clean(to_text(b"".join(lines))).strip()) for name, lines in fields
    ), position


def first(headers: Headers, name: str) -> str:
    """The first value of a field, or an empty string."""
    return next(every(headers, name), "")


def every(headers: Headers, name: str) -> Iterator[str]:
    """All values of a field, top to bottom."""
    wanted = name.lower()
    return (value for key, value in headers if key.lower() == wanted)


def clean(text: str) -> str:
    """Text that a database and JSON can hold: no NUL or control characters, no lone surrogates."""
    if text.isascii():
        return text if text.isprintable() else _CONTROL.sub("", text)
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return _CONTROL.sub("", text)


def to_text(raw: bytes, charset: str = "") -> str:
    """Decode bytes by the charset they claim; by UTF-8, then Windows-1252, where the claim is no help."""
    codec = _codec(charset) if charset else ""
    # ASCII and Latin-1 are what programs claim that do not care; UTF-8 is never met by accident.
    candidates = ("utf-8-sig", "cp1252", "latin-1") if codec in ("", "cp1252") else (codec,)
    for name in candidates:
        try:
            return raw.decode(name)
        except ValueError:
            continue
    return raw.decode(codec, "replace")


@functools.lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    """Python's name of a charset, or an empty string for one that is unknown or unfit for mail."""
    try:
        name = codecs.lookup(charset.strip().strip("\"'")[:40] or "ascii").name
        b"".decode(name)  # refuses the codecs that are no charsets, such as "zip"
    except (LookupError, ValueError):
        return ""
    return "" if name in _REFUSED else _SUPERSETS.get(name, name)


def decode_words(value: str) -> str:
    """Text of an unstructured field: RFC 2047 words decoded, the rest as it is.

    Neighbouring words of one charset are joined before decoding: senders cut characters in two.
    """
    pieces: list[str] = []
    pending, charset, position = b"", "", 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        position = word.end()
        claimed = word.group(1).partition("*")[0].lower()
        if pending and (between.strip() or claimed != charset):
            pieces.append(to_text(pending, charset))
            pending = b""
        if between.strip() or not (pieces or pending):
            pieces.append(between)
        pending, charset = pending + _word_bytes(word.group(2), word.group(3)), claimed
    if pending:
        pieces.append(to_text(pending, charset))
    return re.sub(r"[\n\t]", " ", clean("".join(pieces) + value[position:])).strip()


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    return decode_base64(raw) if encoding in "Bb" else binascii.a2b_qp(raw, header=True)


def decode_base64(raw: bytes) -> bytes:
    """Base64 as mail has it: foreign characters skipped, missing padding added, a torn tail dropped."""
    try:
        return binascii.a2b_base64(raw)
    except ValueError:
        digits = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
        digits = digits[: -1 if len(digits) % 4 == 1 else None]
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """Read `text/plain; charset=…`: the lower-cased value and its parameters.

    RFC 2231 continuations and charsets are resolved, and the RFC 2047 words that many programs put
    into file names instead.
    """
    head = value.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for key, quoted in _PARAMETER.findall(value):
        text = quoted.strip()
        if text.startswith('"'):
            text = re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'), flags=re.DOTALL)
        name, star, section = key.lower().partition("*")
        if not star:
            plain.setdefault(name, decode_words(text))
            continue
        number = section.rstrip("*")
        index = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
        sections.setdefault(name, {}).setdefault(index, (text, key.endswith("*")))
    return head, plain | {name: _join_sections(parts) for name, parts in sections.items()}


def _join_sections(parts: dict[int, tuple[str, bool]]) -> str:
    raw, charset = b"", ""
    for index, (_, (text, encoded)) in enumerate(sorted(parts.items())):
        rest = text
        if encoded and index == 0 and text.count("'") >= 2:
            charset, _language, rest = text.split("'", 2)
        raw += urllib.parse.unquote_to_bytes(rest) if encoded else rest.encode("utf-8", "replace")
    return clean(to_text(raw, charset))


def message_ids(value: str) -> tuple[str, ...]:
    """The message ids of a field, with their angle brackets, each once, at most the first and 99 last.

    An id is what stands between angle brackets, whatever it looks like; a field without brackets is
    read word by word.
    """
    found = [re.sub(r"\s+", " ", inner).strip() for inner in _ID.findall(value)]
    if not found:
        found = [word.strip("<>,;") for word in value.split() if "@" in word and len(word) < 900]
    ids = list(dict.fromkeys(f"<{inner}>" for inner in found if inner))
    return tuple(ids if len(ids) <= MAX_IDS else ids[:1] + ids[1 - MAX_IDS :])
