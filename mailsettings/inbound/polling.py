"""Reading IMAP folders: whose turn it is, one reader a folder, and what to do with a dead server.

The cursor of a folder is (UIDVALIDITY, last UID). Nothing on the server is ever flagged or deleted.
"""

import dataclasses
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from mailsettings import oauth
from mailsettings.encryption import UNREADABLE, DecryptionError
from mailsettings.inbound import completeness, folders, spool
from mailsettings.inbound.folders import Source
from mailsettings.mime import headers, patience
from mailsettings.mime.parse import ParsedMail, parse
from mailsettings.models import MailFolder
from mailsettings.wire import imap

TIMEOUT = 20.0  # seconds, for connecting and for each whole answer but large mails
BUDGET = 60.0  # seconds one run may go on beginning batches
# Seconds after which a run ends whatever it is reading: below spool.LEASE, and enough for the
# largest mail at three megabits a second; what is cut off comes first in the next run.
LONGEST_RUN = 150.0
HOPELESS = timedelta(minutes=30)  # in which a mail that comes too slowly may come after all
LONGEST_PAUSE = timedelta(minutes=15)
RESCAN = timedelta(days=30)

# Sent mail may wait a little longer: it is two connections an account otherwise.
SENT_TURNS = 3

# Says which mails of a personal mailbox, or of a folder of sent mails, are the company's business: asked
# with the headers, and, for those that may be, once more with the whole mails (True) before any is stored.
Wanted = Callable[[MailFolder, Sequence[ParsedMail], bool], list[bool]]

logger = logging.getLogger(__name__)


@dataclasses.dataclass
class Run:
    """How far one run has got, also when it ends in an error."""

    stored: int = 0
    finished: bool = False


def poll_due(wake: Callable[[int], object] | None = None, *, wanted: Wanted | None = None) -> int:
    """Have every folder polled whose turn has come; return how many.

    Without ``wanted`` these are the shared ones, with it the personal ones and those of sent mail.
    ``wake`` hands a folder's id to a worker. Without it, or once the broker does not answer, the
    folders are polled here, those that failed before last.
    """
    folders.sync()
    now = timezone.now()
    whose = MailFolder.objects.read_whole()
    if wanted is not None:
        whose = MailFolder.objects.exclude(pk__in=whose.values("pk"))
    due = whose.filter(_is_free(now), next_poll_at__lte=now).order_by(
        F("failing_since").desc(nulls_first=True), "next_poll_at"
    )
    count = 0
    for folder in list(due):
        folder_id = folder.pk
        if not _take_turn(folder):
            continue
        count += 1
        try:
            if wake:
                wake(folder_id)
            else:
                poll(folder_id, wanted=wanted)
        except BrokerError:
            logger.warning("broker unreachable, polling in this process")
            wake = None
            poll(folder_id, wanted=wanted)
    return count


def poll(folder_id: int, *, wanted: Wanted | None = None) -> int:
    """Fetch what is new in a folder; return how many mails were stored.

    Of a personal mailbox and of sent mail only what is ``wanted``, and without that nothing. Does nothing while another
    worker reads the folder. Errors of server and account are recorded on the folder, which is then
    tried again after a growing pause.
    """
    folder = _lease(folder_id)
    if folder is None:
        return 0
    run = Run()
    try:
        _read(folder, run, wanted)
    except spool.LeaseLostError:
        logger.info("folder %s was taken over by another worker", folder)
    except imap.ImapError as error:
        if folder.mailbox and error.code == "auth_rejected":
            oauth.distrust(folder.mailbox)
        # Of a lost connection there are only the library's words, which say nothing to anybody.
        reply = "" if error.code == "connection_lost" else error.reply
        _record_failure(folder, f"{error} {reply}".strip())
    except DecryptionError as error:
        logger.warning("folder %s was not polled: %s", folder_id, error)
        _record_failure(folder, UNREADABLE)
    except Exception as error:
        # One folder's trouble, even ours, must not end the round of all others.
        logger.exception("polling folder %s failed", folder_id)
        _record_failure(folder, f"{type(error).__name__}: {error}")
    else:
        _record_success(folder, finished=run.finished)
    return run.stored


def _is_free(now: datetime) -> Q:
    return Q(leased_until=None) | Q(leased_until__lt=now)


def _take_turn(folder: MailFolder) -> bool:
    """Put off the next turn, so that no tick wakes a second worker for this one."""
    mine = MailFolder.objects.filter(pk=folder.pk, next_poll_at=folder.next_poll_at)
    return bool(mine.update(next_poll_at=timezone.now() + _interval(folder)))


def _lease(folder_id: int) -> MailFolder | None:
    """Return the folder if this caller is the one that may read it, else None."""
    now = timezone.now()
    lease = now + spool.LEASE
    free = MailFolder.objects.filter(_is_free(now), pk=folder_id, next_poll_at__isnull=False)
    if not free.update(leased_until=lease):
        return None
    held = MailFolder.objects.select_related("mailbox__company__email_settings")
    return held.filter(pk=folder_id, leased_until=lease).first()


def _read(folder: MailFolder, run: Run, wanted: Wanted | None) -> None:
    """Fetch until there is nothing more or the time is used up, and keep count."""
    source = folders.source_of(folder)
    if source is None:
        run.finished = True
    elif not folder.is_sent and (folder.mailbox is None or folder.mailbox.user_id is None):
        _read_all(folder, source, run)
    elif wanted is not None:
        _read_wanted(folder, source, run, wanted)


def _read_all(folder: MailFolder, source: Source, run: Run) -> None:
    deadline = time.monotonic() + BUDGET
    account, largest = source.open_account(), folders.largest_mail(folder)
    with imap.session(account, timeout=TIMEOUT, budget=LONGEST_RUN) as client:
        _find_position(client, folder, imap.open_folder(client, folder.name, readonly=True))
        # After a failure one by one, so that those before the mail that was the trouble are kept.
        most = 1 if folder.failing_since else imap.AT_ONCE
        try:
            for batch in imap.fetch_since(
                client, folder.last_uid, oversize=largest, max_count=most
            ):
                if batch:
                    run.stored += spool.store_batch(folder, batch)
                if time.monotonic() > deadline:
                    return
        except imap.ImapError as error:
            if run.stored or not _is_hopeless(folder, error):
                raise
            run.stored += _set_aside_next(folder, account)
            return
        run.stored += completeness.catch_up(client, folder, deadline)
        if folder.mailbox:
            folders.find_sent(client, folder)
    run.finished = True


def _is_hopeless(folder: MailFolder, error: imap.ImapError) -> bool:
    """Whether the mail whose turn it is failed alone and again, and trying on would only hold up the others."""
    since = folder.failing_since
    if since is None:
        return False
    return error.code == "too_much_data" or since < timezone.now() - HOPELESS


def _set_aside_next(folder: MailFolder, account: imap.Account) -> int:
    """List the mail whose turn it is by its header, as if it were too large; the next run goes on behind it."""
    with imap.session(account, timeout=TIMEOUT, budget=LONGEST_RUN) as client:
        imap.open_folder(client, folder.name, readonly=True)
        uids = imap.list_uids_above(client, folder.last_uid)[:1]
        return sum(
            spool.store_batch(folder, batch) for batch in imap.fetch(client, uids, oversize=0)
        )


def _read_wanted(folder: MailFolder, source: Source, run: Run, wanted: Wanted) -> None:
    """Read headers, and fetch only those mails that are wanted; the others leave no trace here."""
    deadline = time.monotonic() + BUDGET
    account, largest = source.open_account(), folders.largest_mail(folder)
    with imap.session(account, timeout=TIMEOUT, budget=LONGEST_RUN) as client:
        state = _open_wanted(client, folder)
        _find_position(client, folder, state)
        new = imap.list_uids_above(client, folder.last_uid)
        for sections in imap.fetch_headers(client, new):
            uids = [uid for uid, raw in sections.items() if raw]
            answers = wanted(folder, [parse(sections[uid]) for uid in uids], False)
            ours = [uid for uid, is_wanted in zip(uids, answers, strict=True) if is_wanted]
            for batch in imap.fetch(client, ours, oversize=largest):
                answers = wanted(folder, [_peek(mail) for mail in batch], True)
                kept = [mail for mail, is_wanted in zip(batch, answers, strict=True) if is_wanted]
                run.stored += spool.store_batch(folder, kept) if kept else 0
            spool.advance(folder, last_uid=max(sections))
            if time.monotonic() > deadline:
                return
        if not folder.is_sent:
            folders.find_sent(client, folder)
    run.finished = True


def _peek(mail: imap.Fetched) -> ParsedMail:
    """Read a mail; of one that takes too long the header, and the router will set it aside."""
    raw = mail.raw or mail.headers
    try:
        with patience.limit():
            return parse(raw)
    except patience.TakesTooLong:
        return parse(raw[: headers.split(raw)[1]])


def _open_wanted(client: imap.Client, folder: MailFolder) -> imap.FolderState:
    """Open the folder and, the first time, decide where reading begins.

    What lay in a personal mailbox before it was connected is nobody's business; of what a company has
    sent the last ``RESCAN`` counts.
    """
    try:
        state = imap.open_folder(client, folder.name, readonly=True)
    except imap.ImapError as error:
        if folder.is_sent and error.code == "folder_missing":
            folders.lose_sent(folder)
        raise
    if folder.uidvalidity == 0:
        start = max(state.uidnext - 1, 0)
        if folder.mailbox and folder.mailbox.user_id is None:
            recent = imap.list_uids(client, (timezone.now() - RESCAN).date())
            start = recent[0] - 1 if recent else start
        spool.advance(folder, uidvalidity=state.uidvalidity, last_uid=start)
    return state


def _find_position(client: imap.Client, folder: MailFolder, state: imap.FolderState) -> None:
    """Start over where the server has numbered its mails anew; what is known is recognised later.

    A folder that had been read to its end is read again only from ``RESCAN`` before the last poll:
    what is older was fetched under its old number. By hand, any day can be chosen (``completeness``).
    """
    renumbered = state.uidvalidity != folder.uidvalidity
    went_back = 0 < state.uidnext <= folder.last_uid
    last_uid = folder.last_uid
    if renumbered or went_back:
        last_uid = 0
        if folder.last_polled_at and _was_complete(folder):
            recent = imap.list_uids(client, (folder.last_polled_at - RESCAN).date())
            last_uid = (recent[0] if recent else max(state.uidnext, 1)) - 1
    spool.advance(folder, uidvalidity=state.uidvalidity, last_uid=last_uid, on_server=state.exists)


def _was_complete(folder: MailFolder) -> bool:
    had = folder.mails.filter(uidvalidity=folder.uidvalidity).count()
    return folder.on_server is not None and had >= folder.on_server


def _record_success(folder: MailFolder, *, finished: bool) -> None:
    now = timezone.now()
    _release(
        folder,
        last_polled_at=now,
        next_poll_at=now + _interval(folder) if finished else now,
        failing_since=None,
        last_error="",
    )


def _record_failure(folder: MailFolder, message: str) -> None:
    """Wait as long again as it has been failing: 1, 1, 2, 4, 8 intervals, at most 15 minutes."""
    now = timezone.now()
    failing_since = folder.failing_since or now
    pause = min(max(now - failing_since, _interval(folder)), LONGEST_PAUSE)
    _release(
        folder,
        last_polled_at=now,
        next_poll_at=now + pause,
        failing_since=failing_since,
        last_error=message,
    )


def _release(folder: MailFolder, **outcome: object) -> None:
    held = MailFolder.objects.filter(pk=folder.pk, leased_until=folder.leased_until)
    # A folder that left the settings meanwhile stays out.
    held.exclude(next_poll_at=None).update(leased_until=None, **outcome)


def _interval(folder: MailFolder) -> timedelta:
    turns = SENT_TURNS if folder.is_sent else 1
    return timedelta(seconds=settings.INBOUND_POLL_SECONDS) * turns
