"""Filling and draining the outbox of one account, beside smtplib on one kept connection (floor).

The server is a cheap sink with TLS and a login, once on loopback and once 20 ms a round trip away.
"""

import functools
import os
import smtplib
import ssl
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from companies import files
from companies.models import StoredFile
from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import outbox
from tests import factories
from tests.bench.measure import compare, served
from tests.bench.sink import ACCOUNT, PASSWORD, start
from tests.servers import certs

MAILS, FAR_MAILS = 1000, 100
FAR = 0.02  # seconds a round trip
RAW = factories.raw_mail(subject="Your application") + b"A sentence about the interview.\r\n" * 60
NUMBERS = iter(range(10**9))


def run() -> None:
    folder = settings.STATE_DIR / "tls"
    folder.mkdir()
    certificate = certs.make(folder)
    os.environ["SSL_CERT_FILE"] = str(certificate.authority)
    for name, mails, delay in (("sending", MAILS, 0.0), ("sending, 20 ms", FAR_MAILS, FAR)):
        with served(functools.partial(start, certificate.chain, certificate.key, delay)) as port:
            mailbox = factories.MailboxFactory(
                address=ACCOUNT,
                smtp_host="localhost",
                smtp_port=port,
                smtp_encryption="ssl",
                smtp_account=ACCOUNT,
                smtp_password=PASSWORD,
            )
            compare(
                name,
                mails,
                smtplib_one_connection=functools.partial(reuse, port, mails),
                queue_one_by_one=functools.partial(queue, mailbox, mails),
                queue_together=functools.partial(queue_together, mailbox, mails),
                deliver_only=lambda: outbox.deliver_due(seconds=600),
            )
    left = OutgoingMail.objects.due().count()
    print(f"sending: {left} mails did not leave")


def reuse(port: int, mails: int) -> None:
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    with smtplib.SMTP_SSL("localhost", port, context=context) as connection:
        connection.login(ACCOUNT, PASSWORD)
        for _ in range(mails):
            connection.sendmail(ACCOUNT, ["mia@mail.example"], RAW)


def queue(mailbox: Mailbox, mails: int) -> None:
    """As a person's mail is queued, each with a flush of its file; these are not due for years."""
    with transaction.atomic():
        for number in range(mails):
            _queue(mailbox, _written(number), not_before=timezone.now() + timedelta(days=9999))


def queue_together(mailbox: Mailbox, mails: int) -> None:
    """As a letter to many is queued: the bytes of 25 are stored together."""
    for first in range(0, mails, 25):
        written = [_written(first + number) for number in range(25)]
        with transaction.atomic():
            for stored in files.store_many(mailbox.company, written):
                _queue(mailbox, stored)


def _written(number: int) -> bytes:
    return RAW + b"%d %d\r\n" % (number, next(NUMBERS))


def _queue(mailbox: Mailbox, raw: bytes | StoredFile, not_before: datetime | None = None) -> None:
    outbox.queue(
        company=mailbox.company,
        mailbox=mailbox,
        envelope_sender=mailbox.address,
        recipients=["mia@mail.example"],
        raw=raw,
        message_id=f"<bench-{next(NUMBERS)}@acme.example>",
        not_before=not_before,
    )
