"""Fixtures of the outbox tests: a mailbox whose server is on loopback, and mails waiting in it."""

from collections.abc import Callable
from typing import Any

import pytest

from companies.models import Company
from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import claims, outbox
from tests import factories
from tests.mailservers import SmtpServer, smtp_server  # noqa: F401 -- a fixture

Queue = Callable[..., OutgoingMail]


@pytest.fixture
def mailbox(company: Company, smtp_server: SmtpServer) -> Mailbox:  # noqa: F811 -- the fixture
    """The main company's mailbox at ``smtp_server``, without a login."""
    return factories.MailboxFactory(
        company=company, address="jobs@acme.example", smtp_port=smtp_server.port, smtp_account=""
    )


@pytest.fixture
def dead_mailbox(company: Company) -> Mailbox:
    """A mailbox of another subcompany whose server is not there."""
    return factories.MailboxFactory(
        company=company,
        subcompany=factories.SubcompanyFactory(company=company),
        smtp_port=1,
        smtp_account="",
    )


@pytest.fixture
def queue(company: Company) -> Queue:
    """Put a mail into the spool, for Mia unless the test says otherwise."""
    count = 0

    def put(mailbox: Mailbox | None = None, *recipients: str, **fields: Any) -> OutgoingMail:
        nonlocal count
        count += 1
        sender = mailbox.address if mailbox else company.recruiting_address
        message_id = f"<{company.account}-{count}@recruiting.example>"
        defaults: dict[str, Any] = {
            "envelope_sender": sender,
            "message_id": message_id,
            "subject": "Your application",
            "raw": factories.raw_mail(sender=sender, Message_ID=message_id, To="mia@mail.example"),
        }
        return outbox.queue(
            company=company,
            mailbox=mailbox,
            recipients=recipients or ("mia@mail.example",),
            **{**defaults, **fields},
        )

    return put


def states(mail: OutgoingMail) -> dict[str, str]:
    """Return the state of each recipient."""
    return dict(mail.recipients.values_list("address", "state"))


def claimed_by_a_worker(mail: OutgoingMail) -> OutgoingMail | None:
    """Return the mail as the worker holds it that has just claimed it; None when it may not be claimed."""
    return claims.claim_one(mail.pk).next()
