"""Beginning a connection test: the rows first, then the worker is woken."""

import contextlib
from collections.abc import Iterable, Mapping

from companies.audit import Actor
from companies.models import Company
from mailsettings import oauth, tasks
from mailsettings.models import Mailbox, ProbeRun, SenderDomain
from mailsettings.models.mailboxes import SendsBy
from mailsettings.outbound import doorbell
from mailsettings.proofs import domainproofs, domains, probe, runs


def test_connection(mailbox: Mailbox, *, by: Actor) -> list[ProbeRun]:
    """Test the servers of ``mailbox`` with the stored passwords; see ``try_out``."""
    return try_out(mailbox, {}, by=by)


def try_out(mailbox: Mailbox, secrets: Mapping[str, str], *, by: Actor) -> list[ProbeRun]:
    """Test the servers of ``mailbox`` as it is, saved or not, none if it has none; raise ``TooManyRuns``.

    ``secrets`` are passwords that were typed and not saved, by ``smtp`` and ``imap``; without them the
    stored ones are tried.
    """
    if any(secrets.values()) or not oauth.is_granted(mailbox):
        mailbox.sends_by = SendsBy.SMTP  # the APIs take no passwords, nor tokens meant for others
    kinds = [ProbeRun.Kind.SMTP] if mailbox.smtp_host else []
    kinds += [ProbeRun.Kind.IMAP] if mailbox.imap_host else []
    begun = [
        probe.start(mailbox, kind, by=by, secret=secrets.get(kind.value, "")) for kind in kinds
    ]
    for run in begun:
        _wake(run.pk)
    return begun


def check_domains(company: Company, mailboxes: Iterable[Mailbox], *, by: Actor) -> int:
    """Have the domains of the mailboxes' addresses looked at by a worker; return how many."""
    asked = domains.ask(company, domains.addresses_of(mailboxes), by=by)
    if asked:
        doorbell.ring_after_commit(tasks.check_domains, about=None)
    return len(asked)


def prove_domain(domain: SenderDomain, *, by: Actor) -> bool:
    """Have a worker prove a verified domain now; False when it was just done, or is not verified."""
    asked = domainproofs.ask(domain, by=by)
    if asked:
        doorbell.ring_after_commit(tasks.prove_domains, about=None)
    return asked


def test_again_if_just_tested(mailbox: Mailbox, *, by: Actor) -> None:
    """After a save of what a moment ago passed its test as a draft: have what is stored proven too."""
    passed = [run for run in runs.recent(mailbox) if run.state == ProbeRun.State.PASSED]
    if any(run.is_about(mailbox) and run.started_at > runs.window() for run in passed):
        with contextlib.suppress(runs.TooManyRuns):
            test_connection(mailbox, by=by)


def deliver_now() -> None:
    """Have a worker look at the queue without waiting for the clock."""
    doorbell.ring_after_commit(tasks.deliver_due, about=None)


def _wake(run_id: int) -> None:
    # A broker that is away is logged; the page says after a while that the test was not run.
    doorbell.ring_after_commit(tasks.probe, run_id, about=run_id)
