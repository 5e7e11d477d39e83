"""Whether we have every mail of a folder: comparing it with the server, and fetching what is missing.

A wish is a row first: ``backfill_since`` of a folder, state wanted of an oversize mail. The folder's next
poll fulfils it while it holds the lease, so nobody else reads there meanwhile.
"""

import datetime as dt
import logging
import time

from django.conf import settings
from django.utils import timezone

from companies import files
from mailsettings.encryption import DecryptionError
from mailsettings.inbound import folders, spool
from mailsettings.models import IncomingMail, MailFolder
from mailsettings.wire import imap

TIMEOUT = 20.0
BUDGET = 60.0
Client = imap.Client

logger = logging.getLogger(__name__)


def compare_all() -> None:
    """Count for each folder that is read the mails of the server that we have not got."""
    # Elsewhere only what concerns candidates is read, so nothing can be told of it.
    shared = MailFolder.objects.read_whole().exclude(next_poll_at=None)
    for folder in shared.select_related("mailbox"):
        source = folders.source_of(folder)
        if source is None:
            continue
        try:
            with imap.session(source.open_account(), timeout=TIMEOUT, budget=BUDGET) as client:
                state = imap.open_folder(client, folder.name, readonly=True)
                if state.uidvalidity == folder.uidvalidity:
                    _note(folder, len(_list_missing(client, folder)))
        except (imap.ImapError, DecryptionError) as error:
            # The poll tells about it and tries again; here it only means that we do not know.
            logger.warning("folder %s was not compared: %s", folder.pk, error)


def request_backfill(folder: MailFolder, since: dt.date) -> None:
    """Have the next poll, which is now, fetch what the folder lacks since that day."""
    MailFolder.objects.filter(pk=folder.pk).exclude(next_poll_at=None).update(
        backfill_since=since, next_poll_at=timezone.now()
    )


def request_whole(mail: IncomingMail) -> bool:
    """Have an oversize mail fetched, up to what the installation takes; False when it is none."""
    held = IncomingMail.objects.filter(
        pk=mail.pk, state=IncomingMail.State.OVERSIZE, folder__isnull=False, uid__isnull=False
    )
    if not held.update(state=IncomingMail.State.WANTED, reason=""):
        return False
    MailFolder.objects.filter(mails=mail).exclude(next_poll_at=None).update(
        next_poll_at=timezone.now()
    )
    return True


def catch_up(client: Client, folder: MailFolder, deadline: float) -> int:
    """Fulfil the wishes of an open folder; return how many mails were stored.

    What is not done at ``deadline`` stays wished for.
    """
    stored = 0
    wanted = folder.mails.filter(state=IncomingMail.State.WANTED).select_related("raw")
    for mail in list(wanted):
        if time.monotonic() > deadline:
            return stored
        stored += _fetch_whole(client, folder, mail)
    if folder.backfill_since is None:
        return stored
    missing = _list_missing(client, folder, folder.backfill_since)
    for batch in imap.fetch(client, missing, oversize=folders.largest_mail(folder)):
        stored += spool.store_batch(folder, batch)
        if time.monotonic() > deadline:
            return stored
    MailFolder.objects.filter(pk=folder.pk, backfill_since=folder.backfill_since).update(
        backfill_since=None
    )
    _note(folder, len(_list_missing(client, folder)))
    return stored


def _list_missing(client: Client, folder: MailFolder, since: dt.date | None = None) -> list[int]:
    """UIDs on the server that the ledger lacks, up to where polling has got; the rest is its work."""
    known = set(
        folder.mails.filter(uidvalidity=folder.uidvalidity, uid__isnull=False).values_list(
            "uid", flat=True
        )
    )
    there = imap.list_uids(client, since)
    return [uid for uid in there if uid <= folder.last_uid and uid not in known]


def _note(folder: MailFolder, missing: int) -> None:
    MailFolder.objects.filter(pk=folder.pk).update(missing=missing, compared_at=timezone.now())


def _fetch_whole(client: Client, folder: MailFolder, mail: IncomingMail) -> int:
    """Replace the header we have of an oversize mail by the mail; else say why that cannot be."""
    raw, reason = None, "the server does not have this mail any more"
    most = settings.INBOUND_LARGEST_MAIL_MB
    if mail.uid is not None and mail.uidvalidity == folder.uidvalidity:
        for batch in imap.fetch(client, [mail.uid], oversize=most * folders.MIB):
            raw = batch[0].raw
            if raw is None:
                reason = f"it is larger than {most} MB, or the server does not hand it out"
    asked_for = IncomingMail.objects.filter(pk=mail.pk, state=IncomingMail.State.WANTED)
    if raw is None:
        asked_for.update(state=IncomingMail.State.OVERSIZE, reason=reason)
        return 0
    kept = files.store(None, raw)
    changed = asked_for.update(
        state=IncomingMail.State.RECEIVED, raw=kept, digest=kept.digest, size=len(raw)
    )
    if mail.raw:
        files.release([mail.raw])
    return changed
