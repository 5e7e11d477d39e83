"""From raw bytes to messages in conversations, beside parsing with the standard library (floor)."""

import email
import email.policy

from mailsettings.inbound import routing, spool
from mailsettings.models import MailFolder
from mailsettings.wire import imap
from recruiting.conversation import intake
from recruiting.models import Message
from tests import factories
from tests.bench.measure import compare

MAILS = 200


def run() -> None:
    company = factories.CompanyFactory()
    folder = MailFolder.objects.create(mailbox=factories.MailboxFactory(company=company))
    numbers = iter(range(10**9))

    def mails() -> list[bytes]:
        return [
            factories.raw_mail(
                sender=f"Person {n} <person{n}@mail.example>",
                subject=f"Application {n}",
                Message_ID=f"<bench-{n}@mail.example>",
            )
            + b"A sentence about the last position.\r\n" * 100
            for n in (next(numbers) for _ in range(MAILS))
        ]

    def parse() -> None:
        for raw in mails():
            message = email.message_from_bytes(raw, policy=email.policy.default)
            body = message.get_body(("plain",))
            if body:
                body.get_content()

    def product() -> None:
        # As a poll does: batches of a folder, each in one transaction with the reading position.
        fetched = [
            imap.Fetched(folder.last_uid + number, raw, len(raw), None)
            for number, raw in enumerate(mails(), 1)
        ]
        for first in range(0, MAILS, 50):
            spool.store_batch(folder, fetched[first : first + 50])
        routing.route_received()
        while intake.file_received():
            pass

    compare("ingest", MAILS, stdlib_parse=parse, store_route_file=product)
    print(f"ingest: {Message.objects.filter(company=company).count()} messages stand")
