"""Fixtures of the proofs: the company's mailbox at loopback servers."""

from collections.abc import Callable

import pytest

from companies.models import Company, Membership
from mailsettings.models import Mailbox, ProbeRun
from mailsettings.proofs import probe
from tests import factories
from tests.mailservers import (  # noqa: F401 -- fixtures
    ImapServer,
    SmtpServer,
    imap_server,
    smtp_server,
)

Steps = list[tuple[str, bool, str]]


@pytest.fixture
def mailbox(company: Company, smtp_server: SmtpServer) -> Mailbox:  # noqa: F811 -- the fixture
    return factories.MailboxFactory(
        company=company, address="jobs@acme.example", smtp_port=smtp_server.port, smtp_account=""
    )


@pytest.fixture
def probed(mailbox: Mailbox, ada: Membership) -> Callable[..., ProbeRun]:
    """Test the mailbox's server with the changes that are named, and return the finished run."""

    def run(kind: str = "smtp", **changes: object) -> ProbeRun:
        for name, value in changes.items():
            setattr(mailbox, name, value)
        mailbox.save()
        begun = probe.start(mailbox, ProbeRun.Kind(kind), by=ada)
        probe.perform(begun.pk)
        begun.refresh_from_db()
        return begun

    return run


def steps_of(run: ProbeRun) -> Steps:
    return [(step["name"], step["ok"], step["code"]) for step in run.steps]
