"""Whether the test mail of a member's own account came back into its mailbox, where only IMAP can tell.

Any number of workers may run this: whoever moves ``looked_at`` looks. Nothing of the mail is stored here.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from mailsettings.encryption import DecryptionError
from mailsettings.inbound import folders, pathreport
from mailsettings.mime.parse import parse
from mailsettings.models import Mailbox, OutgoingMail, ProbeRun
from mailsettings.proofs import runs
from mailsettings.proofs.explanations import refine
from mailsettings.wire import folders as purposes
from mailsettings.wire import imap

LONGEST = timedelta(hours=24)  # a mail that arrives that late still makes its test pass
SHORTEST_PAUSE = timedelta(seconds=3)
TIMEOUT = 10.0  # seconds
AT_ONCE = 10
# Looking again would only repeat a login that is refused.
HOPELESS = {
    *("not_configured", "oauth_reconnect_needed", "password_missing", "password_in_clear"),
    *("auth_rejected", "credentials_invalid", "argument_invalid", "auth_mech_unsupported"),
}


def look_for_awaited() -> int:
    """Look into the mailboxes of tests whose mail has left, each time after a longer pause; return how many."""
    now = timezone.now()
    awaited = ProbeRun.objects.filter(
        state=ProbeRun.State.RUNNING,
        kind=ProbeRun.Kind.ROUND_TRIP,
        mailbox__user__isnull=False,
        outgoing__state=OutgoingMail.State.SENT,
        started_at__gt=now - LONGEST,
    )
    ripe = Q(looked_at=None) | Q(looked_at__lt=now - SHORTEST_PAUSE)
    looked = 0
    for run in (
        awaited.filter(ripe)
        .select_related("mailbox", "outgoing")
        .order_by(F("looked_at").asc(nulls_first=True))[:AT_ONCE]
    ):
        if _is_due(run, now) and _claim(run):
            _look(run, run.mailbox)
            looked += 1
    return looked


def _is_due(run: ProbeRun, now: datetime) -> bool:
    """Wait a third of the time that has passed already: few logins, and soon at first."""
    return run.looked_at is None or now - run.looked_at >= (run.looked_at - run.started_at) / 3


def _claim(run: ProbeRun) -> bool:
    mine = ProbeRun.objects.filter(pk=run.pk, looked_at=run.looked_at, state=run.state)
    return mine.update(looked_at=timezone.now()) == 1


def _look(run: ProbeRun, mailbox: Mailbox | None) -> None:
    source = folders.source_for(mailbox) if mailbox else None
    try:
        if source is None:
            raise imap.ImapError("No IMAP server is set.", code="not_configured", account=True)
        found = _find(source, run.token)
    except DecryptionError:
        _fail(run, "password_unreadable")
    except imap.ImapError as error:
        if error.code in HOPELESS:  # else the server may answer next time
            _fail(run, refine(error.code, error.reply), error.reply)
    else:
        if found:
            _pass(run, *found)


def _find(source: folders.Source, token: str) -> tuple[str, bool, bytes] | None:
    """Return the folder that holds the test, whether it is for spam, and the header; None so far."""
    with imap.session(source.open_account(), timeout=TIMEOUT) as client:
        junk = purposes.special_folders(client).get("Junk")
        for folder in filter(None, [source.folder, junk]):
            imap.open_folder(client, folder)
            for uid in imap.list_uids_with_subject(client, token)[-1:]:
                for headers in imap.fetch_headers(client, [uid]):
                    return folder, folder == junk, headers[uid]
    return None


def _pass(run: ProbeRun, folder: str, is_junk: bool, header: bytes) -> None:
    mail = parse(header)
    elapsed = int((timezone.now() - run.started_at).total_seconds() * 1000)
    if is_junk:
        text = _("Found by IMAP, but in the folder for spam: %(folder)s.")
    else:
        text = _("Found by IMAP in the folder %(folder)s.")
    kept = f".{run.token}@" in mail.message_id
    told = (
        _("The server left the Message-ID as it was; answers find their conversation by it.")
        if kept
        else _("The server replaced the Message-ID; answers find their conversation all the same.")
    )
    run.steps = [
        *run.steps,
        pathreport.step("arrived", (text, {"folder": folder}), ms=elapsed),
        pathreport.describe_way(mail),
        pathreport.step("header_kept" if kept else "header_replaced", (told, {}), name="header"),
    ]
    run.save(update_fields=["steps"])
    runs.finish(run)


def _fail(run: ProbeRun, code: str, reply: str = "") -> None:
    runs.add_step(run, "arrived", ok=False, code=code, reply=reply)
    runs.finish(run)
