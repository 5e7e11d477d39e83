"""Mailboxes and both spools."""

import factory
from factory.django import DjangoModelFactory

from companies import files
from mailsettings.models import Delivery, EmailSettings, IncomingMail, Mailbox, OutgoingMail
from tests.factories.tenants import CompanyFactory


class EmailSettingsFactory(DjangoModelFactory[EmailSettings]):
    class Meta:
        model = EmailSettings

    company = factory.SubFactory(CompanyFactory)
    use_custom_address = True


class MailboxFactory(DjangoModelFactory[Mailbox]):
    """The main company's mailbox, ready to send through a server on this machine."""

    class Meta:
        model = Mailbox

    company = factory.SubFactory(CompanyFactory)
    address = factory.Sequence(lambda n: f"jobs{n}@example.test")
    use_for_sending = True
    smtp_host = "127.0.0.1"
    smtp_port = 8025
    smtp_encryption = "none"
    smtp_account = factory.SelfAttribute("address")
    smtp_password = "sandbox"


def raw_mail(*, sender: str = "mia@mail.example", subject: str = "Hello", **headers: str) -> bytes:
    """A small plain mail; further headers by keyword (``In_Reply_To="<…>"``)."""
    lines = [
        f"From: {sender}",
        f"Subject: {subject}",
        "Date: Mon, 02 Nov 2026 10:00:00 +0100",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Good morning,\r\nI look forward to hearing from you.",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


class OutgoingMailFactory(DjangoModelFactory[OutgoingMail]):
    class Meta:
        model = OutgoingMail

    company = factory.SubFactory(CompanyFactory)
    raw = factory.LazyAttribute(lambda mail: files.store(mail.company, raw_mail()))
    message_id = factory.Sequence(lambda n: f"<out-{n}@example.test>")
    envelope_sender = "jobs@example.test"
    subject = "Your application"


class IncomingMailFactory(DjangoModelFactory[IncomingMail]):
    class Meta:
        model = IncomingMail

    door = IncomingMail.Door.SMTP
    raw = factory.LazyFunction(lambda: files.store(None, raw_mail()))
    digest = factory.SelfAttribute("raw.digest")
    size = factory.SelfAttribute("raw.size")


class DeliveryFactory(DjangoModelFactory[Delivery]):
    """A received mail, not filed yet. ``content`` is what stands in its raw file."""

    class Meta:
        model = Delivery

    class Params:
        content = factory.LazyFunction(raw_mail)

    company = factory.SubFactory(CompanyFactory)
    raw = factory.LazyAttribute(lambda delivery: files.store(delivery.company, delivery.content))
    dedupe_key = factory.Sequence(lambda n: f"{n:064x}")
    message_id = factory.Sequence(lambda n: f"<in-{n}@mail.example>")
    address = factory.SelfAttribute("company.recruiting_address")
    kind = "person"
