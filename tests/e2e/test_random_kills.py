"""``kill -9`` of workers at random while mails go out and come in.

Short in ``make test-all``; by hand with other figures, such as the ten minutes of a release:
``CRASH_MAILS=2000 CRASH_SECONDS=600 pytest tests/e2e/test_random_kills.py``.
"""

import os
import random
import time
from collections import Counter

import pytest
from django.utils import timezone

from companies.models import Company
from mailsettings.models import IncomingMail, Mailbox, OutgoingMail
from recruiting.models import Message
from tests import factories
from tests.e2e.installation import Installation
from tests.e2e.test_crashes import inbox, mailbox, own_broker, queue, received, restart
from tests.imapserver import ImapServer
from tests.mailservers import SmtpServer, imap_server, smtp_server
from tests.servers import places

__all__ = ["imap_server", "inbox", "mailbox", "own_broker", "smtp_server"]

MAILS = int(os.environ.get("CRASH_MAILS", "60"))
SECONDS = float(os.environ.get("CRASH_SECONDS", "20"))
SEED = int(os.environ.get("CRASH_SEED", str(time.time_ns() % 10**6)))

PATIENCE = 60.0 + MAILS  # seconds, on a machine that does much else

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def is_settled(count: int) -> bool:
    """Whether all have left or are a question; what waits after a death is tried at once."""
    OutgoingMail.objects.filter(state="queued").update(next_attempt_at=timezone.now())
    settled = OutgoingMail.objects.filter(state__in=["sent", "unconfirmed"])
    return settled.count() == count


def test_each_mail_is_sent_once_or_unconfirmed_and_each_received_one_is_filed_once(
    posthorn: Installation,
    company: Company,
    mailbox: Mailbox,
    smtp_server: SmtpServer,
    inbox: ImapServer,
) -> None:
    print(f"CRASH_SEED={SEED}")  # noqa: T201 -- shown when it fails, to be run again
    rng = random.Random(SEED)
    smtp_server.slow = {"rcpt": 0.01, "data": 0.02}
    subjects = [f"mail {number}" for number in range(MAILS)]
    posthorn.start("worker", "beat")
    until = time.monotonic() + SECONDS
    deaths = 0
    queued = queue(mailbox, MAILS)
    while time.monotonic() < until:
        done = len(inbox.folders["INBOX"].mails)
        for subject in subjects[done : done + max(1, MAILS // 10)]:
            raw = factories.raw_mail(subject=subject, Message_ID=f"<{subject[5:]}@mail.example>")
            inbox.folders["INBOX"].add(raw)
        time.sleep(rng.uniform(0.2, 3))
        posthorn.kill("worker")
        deaths += 1
        restart(posthorn)
    for subject in subjects[len(inbox.folders["INBOX"].mails) :]:
        inbox.folders["INBOX"].add(factories.raw_mail(subject=subject))
    places.wait_until(lambda: is_settled(len(queued)), "everything has left", patience=PATIENCE)
    filed = Message.objects.filter(direction="in")
    places.wait_until(lambda: filed.count() >= MAILS, "everything is filed", patience=PATIENCE)

    counts = received(smtp_server)
    sent = set(OutgoingMail.objects.filter(state="sent").values_list("message_id", flat=True))
    assert set(counts.values()) == {1}, "nothing left twice"
    assert sent <= set(counts), "nothing is called sent that no server has"
    left_open = set(counts) - sent
    unsure = OutgoingMail.objects.filter(state="unconfirmed").values_list("message_id", flat=True)
    assert left_open <= set(unsure)
    assert Counter(Message.objects.values_list("subject", flat=True)) == Counter(subjects)
    ledger = IncomingMail.objects.filter(folder__mailbox=mailbox)
    uids = Counter(ledger.values_list("uid", flat=True))
    assert uids == Counter(inbox.folders["INBOX"].mails.keys()), "the ledger is complete"
    assert set(ledger.values_list("state", flat=True)) == {"routed"}
    assert deaths > 1
