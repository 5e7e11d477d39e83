"""Mailboxes on disk: one Maildir for each address, read by the page and by the IMAP server."""

import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

from django.conf import settings

CRLF, LF = b"\r\n", b"\n"


@dataclass(frozen=True)
class Stored:
    """One mail in a box; ``key`` is its name there, ``raw`` its bytes with CRLF line ends."""

    key: str
    arrived_at: datetime
    raw: bytes


def root() -> Path:
    """The directory that holds everything the sandbox keeps."""
    return Path(settings.VAR_DIR) / "sandbox"


def folder(address: str) -> Path:
    """Where the mail of an address lives; any address becomes one harmless file name."""
    return root() / "mail" / quote(address.lower()[:150], safe="@+")


def names() -> list[str]:
    """The addresses that have a box, in order."""
    home = root() / "mail"
    return sorted(unquote(box.name) for box in home.iterdir()) if home.is_dir() else []


def add(address: str, raw: bytes) -> str:
    """Put a mail into the box of an address, made when it is the first one; return its key."""
    return _open(address).add(raw.replace(CRLF, LF))


def mails(address: str) -> Iterator[Stored]:
    """Yield the mails of a box, newest first; none when the address never got one."""
    if not folder(address).is_dir():
        return
    box = _open(address)
    for _, key in sorted(((_arrival(box, key), key) for key in box.keys()), reverse=True):  # noqa: SIM118 -- a Maildir iterates over mails, not keys
        stored = get(address, key)
        if stored is not None:
            yield stored


def get(address: str, key: str) -> Stored | None:
    """Return one mail, or None when the box has none of this key."""
    if not folder(address).is_dir():
        return None
    box = _open(address)
    try:
        raw, arrived = box.get_bytes(key), _arrival(box, key)
    except (KeyError, FileNotFoundError):
        return None
    return Stored(key, datetime.fromtimestamp(arrived, UTC), raw.replace(LF, CRLF))


def count(address: str) -> int:
    return len(_open(address)) if folder(address).is_dir() else 0


def _open(address: str) -> mailbox.Maildir:
    path = folder(address)
    path.parent.mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(path, create=True)


def _arrival(box: mailbox.Maildir, key: str) -> float:
    """Seconds since the epoch, as the key of a Maildir begins with them; finer than the file's date."""
    seconds, _, rest = key.partition(".")
    micros = rest.partition("M")[2].partition("P")[0]
    if seconds.isdigit() and micros.isdigit():
        return int(seconds) + int(micros) / 1e6
    return box.get_message(key).get_date()
