"""Beginning a connection test: the rows first, then the worker is woken."""

from collections.abc import Iterable

from django.db import transaction

from companies.audit import Actor
from companies.models import Company
from mailsettings import tasks
from mailsettings.models import Mailbox, ProbeRun
from mailsettings.outbound import doorbell
from mailsettings.proofs import domains, probe


def test_connection(mailbox: Mailbox, *, by: Actor) -> list[ProbeRun]:
    """Test the mailbox's servers as they are stored, none if it has none; raise ``TooManyRuns``."""
    kinds = [ProbeRun.Kind.SMTP] if mailbox.smtp_host else []
    kinds += [ProbeRun.Kind.IMAP] if mailbox.imap_host else []
    begun = [probe.start(mailbox, kind, by=by) for kind in kinds]
    for run in begun:
        _wake(run.pk)
    return begun


def check_domains(company: Company, mailboxes: Iterable[Mailbox], *, by: Actor) -> int:
    """Have the domains of the mailboxes' addresses looked at by a worker; return how many."""
    asked = domains.ask(company, domains.addresses_of(mailboxes), by=by)
    if asked:
        transaction.on_commit(lambda: doorbell.ring(tasks.check_domains), robust=True)
    return len(asked)


def deliver_now() -> None:
    """Have a worker look at the queue without waiting for the clock."""
    transaction.on_commit(lambda: doorbell.ring(tasks.deliver_due), robust=True)


def _wake(run_id: int) -> None:
    # A broker that is away is logged; the page says after a while that the test was not run.
    transaction.on_commit(lambda: doorbell.ring(tasks.probe, run_id), robust=True)
