"""Reading a mailbox over IMAP (RFC 9051, 3501) without leaving a trace in it.

Folders are opened read-only, mails are fetched with PEEK in batches of bounded size, progress is a
UID that the caller keeps. Nothing is ever flagged, moved or deleted. The one thing written is a
copy that ``append`` files.
"""

import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from mailsettings.wire.imap_session import (
    Account,
    Client,
    ImapError,
    check_arguments,
    naming_errors,
    session,
    trouble,
)
from mailsettings.wire.net import Encryption

__all__ = [
    "Account",
    "Client",
    "Encryption",
    "Fetched",
    "FolderState",
    "ImapError",
    "append",
    "can_wait",
    "fetch",
    "fetch_headers",
    "fetch_since",
    "list_uids",
    "list_uids_above",
    "list_uids_with_subject",
    "open_folder",
    "read_newest",
    "session",
    "wait_for_news",
]

MIB = 1024 * 1024
AT_ONCE = 50  # mails of a batch
LAST_UID = 2**32 - 1
# UIDs in one question about sizes: keeps the command line under the 8 KiB servers accept.
SIZES_AT_ONCE = 500
LARGEST_HEADER = 256 * 1024  # bytes, in the mean of a batch


@dataclasses.dataclass(frozen=True)
class FolderState:
    """What a folder says when opened. A number the server does not tell is 0."""

    uidvalidity: int
    uidnext: int
    exists: int


@dataclasses.dataclass(frozen=True)
class Fetched:
    """One mail; ``size`` is in bytes, as the server counts.

    ``raw`` is None when there is a ``problem``: ``oversize`` (``headers`` has the header section)
    or ``unreadable`` (the server refuses to hand this mail out).
    """

    uid: int
    raw: bytes | None
    size: int
    internal_date: dt.datetime | None
    headers: bytes = b""
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class _Announced:
    uid: int
    size: int
    internal_date: dt.datetime | None


def open_folder(client: Client, folder: str, readonly: bool = True) -> FolderState:
    """Open a folder; the functions below speak of the one that is open.

    An unknown folder raises ImapError with the code ``folder_missing``.
    """
    check_arguments(folder)
    with naming_errors(refused="folder_missing"):
        state = client.select_folder(folder, readonly=readonly)
    return FolderState(
        uidvalidity=state.get(b"UIDVALIDITY", 0),
        uidnext=state.get(b"UIDNEXT", 0),
        exists=state.get(b"EXISTS", 0),
    )


def list_uids(client: Client, since: dt.date | None = None) -> list[int]:
    """Return the UIDs in the open folder, ascending; ``since`` a day of arrival, if given."""
    with naming_errors():
        return sorted(client.search(["SINCE", since] if since else ["ALL"]))


def fetch_since(
    client: Client,
    last_uid: int,
    *,
    max_count: int = AT_ONCE,
    max_bytes: int = 8 * MIB,
    oversize: int = 50 * MIB,
) -> Iterator[list[Fetched]]:
    """Yield the mails above ``last_uid`` in ascending batches; see ``fetch``."""
    new = list_uids_above(client, last_uid)
    yield from fetch(client, new, max_count=max_count, max_bytes=max_bytes, oversize=oversize)


def list_uids_above(client: Client, last_uid: int) -> list[int]:
    """Return the UIDs in the open folder above ``last_uid``, ascending."""
    if last_uid >= LAST_UID:
        return []
    with naming_errors():
        found = client.search(["UID", f"{last_uid + 1}:*"])
    # The range n:* always holds the last mail, even when its UID is below n.
    return sorted(uid for uid in found if uid > last_uid)


def list_uids_with_subject(client: Client, word: str) -> list[int]:
    """Return the UIDs of the mails in the open folder whose subject holds ``word``, ascending."""
    check_arguments(word)
    with naming_errors():
        return sorted(client.search(["SUBJECT", word]))


def fetch_headers(
    client: Client, uids: Sequence[int], *, max_count: int = AT_ONCE
) -> Iterator[dict[int, bytes]]:
    """Yield the header sections of the given mails in batches; bodies stay where they are."""
    remaining = iter(uids)
    while some := list(islice(remaining, max_count)):
        client.expect_bytes(0, slack=len(some) * LARGEST_HEADER)
        answers = _ask_one_by_one_if_refused(client, some, "BODY.PEEK[HEADER]")
        yield {uid: answers.get(uid, {}).get(b"BODY[HEADER]") or b"" for uid in some}


def fetch(
    client: Client,
    uids: Sequence[int],
    *,
    max_count: int = AT_ONCE,
    max_bytes: int = 8 * MIB,
    oversize: int = 50 * MIB,
) -> Iterator[list[Fetched]]:
    """Yield the given mails in batches of at most ``max_count`` mails and ``max_bytes`` bytes.

    A mail above ``max_bytes`` comes alone, above ``oversize`` with its header only. A mail that
    vanished meanwhile is left out, and no batch is empty. The order is that of ``uids``.
    """
    batch: list[_Announced] = []
    weight = 0
    for mail in _announce(client, uids):
        weight += _weight(mail, oversize)
        if batch and (len(batch) == max_count or weight > max_bytes):
            yield from _fetch_batch(client, batch, oversize)
            batch, weight = [], _weight(mail, oversize)
        batch.append(mail)
    if batch:
        yield from _fetch_batch(client, batch, oversize)


def read_newest(client: Client, state: FolderState) -> bool:
    """Fetch the header of the newest mail of the open folder; return whether there is one."""
    if not state.exists:
        return False
    with naming_errors(refused="read_refused"):
        uids = client.search(["UID", f"{max(1, state.uidnext - 1)}:*"])
    found = [mail for batch in fetch(client, sorted(uids)[-1:], oversize=0) for mail in batch]
    if any(mail.problem == "unreadable" for mail in found):
        raise trouble("read_refused")
    return bool(found)


def can_wait(client: Client) -> bool:
    """Whether the server tells of new mail by itself (IDLE, RFC 2177)."""
    with naming_errors():
        return bool(client.has_capability("IDLE"))


def wait_for_news(client: Client, seconds: float, is_over: Callable[[], bool]) -> bool:
    """Wait until the open folder changes; False after ``seconds``, or when ``is_over`` says so."""
    until = time.monotonic() + seconds
    with naming_errors():
        client.idle()
        said = False
        while not said and time.monotonic() < until and not is_over():
            said = client.wait_readable(min(1.0, max(0.0, until - time.monotonic())))
        _, news = client.idle_done()
    return any(len(line) > 1 and line[1] == b"EXISTS" for line in news)


def append(
    client: Client,
    folder: str,
    raw: bytes,
    *,
    flags: Sequence[str] = (r"\Seen",),
    arrived_at: dt.datetime | None = None,
) -> None:
    """File a copy of our own mail in a folder."""
    check_arguments(folder, *flags)
    with naming_errors(refused="folder_missing"):
        client.append(folder, raw, flags, arrived_at)


def _announce(client: Client, uids: Sequence[int]) -> Iterator[_Announced]:
    """Yield size and date of each mail, before anything is fetched."""
    remaining = iter(uids)
    while some := list(islice(remaining, SIZES_AT_ONCE)):
        answers = _ask(client, some, ["RFC822.SIZE", "INTERNALDATE"])
        for uid in some:
            if answer := answers.get(uid):
                yield _Announced(uid, answer.get(b"RFC822.SIZE", 0), answer.get(b"INTERNALDATE"))


def _weight(mail: _Announced, oversize: int) -> int:
    return mail.size if mail.size <= oversize else 0


def _fetch_batch(client: Client, batch: list[_Announced], oversize: int) -> Iterator[list[Fetched]]:
    """Yield the batch, unless all of its mails vanished meanwhile."""
    client.expect_bytes(sum(_weight(mail, oversize) for mail in batch), slack=oversize)
    whole = [mail.uid for mail in batch if mail.size <= oversize]
    answers = _ask_one_by_one_if_refused(client, whole, "BODY.PEEK[]")
    large = [mail.uid for mail in batch if mail.size > oversize]
    headers = _ask_one_by_one_if_refused(client, large, "BODY.PEEK[HEADER]")
    fetched = [
        _make_fetched(mail, answers, headers)
        for mail in batch
        if mail.uid in answers or mail.uid in headers
    ]
    if fetched:
        yield fetched


def _make_fetched(
    mail: _Announced, answers: dict[int, dict[bytes, Any]], headers: dict[int, dict[bytes, Any]]
) -> Fetched:
    if mail.uid in headers:
        header = headers[mail.uid].get(b"BODY[HEADER]") or b""
        return Fetched(mail.uid, None, mail.size, mail.internal_date, header, "oversize")
    raw = answers[mail.uid].get(b"BODY[]")
    problem = "unreadable" if raw is None else ""
    return Fetched(mail.uid, raw, mail.size, mail.internal_date, problem=problem)


def _ask_one_by_one_if_refused(
    client: Client, uids: list[int], item: str
) -> dict[int, dict[bytes, Any]]:
    """Ask for one item of many mails; one mail the server chokes on must not hold up the others."""
    try:
        return _ask(client, uids, [item])
    except ImapError as error:
        if error.code != "refused":
            raise
    answers: dict[int, dict[bytes, Any]] = {}
    for uid in uids:
        try:
            answers |= _ask(client, [uid], [item])
        except ImapError as error:
            if error.code != "refused":
                raise
            answers[uid] = {}
    return answers


def _ask(client: Client, uids: list[int], items: list[str]) -> dict[int, dict[bytes, Any]]:
    with naming_errors():
        answers: dict[int, dict[bytes, Any]] = client.fetch(uids, items)
    return answers
