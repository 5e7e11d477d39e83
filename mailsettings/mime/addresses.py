"""Addresses and the header fields that list them."""

import re
from dataclasses import dataclass

from mailsettings.mime import headers

MAX_ADDRESSES = 500  # read from one field
MAX_WORDS = 20  # pieces of a name with unquoted commas; beyond that it is no name
MAX_NAME = 300  # characters

# One step of the scanner: quoted string, comment text, <route>, separators, or a run of anything else.
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"?|<([^<>]*)>?|([(),:;])|\s+|[^\s"<(),:;]+|.', re.DOTALL)
_SPEC = re.compile(r'(?:"[^"\r\n]{1,100}"|[^\s@<>(),;:"\[\]\\]{1,100})@(?:[^\s@<>(),;:"\\]{1,255})')


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox: a name to show, which may be empty, and its `local@domain`."""

    name: str
    addr_spec: str

    def __str__(self) -> str:
        return f"{self.name} <{self.addr_spec}>" if self.name else self.addr_spec

    @property
    def domain(self) -> str:
        """The lower-cased part after the last @."""
        return self.addr_spec.rpartition("@")[2].lower()


def read(value: str) -> tuple[Address, ...]:
    """Every usable address of a From, To or Cc field, in order; what has no `local@domain` is no address.

    `Doe, John <j@x>`, which lacks its quotes, is read as one person; groups are read as their members.
    """
    found = _read(value)
    if not found and "=?" in value:  # the whole field, brackets and all, was put into encoded words
        found = _read(headers.decode_words(value))
    return tuple(found)


def sender(value: str) -> Address | None:
    """The person a From field names: the first one with angle brackets, else the first address."""
    found = read(value)
    return next(
        (address for address in found if f"<{address.addr_spec}>" in value),
        found[0] if found else None,
    )


def is_valid(addr_spec: str) -> bool:
    """Whether this is a plain `local@domain`."""
    return _SPEC.fullmatch(addr_spec) is not None


def with_lower_domain(addr_spec: str) -> str:
    """The same address with its domain in lower case, which is how addresses are compared."""
    local, _, domain = addr_spec.rpartition("@")
    return f"{local}@{domain.lower().rstrip('.')}"


def _read(value: str) -> list[Address]:
    found: list[Address] = []
    words: list[str] = []  # the name so far, or the bare address
    comment: list[str] = []
    angle = ""
    depth = 0

    def finish() -> bool:
        """Take what was read so far as one mailbox; say whether it was one."""
        phrase = " ".join("".join(words).split())
        spec = angle or _bare(phrase)
        name = phrase if angle else "".join(comment)
        if not is_valid(spec):
            return not phrase
        name = _unquote(headers.decode_words(name))[:MAX_NAME]
        found.append(Address("" if name == spec else name, spec))
        return True

    for token in _TOKEN.finditer(value):
        quoted, inner, mark = token.groups()
        if len(found) >= MAX_ADDRESSES:
            break
        if mark == "(" or (depth and mark == ")"):
            depth += 1 if mark == "(" else -1
        elif depth:
            comment.append(token.group())
        elif quoted is not None:
            words.append(
                re.sub(r"\\(.)", r"\1", quoted)
                if not _begins_address(value, token.end())
                else token.group()
            )
        elif inner is not None:
            angle = angle or _strip_route(inner)
        elif mark == ":":
            words, comment, angle = [], [], ""
        elif mark in (",", ";"):
            if finish() or mark == ";" or len(words) > MAX_WORDS:
                words, comment, angle = [], [], ""
            else:
                words.append(", ")  # the comma of an unquoted "Doe, John"
        else:
            words.append(token.group())
    finish()
    return found


def _unquote(name: str) -> str:
    """A name without the quotes that some programs put around it a second time."""
    twice = len(name) > 1 and name[0] == name[-1] and name[0] in "'\""
    return name[1:-1].strip() if twice else name


def _bare(phrase: str) -> str:
    """The address in a phrase without angle brackets: the last word, blanks around its @ removed."""
    return phrase if is_valid(phrase) else re.sub(r" ?@ ?", "@", phrase).rpartition(" ")[2]


def _begins_address(value: str, end: int) -> bool:
    return value[end : end + 1] == "@"


def _strip_route(inner: str) -> str:
    """`@relay:j@x` and `mailto:j@x` without what comes before the address."""
    return "".join(inner.split()).rpartition(":")[2]
