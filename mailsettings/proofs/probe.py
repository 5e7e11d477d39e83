"""Testing a connection step by step, as far as it can go without sending or changing anything."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from companies.audit import Actor
from mailsettings.encryption import DecryptionError, Sealed
from mailsettings.models import Mailbox, ProbeRun
from mailsettings.outbound import pauses, transports
from mailsettings.proofs import runs
from mailsettings.wire import imap, smtp
from mailsettings.wire.net import Encryption

TIMEOUT = 10.0  # seconds, for connecting and for each reply; somebody is watching

SMTP_STEPS = ("lookup", "connect", "tls", "login", "sender")
IMAP_STEPS = ("lookup", "connect", "tls", "login", "folder")
STEP_OF_STAGE = {"greeting": "connect", "tls": "tls", "auth": "login", "mail": "sender"}
LOOKUP_CODES = {
    *("dns_not_found", "dns_failed", "blocked_address", "blocked_port", "not_configured"),
}
TLS_CODES = {"timeout_tls", "starttls_not_offered", "starttls_refused"}
LOGIN_CODES = {
    *("preauth_refused", "password_in_clear", "credentials_invalid", "password_unreadable"),
    *("auth_not_offered", "auth_mech_unsupported", "auth_rejected", "auth_temporary"),
}


def start(mailbox: Mailbox, kind: ProbeRun.Kind, *, by: Actor) -> ProbeRun:
    """Write down that the mailbox's server is to be tested; ``perform`` does it. Raise ``TooManyRuns``."""
    host = mailbox.smtp_host if kind == ProbeRun.Kind.SMTP else mailbox.imap_host
    port = mailbox.smtp_port if kind == ProbeRun.Kind.SMTP else mailbox.imap_port
    return runs.begin(mailbox, kind, by=by, address=f"{host}:{port}"[:254])


def perform(run_id: int) -> None:
    """Do the test of a run that nobody has begun yet; a run that is gone or done is left alone."""
    run = ProbeRun.objects.select_related("mailbox", "company").filter(pk=run_id).first()
    if run is None or run.mailbox is None or run.state != ProbeRun.State.RUNNING or run.steps:
        return
    if run.kind == ProbeRun.Kind.SMTP:
        test_smtp(run.mailbox, run=run)
    elif run.kind == ProbeRun.Kind.IMAP:
        test_imap(run.mailbox, run=run)


def test_smtp(mailbox: Mailbox, *, run: ProbeRun) -> None:
    """Connect, log in and announce the sender, without a mail; the outcome of each step goes into ``run``."""
    steps = _needed(SMTP_STEPS, mailbox.smtp_encryption, mailbox.smtp_account)
    watch = _Watch(run, steps)
    try:
        server = transports.server_of(mailbox)
        with smtp.session(
            server, timeout=TIMEOUT, ehlo_name=settings.RECRUITING_DOMAIN
        ) as connection:
            watch.passed_until("sender", _describe(connection.socket))
            reply = connection.ask("MAIL", f"FROM:<{mailbox.address}>")
            if reply.is_positive:
                watch.passed_until(None, {"sender": str(reply)})
                connection.ask("RSET")
            else:
                watch.failed("sender", "sender_refused", "", str(reply))
    except smtp.SendError as error:
        step = _step_of(error.code) or STEP_OF_STAGE.get(error.stage, "connect")
        watch.failed(step, error.code, error.message, error.reply)
    except OSError:  # the server hung up between two commands
        watch.failed("sender", "connection_lost", "The server closed the connection.")
    runs.finish(run)
    if run.state == ProbeRun.State.PASSED:
        _note_success(mailbox)


def test_imap(mailbox: Mailbox, *, run: ProbeRun) -> None:
    """Connect, log in and open the folder read-only; the outcome of each step goes into ``run``."""
    watch = _Watch(run, _needed(IMAP_STEPS, mailbox.imap_encryption, mailbox.imap_account))
    is_open = False
    try:
        with imap.session(_account_of(mailbox), timeout=TIMEOUT) as client:
            is_open = True
            watch.passed_until("folder", _describe(client.socket()))
            folder = imap.open_folder(client, mailbox.imap_folder)
            watch.passed_until(None, {"folder": str(folder.exists)})
    except imap.ImapError as error:
        step = _step_of(error.code) or ("folder" if is_open else "connect")
        watch.failed(step, error.code, error.message, error.reply)
    runs.finish(run)


class _Watch:
    """Writes the steps of a plan down, in their order, with the time since the last one."""

    def __init__(self, run: ProbeRun, steps: Sequence[str]) -> None:
        self.run = run
        self.waiting = list(steps)
        self.since = time.monotonic()

    def passed_until(self, next_step: str | None, details: dict[str, str]) -> None:
        """All steps before ``next_step`` (None: all there are) have passed."""
        ms = int((time.monotonic() - self.since) * 1000)
        self.since = time.monotonic()
        while self.waiting and self.waiting[0] != next_step:
            name = self.waiting.pop(0)
            is_last = not self.waiting or self.waiting[0] == next_step
            runs.add_step(
                self.run,
                name,
                ok=True,
                code="ok",
                message=details.get(name, ""),
                ms=ms if is_last else 0,
            )

    def failed(self, step: str, code: str, message: str, reply: str = "") -> None:
        """``step`` failed, so those before it had passed and those after it are not reached."""
        if step not in self.waiting and self.waiting:
            step = self.waiting[0]
        self.passed_until(step, {})
        ms = int((time.monotonic() - self.since) * 1000)
        runs.add_step(self.run, step, ok=False, code=code, message=message, reply=reply, ms=ms)


def _needed(steps: Sequence[str], encryption: str, account: str) -> list[str]:
    left_out = {"tls"} if encryption == Encryption.NONE else set()
    left_out |= set() if account else {"login"}
    return [step for step in steps if step not in left_out]


def _step_of(code: str) -> str:
    """Return the step an error code belongs to wherever it occurs, else nothing."""
    if code in LOOKUP_CODES:
        return "lookup"
    if code.startswith("tls_") or code in TLS_CODES:
        return "tls"
    return "login" if code in LOGIN_CODES else ""


def _describe(connection: Any) -> dict[str, str]:
    """Return what an open socket tells: the peer's address, and for TLS version and expiry."""
    told = {"lookup": str(connection.getpeername()[0])}
    if hasattr(connection, "getpeercert"):
        version = str(connection.version() or "").replace("TLSv", "TLS ")
        until = (connection.getpeercert() or {}).get("notAfter", "")
        told["tls"] = " ".join([version, _day(until)]).strip()
    return told


def _day(not_after: str) -> str:
    """Return the day in a certificate's ``Mar  3 12:00:00 2027 GMT`` as ISO 8601, else nothing."""
    try:
        until = datetime.strptime(not_after.replace("GMT", "+0000"), "%b %d %H:%M:%S %Y %z")
    except ValueError:
        return ""
    return until.date().isoformat()


def _account_of(mailbox: Mailbox) -> imap.Account:
    password = mailbox.imap_password
    try:
        clear = password.reveal() if isinstance(password, Sealed) else str(password)
    except DecryptionError as error:
        raise imap.ImapError(
            "The stored password cannot be read with the keys of this server.",
            code="password_unreadable",
            account=True,
        ) from error
    return imap.Account(
        mailbox.imap_host,
        mailbox.imap_port,
        Encryption(mailbox.imap_encryption),
        mailbox.imap_account,
        clear,
    )


def _note_success(mailbox: Mailbox) -> None:
    """The account works, unless somebody changed its settings while it was tested."""
    same = Mailbox.objects.filter(
        pk=mailbox.pk,
        address=mailbox.address,
        smtp_host=mailbox.smtp_host,
        smtp_port=mailbox.smtp_port,
        smtp_encryption=mailbox.smtp_encryption,
        smtp_account=mailbox.smtp_account,
    )
    if same.update(verified_at=timezone.now()):
        pauses.lift(mailbox)
