"""The incoming spool: bytes first, then the row, and only then does the other side hear "accepted".

Nothing here reads a mail. A mail that no parser understands is stored like any other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from companies import files
from companies.models import StoredFile
from mailsettings.mime import headers
from mailsettings.models import IncomingMail, MailFolder
from mailsettings.wire import imap

# Bytes; of a larger mail that is handed to us only the header is kept. What we fetch ourselves is held
# to the company's own limit (``folders.largest_mail``).
MAX_SIZE = 50 * 1024 * 1024
# Time for one batch; a reader that was killed keeps others out for that long.
LEASE = timedelta(minutes=3)


class LeaseLostError(Exception):
    """Another worker reads this folder now; nothing was stored."""


def store(
    door: str,
    raw: bytes,
    *,
    envelope_sender: str = "",
    envelope_recipients: Sequence[str] = (),
    folder: MailFolder | None = None,
    uidvalidity: int | None = None,
    uid: int | None = None,
    internal_date: datetime | None = None,
) -> IncomingMail:
    """Keep one mail as it came; when this returns, file and row survive a crash.

    Of a mail above ``MAX_SIZE`` the header is kept and the state is oversize.
    """
    kept, state = raw, IncomingMail.State.RECEIVED
    if len(raw) > MAX_SIZE:
        kept, state = raw[: headers.split(raw)[1]], IncomingMail.State.OVERSIZE
    mail = IncomingMail(
        door=door,
        folder=folder,
        uidvalidity=uidvalidity,
        uid=uid,
        internal_date=internal_date,
        envelope_sender=envelope_sender[:254],
        envelope_recipients=list(envelope_recipients),
        size=len(raw),
        state=state,
    )
    try:
        return _insert(mail, files.store(None, kept))
    except IntegrityError:
        # An equal mail was routed this very moment and took its file along.
        return _insert(mail, files.store(None, kept))


def _insert(mail: IncomingMail, kept: StoredFile) -> IncomingMail:
    mail.raw, mail.digest = kept, kept.digest
    with transaction.atomic():
        mail.save(force_insert=True)
    return mail


def store_batch(folder: MailFolder, batch: Sequence[imap.Fetched]) -> int:
    """Keep what was fetched and move the folder's cursor, both or neither; return how many were new.

    Renews the lease. ``LeaseLostError`` when another worker has taken the folder over.
    """
    try:
        return _insert_batch(folder, batch)
    except IntegrityError:
        # As in store(): one of the files was taken away between writing it and naming it.
        return _insert_batch(folder, batch)


def _insert_batch(folder: MailFolder, batch: Sequence[imap.Fetched]) -> int:
    kept = _keep(batch)
    with transaction.atomic():
        # First, because it locks the folder's row: nobody else adds to the ledger meanwhile.
        position = _write_position(folder, last_uid=max(folder.last_uid, *kept))
        ledger = _read_ledger(folder, list(kept))
        rows = [
            row
            for mail in batch
            if (row := _make_row(folder, mail, kept[mail.uid], ledger)) is not None
        ]
        IncomingMail.objects.bulk_create(rows)
    _remember(folder, position)
    return len(rows)


def advance(folder: MailFolder, **position: int) -> None:
    """Write the reading position while we hold the lease, and renew that; else ``LeaseLostError``."""
    _remember(folder, _write_position(folder, **position))


def _write_position(folder: MailFolder, **position: int) -> dict[str, int | datetime]:
    written: dict[str, int | datetime] = {**position, "leased_until": timezone.now() + LEASE}
    held = MailFolder.objects.filter(pk=folder.pk, leased_until=folder.leased_until)
    if not held.update(**written):
        raise LeaseLostError
    return written


def _remember(folder: MailFolder, position: dict[str, int | datetime]) -> None:
    """Take over what was committed; a position that was rolled back must not count as ours."""
    for name, value in position.items():
        setattr(folder, name, value)


def _keep(batch: Sequence[imap.Fetched]) -> dict[int, StoredFile | None]:
    """Store bytes, or headers of oversize mails; None where the server hands nothing out. By UID."""
    readable = [mail for mail in batch if mail.problem != "unreadable"]
    contents = [mail.headers if mail.raw is None else mail.raw for mail in readable]
    rows = files.store_many(None, contents)
    kept: dict[int, StoredFile | None] = {mail.uid: None for mail in batch}
    return kept | {mail.uid: row for mail, row in zip(readable, rows, strict=True)}


def _read_ledger(folder: MailFolder, uids: list[int]) -> dict[int, str]:
    """Digests of the mails already stored under these UIDs."""
    known = folder.mails.filter(uidvalidity=folder.uidvalidity, uid__in=uids)
    return {uid: digest for uid, digest in known.values_list("uid", "digest") if uid is not None}


def _make_row(
    folder: MailFolder, mail: imap.Fetched, kept: StoredFile | None, ledger: dict[int, str]
) -> IncomingMail | None:
    """The row of a fetched mail; None when the ledger has it."""
    digest = kept.digest if kept else ""
    if ledger.get(mail.uid) == digest:
        return None
    state, reason = IncomingMail.State.RECEIVED, ""
    if kept is None:
        state, reason = IncomingMail.State.QUARANTINED, "the server does not hand this mail out"
    elif mail.raw is None:
        state = IncomingMail.State.OVERSIZE
    return IncomingMail(
        door=IncomingMail.Door.IMAP,
        folder=folder,
        uidvalidity=folder.uidvalidity,
        # A server that gives a UID to a second mail breaks RFC 9051; the mail is kept all the same.
        uid=None if mail.uid in ledger else mail.uid,
        raw=kept,
        digest=digest,
        size=mail.size,
        internal_date=mail.internal_date,
        state=state,
        reason=reason,
    )
