"""The demo's mail: conversations that happened before today, and two letters nobody has sorted yet."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from django.utils import timezone

from companies import files
from companies.models import Company, Membership
from mailsettings.models import Delivery, OutgoingMail, OutgoingRecipient
from mailsettings.outbound import senders
from recruiting.choices import Why
from recruiting.conversation.writing import threads
from recruiting.models import Application, Message


def exchange(
    application: Application,
    mails: Sequence[tuple[str, str]],
    *,
    since: datetime,
    recruiter: Membership | None,
) -> None:
    """Store a conversation, one mail after the other between ``since`` and now."""
    step = (timezone.now() - since) / (len(mails) + 1)
    for number, (direction, text) in enumerate(mails, start=1):
        at = since + step * number
        if direction == "out":
            _store_sent(application, text, at=at, recruiter=recruiter)
        else:
            _store_reply(application, text, at=at)
        is_answered = direction == "out"
        Application.objects.filter(pk=application.pk).update(
            last_message_at=at,
            unread_count=0 if is_answered else 1,
            waiting_since=None if is_answered else at,
        )


def _store_sent(
    application: Application, text: str, *, at: datetime, recruiter: Membership | None
) -> None:
    position, company = application.position, application.position.company
    sender = senders.resolve(company, position.subcompany)
    to = application.candidate.addresses.all()[0].address
    key = threads.key(application)
    mail = _mail(
        threads.make_message_id(key), sender.address, to, f"Your application: {position}", text, at
    )
    outgoing = OutgoingMail.objects.create(
        company=company,
        mailbox=sender.mailbox,
        raw=files.store(company, mail.as_bytes()),
        message_id=mail["Message-ID"],
        envelope_sender=sender.address,
        subject=mail["Subject"],
        state=OutgoingMail.State.SENT,
        attempts=1,
        sent_at=at,
        created_at=at,
    )
    OutgoingRecipient.objects.create(
        mail=outgoing, address=to, state=OutgoingRecipient.State.ACCEPTED
    )
    Message.objects.create(
        company=company,
        subcompany=position.subcompany,
        candidate=application.candidate,
        application=application,
        direction=Message.Direction.OUT,
        outgoing=outgoing,
        author=recruiter.user if recruiter else None,
        thread_key=key,
        from_name=position.employer.name,
        **_shown(mail, text, at),
    )


def _store_reply(application: Application, text: str, *, at: datetime) -> None:
    company, candidate = application.position.company, application.candidate
    sender = candidate.addresses.all()[0].address
    to = senders.resolve(company, application.position.subcompany).address
    subject = f"Re: Your application: {application.position}"
    mail = _mail(
        f"<demo-{application.code}-{at:%H%M%S%f}@mail.example>", sender, to, subject, text, at
    )
    Message.objects.create(
        company=company,
        subcompany=application.position.subcompany,
        candidate=candidate,
        application=application,
        direction=Message.Direction.IN,
        delivery=_deliver(company, mail, state=Delivery.State.FILED, at=at),
        from_name=candidate.name,
        thread_key=threads.key(application),
        matched_by="references",
        **_shown(mail, text, at),
    )


def leave_unsorted(company: Company, strangers: Sequence[tuple[str, str, str, str]]) -> None:
    """Put mails of people nobody knows into Unassigned messages; once."""
    to = senders.resolve(company, None).address
    for number, (name, address, subject, text) in enumerate(strangers, start=1):
        message_id = f"<demo-stranger-{number}@mail.example>"
        if Message.objects.filter(company=company, message_id=message_id).exists():
            continue
        at = timezone.now() - timedelta(hours=7 * number)
        mail = _mail(message_id, address, to, subject, text, at)
        Message.objects.create(
            company=company,
            direction=Message.Direction.IN,
            delivery=_deliver(company, mail, state=Delivery.State.UNMATCHED, at=at),
            from_name=name,
            why=Why.UNKNOWN,
            why_about={"address": address},
            **_shown(mail, text, at),
        )


def _deliver(
    company: Company, mail: EmailMessage, *, state: Delivery.State, at: datetime
) -> Delivery:
    return Delivery.objects.create(
        company=company,
        raw=files.store(company, mail.as_bytes()),
        dedupe_key=hashlib.sha256(str(mail["Message-ID"]).encode()).hexdigest(),
        message_id=mail["Message-ID"],
        address=company.recruiting_address,
        kind="person",
        state=state,
        received_at=at,
    )


def _mail(
    message_id: str, sender: str, to: str, subject: str, text: str, at: datetime
) -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = message_id
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(at)
    mail.set_content(text)
    return mail


def _shown(mail: EmailMessage, text: str, at: datetime) -> dict[str, object]:
    """The columns of a message that stand in the mail itself."""
    return {
        "message_id": str(mail["Message-ID"]),
        "from_address": str(mail["From"]),
        "to_addresses": [str(mail["To"])],
        "subject": str(mail["Subject"]),
        "text": text,
        "at": at,
    }
