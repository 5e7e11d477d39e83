"""``kill -9`` of a real worker, and brokers and mail servers that stop: nothing is lost, nothing doubled."""

import smtplib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F

from companies.models import Company
from mailsettings.models import IncomingMail, Mailbox, MailFolder, OutgoingMail
from mailsettings.outbound import outbox
from recruiting.models import Message
from tests import factories
from tests.e2e.installation import WORKER_CONCURRENCY, Broker, Installation
from tests.e2e.outside import read
from tests.imapserver import ImapServer
from tests.mailservers import SmtpServer, imap_server, smtp_server
from tests.servers import places

__all__ = ["imap_server", "smtp_server"]

PATIENCE = 180.0  # seconds; workers that start take most of it

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def own_broker(private_broker: Broker) -> Broker:
    return private_broker


@pytest.fixture
def mailbox(company: Company, smtp_server: SmtpServer) -> Mailbox:
    return factories.MailboxFactory(company=company, smtp_port=smtp_server.port, smtp_account="")


@pytest.fixture
def inbox(company: Company, mailbox: Mailbox, imap_server: ImapServer) -> ImapServer:
    """The same mailbox is read by IMAP, too."""
    Mailbox.objects.update(
        imap_host="127.0.0.1",
        imap_port=imap_server.port,
        imap_encryption="none",
        imap_account="anna",
        imap_password="secret",
    )
    return imap_server


def queue(mailbox: Mailbox, count: int = 1) -> list[OutgoingMail]:
    """Put mails into the spool, which rings the worker."""
    mails = []
    for number in range(count):
        message_id = f"<mail-{number}@acme.example>"
        raw = factories.raw_mail(sender=mailbox.address, Message_ID=message_id, To="mia@a.example")
        mails.append(
            outbox.queue(
                company=mailbox.company,
                mailbox=mailbox,
                envelope_sender=mailbox.address,
                recipients=["mia@a.example"],
                raw=raw,
                message_id=message_id,
            )
        )
    return mails


def let_time_pass() -> None:
    """Make everything ten minutes older: claims and leases of the dead run out, what waits is due."""
    past = timedelta(minutes=10)
    OutgoingMail.objects.update(
        claimed_at=F("claimed_at") - past,
        data_started_at=F("data_started_at") - past,
        next_attempt_at=F("next_attempt_at") - past,
    )
    IncomingMail.objects.update(claimed_at=F("claimed_at") - past)
    Mailbox.objects.update(retry_at=F("retry_at") - past)
    MailFolder.objects.update(
        leased_until=F("leased_until") - past, next_poll_at=F("next_poll_at") - past
    )


def restart(posthorn: Installation) -> None:
    """Start another worker where one was killed, ten minutes later."""
    let_time_pass()
    posthorn.start("worker")


def wait_until(condition: Callable[[], bool], what: str) -> None:
    places.wait_until(condition, what, patience=PATIENCE)


def states() -> Counter[str]:
    return Counter(OutgoingMail.objects.values_list("state", flat=True))


def received(server: SmtpServer) -> Counter[str]:
    """How often the server got each mail."""
    return Counter(str(read(mail.raw)["Message-ID"]) for mail in server.mails)


def test_worker_killed_between_claim_and_data_sends_once_after_restart(
    posthorn: Installation, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    smtp_server.slow = {"rcpt": 60}
    posthorn.start("worker", "beat")
    queue(mailbox)
    wait_until(lambda: smtp_server.connections == 1 and states()["sending"] == 1, "it is claimed")
    posthorn.kill("worker")
    smtp_server.slow = {}
    restart(posthorn)
    wait_until(lambda: states() == {"sent": 1}, "it is sent")
    assert received(smtp_server) == {"<mail-0@acme.example>": 1}


def test_worker_killed_after_data_began_leaves_the_mail_to_a_person(
    posthorn: Installation, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    smtp_server.slow = {"data": 180}
    posthorn.start("worker", "beat")
    queue(mailbox)
    began = OutgoingMail.objects.filter(data_started_at__isnull=False)
    wait_until(began.exists, "DATA begins")
    posthorn.kill("worker")
    smtp_server.slow = {}
    restart(posthorn)
    wait_until(lambda: states() == {"unconfirmed": 1}, "it is unconfirmed")
    assert OutgoingMail.objects.get().last_code == "worker_lost"
    assert smtp_server.connections == 1


def test_worker_killed_again_and_again_sends_every_mail_at_most_once(
    posthorn: Installation, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    posthorn.start("worker", "beat")
    mails = queue(mailbox, 40)
    for enough in (5, 20):
        smtp_server.wait_for(enough, PATIENCE)
        posthorn.kill("worker")
        restart(posthorn)
    settled = OutgoingMail.objects.filter(state__in=["sent", "unconfirmed"])
    wait_until(lambda: settled.count() == len(mails), "all are settled")
    counts = received(smtp_server)
    assert set(counts.values()) == {1}
    sent = OutgoingMail.objects.filter(state="sent").values_list("message_id", flat=True)
    assert set(sent) <= set(counts)
    assert states()["unconfirmed"] <= 2 * WORKER_CONCURRENCY, "only what was under way"


def test_worker_killed_while_fetching_and_filing_files_every_mail_once(
    posthorn: Installation, inbox: ImapServer
) -> None:
    subjects = {f"mail {number}" for number in range(120)}
    for subject in sorted(subjects):
        inbox.folders["INBOX"].add(factories.raw_mail(subject=subject))
    inbox.silent_at = "uid_fetch"
    posthorn.start("worker", "beat")
    wait_until(lambda: bool(inbox.told("UID FETCH")), "it fetches")
    posthorn.kill("worker")
    inbox.silent_at = ""
    restart(posthorn)
    wait_until(lambda: IncomingMail.objects.count() >= 50, "a batch is stored")
    posthorn.kill("worker")
    restart(posthorn)
    wait_until(lambda: Message.objects.count() >= 30, "some are filed")
    posthorn.kill("worker")
    restart(posthorn)
    wait_until(lambda: Message.objects.count() >= 120, "all are filed")
    assert Counter(Message.objects.values_list("subject", flat=True)) == Counter(subjects)
    assert set(IncomingMail.objects.values_list("state", flat=True)) == {"routed"}


def test_stopped_broker_delays_mail_but_loses_none(
    posthorn: Installation, own_broker: Broker, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    posthorn.start("worker", "beat", "inbound")
    own_broker.stop()
    queue(mailbox)
    with smtplib.SMTP("127.0.0.1", posthorn.inbound_port) as client:
        client.sendmail("sam@a.example", [mailbox.company.recruiting_address], factories.raw_mail())
    assert (states(), IncomingMail.objects.count()) == ({"queued": 1}, 1)
    own_broker.start()
    wait_until(lambda: states() == {"sent": 1}, "it is sent")
    wait_until(Message.objects.exists, "it is filed")
    assert received(smtp_server) == {"<mail-0@acme.example>": 1}


def test_stopped_mail_servers_delay_mail_but_lose_none(
    posthorn: Installation, mailbox: Mailbox, smtp_server: SmtpServer, inbox: ImapServer
) -> None:
    inbox.folders["INBOX"].add(factories.raw_mail())
    smtp_server.stop()
    inbox.stop()
    posthorn.start("worker", "beat")
    queue(mailbox)
    wait_until(MailFolder.objects.filter(failing_since__isnull=False).exists, "reading fails")
    wait_until(OutgoingMail.objects.exclude(last_code="").exists, "sending fails")
    assert states() == {"queued": 1}
    smtp_server.start(smtp_server.port)
    inbox.start()
    let_time_pass()
    wait_until(lambda: states() == {"sent": 1}, "it is sent")
    wait_until(Message.objects.exists, "it is filed")
    assert received(smtp_server) == {"<mail-0@acme.example>": 1}
    assert Message.objects.count() == 1
