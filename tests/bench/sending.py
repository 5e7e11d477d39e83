"""Filling and draining the outbox of one account, beside smtplib on one kept connection (floor)."""

import smtplib

from django.db import transaction

from mailsettings.models import OutgoingMail
from mailsettings.outbound import outbox
from tests import factories
from tests.bench.measure import compare, served
from tests.bench.sink import ACCOUNT, PASSWORD, start

MAILS = 300
RAW = factories.raw_mail(subject="Your application") + b"A sentence about the interview.\r\n" * 60


def run() -> None:
    with served(start) as port:
        mailbox = factories.MailboxFactory(address=ACCOUNT, smtp_port=port)
        numbers = iter(range(10**9))

        def reuse() -> None:
            with smtplib.SMTP("127.0.0.1", port) as connection:
                connection.login(ACCOUNT, PASSWORD)
                for _ in range(MAILS):
                    connection.sendmail(ACCOUNT, ["mia@mail.example"], RAW)

        def queue() -> None:
            with transaction.atomic():
                for _ in range(MAILS):
                    number = next(numbers)
                    outbox.queue(
                        company=mailbox.company,
                        mailbox=mailbox,
                        envelope_sender=mailbox.address,
                        recipients=["mia@mail.example"],
                        raw=RAW + b"%d\r\n" % number,
                        message_id=f"<bench-{number}@acme.example>",
                    )

        def deliver() -> None:
            outbox.deliver_due(seconds=600)

        compare(
            "sending", MAILS, smtplib_one_connection=reuse, queue_only=queue, deliver_only=deliver
        )
        left = OutgoingMail.objects.exclude(state=OutgoingMail.State.SENT).count()
        print(f"sending: {left} mails did not leave")
