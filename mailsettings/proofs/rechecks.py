"""Proven connections and redirects are tested again each day, and who can repair one hears of it.

Any number of workers may run this. Finished tests are settled into ``Proof`` rows; a due proof is
claimed by moving its next check, and the test it begins is a run like any other, marked automatic.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from companies.models import Membership
from mailsettings.models import Mailbox, OutgoingMail, ProbeRun, Proof
from mailsettings.outbound import transports
from mailsettings.proofs import alarms, probe, roundtrip, runs

DAY = timedelta(hours=24)
SPREAD = 4 * 3600  # seconds the checks of one day are spread over
AGAIN = timedelta(hours=1)  # until something that failed is looked at again
BATCH = 20  # checks one tick begins at most
REMEMBERED = timedelta(days=15)  # a test mail may arrive that late and still count
GONE = (OutgoingMail.State.SENT, OutgoingMail.State.BOUNCED, OutgoingMail.State.FAILED)
Kind = ProbeRun.Kind


def run_due(wake: Callable[[int], None]) -> int:
    """Settle what has finished, begin what is due, ``wake`` a worker for each connection; return how many.

    Passwords that were typed for a test and left behind are wiped.
    """
    runs.wipe_abandoned()
    begun = settle_and_repeat(wake)
    due = Proof.objects.filter(next_check_at__lte=timezone.now())
    for proof in due.select_related("mailbox__company").order_by("next_check_at")[:BATCH]:
        begun += _begin(proof, wake)
    return begun


def settle_and_repeat(wake: Callable[[int], None]) -> int:
    """Write down what finished tests prove, and repeat those that must be; return how many."""
    return sum(_begin_now(mailbox, kind, wake) for mailbox, kind in settle())


def settle() -> list[tuple[Mailbox, str]]:
    """Write down what finished tests prove; each run once, and again when its mail arrives late.

    A test of what was typed proves the stored settings only once it was repeated with the stored
    password: returns those to repeat. One that passed before it was saved waits a while for that.
    """
    repeat: list[tuple[Mailbox, str]] = []
    now = timezone.now()
    late = now - runs.PATIENCE[Kind.ROUND_TRIP]
    # A test whose mail never left, or that no worker took up, says nothing about the customer's server.
    unseen = Q(
        is_automatic=True, kind=Kind.ROUND_TRIP, started_at__lt=late, outgoing__state__in=GONE
    )
    ended = ~Q(state=ProbeRun.State.RUNNING) | unseen
    open_runs = ProbeRun.objects.filter(
        Q(settled_at=None) | Q(finished_at__gt=F("settled_at")),
        ended,
        started_at__gt=now - REMEMBERED,
    ).exclude(mailbox=None)
    for run in open_runs.select_related("mailbox__company").order_by("started_at", "pk")[:200]:
        if _may_be_saved_yet(run, now):
            continue
        with transaction.atomic():
            mine = ProbeRun.objects.filter(pk=run.pk, settled_at=run.settled_at)
            if mine.update(settled_at=timezone.now()):
                _settle(run)
                if run.mailbox and _is_unproven(run):
                    repeat.append((run.mailbox, run.kind))
    return repeat


def target_of(mailbox: Mailbox, kind: str) -> str:
    """What a test of this kind is about as the mailbox is stored now; empty when there is nothing to test."""
    if kind == Kind.ROUND_TRIP:
        return mailbox.address
    if kind == Kind.SMTP:
        host, port = transports.way_out(mailbox)
    else:
        host, port = mailbox.imap_host, mailbox.imap_port
    return f"{host}:{port}"[:254] if host else ""


def _settle(run: ProbeRun) -> None:
    mailbox = run.mailbox
    if mailbox is None or not _is_about(run, mailbox) or run.tested.get("password_typed"):
        return  # a test of other settings than those in use
    if run.kind == Kind.ROUND_TRIP and mailbox.user_id:
        return  # nobody wants a mail from themselves each day; their servers are tested anyway
    known = Proof.objects.select_for_update().filter(mailbox=mailbox, kind=run.kind).first()
    if run.state == ProbeRun.State.PASSED:
        if run.kind == Kind.SMTP and mailbox.verified_at is None:
            return  # what passed were other settings of the same server
        _note_success(mailbox, run, known)
    elif known and run.is_automatic and known.proven_at < run.started_at:
        _note_failure(known, run)


def _is_about(run: ProbeRun, mailbox: Mailbox) -> bool:
    """Whether the run tried what the mailbox has stored, passwords apart."""
    if run.address != target_of(mailbox, run.kind):
        return False
    return not run.tested or run.is_about(mailbox)


def _may_be_saved_yet(run: ProbeRun, now: datetime) -> bool:
    mailbox = run.mailbox
    is_open = run.state == ProbeRun.State.PASSED and run.started_at > now - AGAIN
    return mailbox is not None and is_open and not _is_about(run, mailbox)


def _is_unproven(run: ProbeRun) -> bool:
    """Whether a typed password passed that is stored now, as far as we can tell without asking."""
    mailbox = run.mailbox
    typed = run.state == ProbeRun.State.PASSED and bool(run.tested.get("password_typed"))
    if mailbox is None or not typed or not _is_about(run, mailbox):
        return False
    return not mailbox.proofs.filter(kind=run.kind).exists()


def _begin_now(mailbox: Mailbox, kind: str, wake: Callable[[int], None]) -> bool:
    """Test the stored settings at once; one attempt, since a wrong password counts at the provider."""
    try:
        begun = probe.start(mailbox, Kind(kind), by=None)
    except runs.TooManyRuns:
        return False
    ProbeRun.objects.filter(pk=begun.pk).update(is_automatic=True)
    wake(begun.pk)
    return True


def _note_success(mailbox: Mailbox, run: ProbeRun, known: Proof | None) -> None:
    at = run.finished_at or run.started_at
    if known and known.target == run.address and known.proven_at >= at:
        return
    Proof.objects.update_or_create(
        mailbox=mailbox,
        kind=run.kind,
        defaults={
            "company": mailbox.company,
            "target": run.address,
            "proven_at": at,
            "failing_since": None,
            "next_check_at": tomorrow(timezone.now()),
        },
    )


def _note_failure(proof: Proof, run: ProbeRun) -> None:
    """The first failure is told by mail; the banner stays as long as it fails."""
    is_news = proof.failing_since is None
    proof.failing_since = proof.failing_since or run.finished_at or timezone.now()
    proof.next_check_at = timezone.now() + AGAIN
    proof.save(update_fields=["failing_since", "next_check_at"])
    alarmed = proof.mailbox.folders.filter(alarmed_at__isnull=False)
    if is_news and not (proof.kind == Kind.IMAP and alarmed.exists()):
        _notify(proof)


def _begin(proof: Proof, wake: Callable[[int], None]) -> bool:
    """Begin the test of a due proof if this worker is the one that may; say whether it did."""
    now = timezone.now()
    claimed = Proof.objects.filter(pk=proof.pk, next_check_at=proof.next_check_at)
    after = now + AGAIN if proof.failing_since else tomorrow(now)
    if not claimed.update(next_check_at=after):
        return False
    try:
        if proof.kind == Kind.ROUND_TRIP:
            roundtrip.start(proof.mailbox, by=None, is_automatic=True)
        else:
            begun = probe.start(proof.mailbox, Kind(proof.kind), by=None)
            ProbeRun.objects.filter(pk=begun.pk).update(is_automatic=True)
            wake(begun.pk)
    except (runs.TooManyRuns, roundtrip.NoAddress):
        Proof.objects.filter(pk=proof.pk).update(next_check_at=now + runs.WINDOW)
        return False
    return True


def tomorrow(now: datetime) -> datetime:
    """A day later, give or take, so that the checks do not all fall on the same minute."""
    return now + DAY + timedelta(seconds=secrets.randbelow(SPREAD) - SPREAD // 2)


def _notify(proof: Proof) -> None:
    """Write through the platform to each owner and admin, about a personal mailbox to its user only."""
    user = proof.mailbox.user_id
    if user:
        repairers = Membership.objects.active().filter(company=proof.company, user=user)
    else:
        repairers = alarms.repairers(proof.company, proof.mailbox.subcompany_id)
    alarms.tell(repairers, lambda: _words(proof))


def _words(proof: Proof) -> tuple[str, str]:
    page = "mailsettings:personal" if proof.mailbox.user_id else "mailsettings:email-settings"
    values = {
        "kind": proof.get_kind_display(),
        "target": proof.target,
        "link": alarms.link(page),
    }
    text = _(
        "%(kind)s of %(target)s worked before and failed in today's check.\n\n"
        "What happened, and what to do, stands in the email settings:\n%(link)s\n\n"
        "Nothing is lost: outgoing mail waits, and the check goes on every hour.\n"
    )
    return _("%(kind)s stopped working: %(target)s") % values, text % values
