"""A worker keeps an account's connection for its next task, and lets go of it in time."""

from collections.abc import Iterator

import pytest

from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import outbox
from mailsettings.outbound.pool import pool
from tests.mailservers import SmtpServer
from tests.mailsettings.outbound.conftest import Queue
from tests.servers.places import wait_until


@pytest.fixture(autouse=True)
def in_a_worker() -> Iterator[None]:
    pool.seconds = 60.0
    yield
    pool.empty()


def test_tasks_of_one_account_share_a_connection_until_its_login_changes(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    for _ in range(3):
        outbox.deliver(queue(mailbox).pk)
    assert (len(smtp_server.mails), smtp_server.connections) == (3, 1)
    smtp_server.accounts["jobs"] = "secret"
    Mailbox.objects.update(smtp_account="jobs", smtp_password="secret")
    outbox.deliver(queue(mailbox).pk)
    assert (len(smtp_server.mails), smtp_server.connections) == (4, 2)
    assert smtp_server.mails[-1].account == "jobs"


def test_connection_that_the_server_ended_meanwhile_costs_no_mail(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    outbox.deliver(queue(mailbox).pk)
    smtp_server.hang_up()
    outbox.deliver(queue(mailbox).pk)
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert (len(smtp_server.mails), smtp_server.connections) == (2, 2)


def test_idle_connection_is_closed_with_a_goodbye(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    said = []

    def goodbye(_: str) -> str:
        said.append("QUIT")
        return "221 Bye"

    smtp_server.quit = goodbye
    pool.seconds = 0.05
    outbox.deliver(queue(mailbox).pk)
    wait_until(lambda: bool(said), "the connection is closed")


def test_refused_mail_leaves_a_connection_that_the_next_one_uses(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    smtp_server.rcpt = lambda address: "550 5.1.1 No" if "none" in address else "250 Ok"
    outbox.deliver(queue(mailbox, "none@mail.example").pk)
    outbox.deliver(queue(mailbox).pk)
    assert list(OutgoingMail.objects.order_by("pk").values_list("state", flat=True)) == [
        "failed",
        "sent",
    ]
    assert smtp_server.connections == 1
