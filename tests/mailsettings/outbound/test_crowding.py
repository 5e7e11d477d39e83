"""A slow server holds two workers, not all of them."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import outbox, outcomes
from tests.mailservers import SmtpServer
from tests.mailsettings.outbound.conftest import Queue, claimed_by_a_worker


def test_account_is_served_by_two_workers_at_most(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    first, second, third = (queue(mailbox) for _ in range(3))
    for mail in (first, second):
        assert claimed_by_a_worker(mail)
    outbox.deliver(third.pk)
    outbox.deliver_due()
    assert smtp_server.connections == 0
    # The claims of workers that died hold back the others until the sweep has settled them.
    almost = timezone.now() - outcomes.STALE_AFTER + timedelta(seconds=10)
    for seconds, mail in enumerate((first, second)):
        claimed_at = almost - timedelta(seconds=seconds)
        OutgoingMail.objects.filter(pk=mail.pk).update(claimed_at=claimed_at)
    outbox.deliver_due()
    assert smtp_server.connections == 0
    OutgoingMail.objects.filter(state="sending").update(claimed_at=almost - timedelta(seconds=10))
    outbox.deliver_due()
    assert len(smtp_server.mails) == 3


@pytest.mark.django_db(transaction=True)
def test_workers_woken_at_once_leave_an_account_to_two_of_them(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    barrier, left, answer = threading.Barrier(5), threading.Semaphore(0), threading.Event()
    smtp_server.mail = lambda _: "250 Ok" if answer.wait(5) else "451 Nobody left"

    def work(mail_id: int) -> None:
        barrier.wait()
        outbox.deliver(mail_id)
        connections.close_all()
        left.release()

    threads = [threading.Thread(target=work, args=(queue(mailbox).pk,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert all(left.acquire(timeout=5) for _ in range(3))
    answer.set()
    for thread in threads:
        thread.join()
    assert (smtp_server.connections, len(smtp_server.mails)) == (2, 5)
