"""One worker claims many mails of an account; what it cannot begin goes back untouched."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from companies.models import Company
from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import claims, outbox, outcomes
from tests import factories
from tests.mailservers import SmtpServer
from tests.mailsettings.outbound.conftest import Queue


def states_of(*mails: OutgoingMail) -> list[tuple[str, int]]:
    rows = {mail.pk: mail for mail in OutgoingMail.objects.all()}
    return [(rows[mail.pk].state, rows[mail.pk].attempts) for mail in mails]


def test_worker_woken_for_one_mail_takes_the_whole_account_along(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    mails = [queue(mailbox) for _ in range(3)]
    outbox.deliver(mails[1].pk)
    assert (len(smtp_server.mails), smtp_server.connections) == (3, 1)


def test_ten_more_mails_cost_no_more_claims(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        queue(mailbox)
    # groups of 1, 2, 4 and 3: mark and outcome of mails and recipients, each in a transaction; about a dozen for all
    with django_assert_max_num_queries(5 * 8 + 12):
        outbox.deliver_due()
    assert len(smtp_server.mails) == 10


def test_refused_login_gives_the_rest_of_the_batch_back_uncounted(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    Mailbox.objects.update(smtp_account="jobs", smtp_password="wrong")
    smtp_server.accounts["jobs"] = "right"
    mails = [queue(mailbox) for _ in range(3)]
    outbox.deliver_due()
    assert states_of(*mails) == [("queued", 0)] * 3
    mailbox.refresh_from_db()
    assert mailbox.paused_at


def test_claims_that_have_aged_are_given_back_and_taken_anew(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "FRESH", 0.15)
    smtp_server.slow = {"rcpt": 0.1}
    mails = [queue(mailbox) for _ in range(4)]
    outbox.deliver_due()
    assert states_of(*mails) == [("sent", 1)] * 4
    assert (len(smtp_server.mails), smtp_server.connections) == (4, 1)


def test_mails_of_a_dead_worker_are_then_tried_one_by_one(queue: Queue, mailbox: Mailbox) -> None:
    mails = [queue(mailbox) for _ in range(3)]
    claims.claim_next(mailbox.pk)
    assert states_of(*mails) == [("sending", 1)] * 3
    outcomes.recover_stale(timezone.now() + outcomes.STALE_AFTER + timedelta(seconds=1))
    claims.claim_next(mailbox.pk)
    assert sorted(states_of(*mails)) == [("queued", 1), ("queued", 1), ("sending", 2)]


def test_server_that_hangs_up_after_each_mail_is_called_again(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    asked: list[str] = []

    def mail_from(_: str) -> str:
        asked.append("")
        return "421 4.7.0 One mail only" if len(asked) == 2 else "250 Ok"

    smtp_server.mail = mail_from
    mails = [queue(mailbox) for _ in range(2)]
    outbox.deliver_due()
    assert states_of(*mails) == [("sent", 1)] * 2
    mailbox.refresh_from_db()
    assert (smtp_server.connections, mailbox.paused_at) == (2, None)


def test_slow_mailboxes_of_one_company_leave_workers_to_others(
    queue: Queue, company: Company, smtp_server: SmtpServer
) -> None:
    slow = [
        factories.MailboxFactory(
            company=company,
            subcompany=factories.SubcompanyFactory(company=company),
            smtp_port=smtp_server.port,
            smtp_account="",
        )
        for _ in range(claims.PER_COMPANY + 1)
    ]
    for one in slow[:-1]:
        queue(one)
        assert claims.claim_next(one.pk)
    queue(slow[-1])
    with pytest.raises(claims.Crowded):
        claims.claim_next(slow[-1].pk)
    other = factories.MailboxFactory(smtp_port=smtp_server.port, smtp_account="")
    outbox.queue(
        company=other.company,
        mailbox=other,
        envelope_sender=other.address,
        recipients=["mia@mail.example"],
        raw=factories.raw_mail(),
        message_id="<other@mail.example>",
    )
    outbox.deliver_due()
    assert len(smtp_server.mails) == 1
