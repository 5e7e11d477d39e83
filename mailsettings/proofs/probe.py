"""Testing a connection step by step, as far as it can go without sending or changing anything."""

import copy
from typing import Any

from django.conf import settings
from django.utils import timezone

from companies.audit import Actor
from mailsettings import oauth
from mailsettings.encryption import UNREADABLE, DecryptionError
from mailsettings.inbound.folders import source_for
from mailsettings.models import Mailbox, ProbeRun
from mailsettings.models.mailboxes import SendsBy
from mailsettings.models.probes import TESTED
from mailsettings.outbound import pauses, transports
from mailsettings.proofs import mixups, runs
from mailsettings.proofs.explanations import refine
from mailsettings.proofs.watch import Watch, describe
from mailsettings.wire import folders, imap, mailapi, smtp

TIMEOUT = 10.0  # seconds, for connecting and for each reply; somebody is watching
SMALLEST_LIMIT = 5 * 1024 * 1024  # bytes: an offer with an attachment should go through

BY_TOKEN = {"login": "by_token"}  # what is told of a login without a password


def start(mailbox: Mailbox, kind: ProbeRun.Kind, *, by: Actor, secret: str = "") -> ProbeRun:
    """Write down that a server is to be tested; ``perform`` does it. Raise ``TooManyRuns``.

    The settings are those of ``mailbox`` as it is, saved or not; ``secret`` is the password to try,
    empty for the stored one. It is kept sealed and wiped when the run ends.
    """
    if kind == ProbeRun.Kind.SMTP:
        host, port = transports.way_out(mailbox)
    else:
        host, port = mailbox.imap_host, mailbox.imap_port
    tested = {name: getattr(mailbox, name) for name in TESTED} | {"password_typed": bool(secret)}
    address = f"{host}:{port}"[:254]
    return runs.begin(mailbox, kind, by=by, address=address, tested=tested, secret=secret)


def perform(run_id: int) -> None:
    """Do the test of a run that nobody has begun yet; a run that is gone or done is left alone."""
    run = ProbeRun.objects.select_related("mailbox__company").filter(pk=run_id).first()
    if run is None or run.mailbox is None or run.state != ProbeRun.State.RUNNING or run.steps:
        return
    mailbox = run.mailbox
    whose = [f"{run.kind}_host", f"{run.kind}_account"]
    stored = [getattr(mailbox, name) for name in whose if name in run.tested]
    apply(run, mailbox)
    if stored != [run.tested[name] for name in whose if name in run.tested]:
        # The stored password belongs to another server or account, maybe since a moment ago.
        setattr(mailbox, f"{run.kind}_password", "")
    if run.secret:
        setattr(mailbox, f"{run.kind}_password", run.secret)
    if run.kind == ProbeRun.Kind.SMTP and mailbox.sends_by != SendsBy.SMTP:
        test_api(mailbox, run=run)
    elif run.kind == ProbeRun.Kind.SMTP:
        test_smtp(mailbox, run=run)
    elif run.kind == ProbeRun.Kind.IMAP:
        test_imap(mailbox, run=run)


def apply(run: ProbeRun, mailbox: Mailbox) -> None:
    """Give ``mailbox``, which is not to be saved, the settings that the run is about."""
    for name in TESTED:
        if name in run.tested:
            setattr(mailbox, name, run.tested[name])


def draft_of(run: ProbeRun, saved: Mailbox) -> Mailbox | None:
    """Return the mailbox with the settings of the run; None where it has them already."""
    draft = copy.copy(saved)
    apply(run, draft)
    is_other = any(getattr(draft, name) != getattr(saved, name) for name in TESTED)
    return draft if is_other else None


def test_smtp(mailbox: Mailbox, *, run: ProbeRun) -> None:
    """Connect, log in, announce sender and recipient, without a mail; each outcome goes into ``run``."""
    watch = Watch(run)
    try:
        server = transports.server_of(mailbox)
        with smtp.session(
            server,
            timeout=TIMEOUT,
            ehlo_name=settings.RECRUITING_DOMAIN,
            passed=lambda stage, connection: _note_smtp(watch, stage, connection),
        ) as connection:
            _check_size(connection)
            watch.passed("size", {"size": connection.esmtp_features.get("size", "")})
            envelope = smtp.Envelope(mailbox.address, (mailbox.company.recruiting_address,))
            smtp.rehearse(
                connection, envelope, lambda stage, reply: _note_reply(watch, stage, reply)
            )
    except smtp.SendError as error:
        _fail(watch, mailbox, error, error.stage)
    _finish_sending(run, mailbox)


def test_api(mailbox: Mailbox, *, run: ProbeRun) -> None:
    """Ask the API a mailbox sends by, with a mail that cannot be sent; the outcome goes into ``run``."""
    watch = Watch(run)
    try:
        mailapi.rehearse(transports.api_of(mailbox), timeout=TIMEOUT)
        watch.passed("sender", BY_TOKEN)
    except smtp.SendError as error:
        _fail(watch, mailbox, error, error.stage)
    _finish_sending(run, mailbox)


def _finish_sending(run: ProbeRun, mailbox: Mailbox) -> None:
    was_typed = bool(run.secret)
    runs.finish(run)
    if run.state == ProbeRun.State.PASSED and not was_typed:
        _note_success(mailbox)


def test_imap(mailbox: Mailbox, *, run: ProbeRun) -> None:
    """Connect, log in and read in the folder; the outcome of each step goes into ``run``."""
    watch = Watch(run)
    stage = "connect"
    try:
        account = _account_of(mailbox)
        with imap.session(
            account,
            timeout=TIMEOUT,
            passed=lambda stage, client: _note_imap(watch, stage, client),
        ) as client:
            watch.passed("login", BY_TOKEN if account.by_token else None)
            stage = "folder"
            state = imap.open_folder(client, mailbox.imap_folder)
            watch.passed("folder", {"folder": str(state.exists)})
            stage = "read"
            imap.read_newest(client, state)
            watch.passed("read")
            stage = "special"
            named = folders.special_folders(client)
            told = "\n".join(f"{purpose}: {name}" for purpose, name in named.items())
            watch.passed("special", {"special": told})
    except imap.ImapError as error:
        _fail(watch, mailbox, error, stage)
    runs.finish(run)


def _note_imap(watch: Watch, stage: str, client: imap.Client) -> None:
    """Write down what the session has just managed."""
    watch.passed(stage, describe(client.socket()))
    if stage == "greeting":
        watch.offers_starttls = client.has_capability("STARTTLS")


def _note_smtp(watch: Watch, stage: str, connection: smtp.Connection) -> None:
    """Write down what the session has just managed."""
    details = describe(connection.socket)
    if stage == "auth":
        watch.passed("login", BY_TOKEN if connection.server.by_token else None)
        return
    watch.passed(stage, details)
    if stage == "greeting":
        watch.offers_starttls = connection.has_extn("starttls")
    if connection.server.account and "starttls" not in watch.waiting:
        offered = connection.esmtp_features.get("auth", "")
        if {"PLAIN", "LOGIN", "XOAUTH2"} & set(offered.upper().split()):
            watch.passed("mechanisms", {"mechanisms": ", ".join(offered.upper().split())})


def _note_reply(watch: Watch, stage: str, reply: smtp.Reply) -> None:
    step = "sender" if stage == "mail" else "recipient"
    watch.passed(step, {step: str(reply) if stage == "mail" else ""})


def _check_size(connection: smtp.Connection) -> None:
    limit = connection.esmtp_features.get("size", "")
    if limit.isdecimal() and 0 < int(limit) < SMALLEST_LIMIT:
        raise smtp.SendError(
            "The server takes only small mails.",
            code="message_too_large",
            reply=f"SIZE {limit}",
            stage="size",
        )


def _fail(
    watch: Watch, mailbox: Mailbox, error: smtp.SendError | imap.ImapError, stage: str
) -> None:
    """Write the failure down under the most telling code, with the values that would fix a mix-up."""
    side: mixups.Side = "imap" if isinstance(error, imap.ImapError) else "smtp"
    code = error.code
    step = stage if stage in {"folder", "read", "special", "size"} else watch.step_of(code, stage)
    more: dict[str, Any] = {}
    if side == "smtp" and mailbox.sends_by != SendsBy.SMTP:
        pass  # nobody typed host and port of an API
    elif step in {"connect", "lookup", "greeting", "tls", "starttls", "mechanisms", "login"}:
        host, port = getattr(mailbox, f"{side}_host"), getattr(mailbox, f"{side}_port")
        encryption, offered = getattr(mailbox, f"{side}_encryption"), watch.offers_starttls
        finding = mixups.look(side, host, port, encryption, code, offers_starttls=offered)
        code = finding.code
        more = {"tried": finding.tried, "fix": finding.fix}
    elif code == "refused":  # of a command, not of the connection
        code = "read_refused"
    if code == "auth_rejected" and _logs_in_by_token(watch.run, mailbox):
        code = "auth_oauth_rejected"
    watch.failed(step, refine(code, error.reply), error.message, error.reply, **more)


def _logs_in_by_token(run: ProbeRun, mailbox: Mailbox) -> bool:
    has_password = bool(run.secret or getattr(mailbox, f"{run.kind}_password"))
    return not has_password and oauth.is_granted(mailbox)


def _account_of(mailbox: Mailbox) -> imap.Account:
    source = source_for(mailbox)
    if source is None:
        raise imap.ImapError("No IMAP server is set.", code="not_configured", account=True)
    try:
        return source.open_account()
    except DecryptionError as error:
        raise imap.ImapError(UNREADABLE, code="password_unreadable", account=True) from error


def _note_success(mailbox: Mailbox) -> None:
    """The account works, unless what is stored is not what was tested."""
    same = Mailbox.objects.filter(
        pk=mailbox.pk,
        address=mailbox.address,
        sends_by=mailbox.sends_by,
        smtp_host=mailbox.smtp_host,
        smtp_port=mailbox.smtp_port,
        smtp_encryption=mailbox.smtp_encryption,
        smtp_account=mailbox.smtp_account,
    )
    if same.update(verified_at=timezone.now()):
        pauses.lift(mailbox)
