"""What was written between the company and the crowd."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from ats.demo import papers, words
from ats.demo.rows import Table
from companies.models import Company, Membership
from mailsettings.models import Delivery, OutgoingMail, OutgoingRecipient
from mailsettings.outbound import senders
from recruiting.choices import StageKind
from recruiting.conversation.writing import threads
from recruiting.models import Message, Position, Stage

RAW = 5_000  # messages that have their mail; the others are as if it had been erased
Letter = tuple[str, int, datetime]  # its kind, which of the texts, when


@dataclass
class Talk:
    """The mails of one application, and what its row says of them."""

    letters: list[Letter] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)


TEXTS = {
    "acknowledgement": words.ACKNOWLEDGEMENTS,
    "invitation": words.INVITATIONS,
    "answer": words.ANSWERS,
    "question": words.QUESTIONS,
    "rejection": words.REJECTIONS,
}
RECEIVED = ("answer", "question")


class Mail:
    """The rows of conversations, until they are written."""

    def __init__(self, company: Company, recruiter: Membership | None) -> None:
        self.company = company
        self.recruiter = recruiter
        self.recruiter_name = recruiter.user.name if recruiter else company.name
        by_subcompany = senders.resolve_all(company)
        self.senders = {pk: (each.address, each.mailbox) for pk, each in by_subcompany.items()}
        self.left = RAW - Message.objects.filter(company=company).count()
        self.messages = Table(Message)
        self.outgoing = Table(OutgoingMail)
        self.recipients = Table(OutgoingRecipient)
        self.deliveries = Table(Delivery)
        self.files = papers.Files(company)

    def plan(
        self, way: Sequence[Stage], applied: datetime, entered: datetime, chance: random.Random
    ) -> Talk:
        """Choose what was written by now."""
        talk = Talk()
        letters = talk.letters
        which = chance.randrange(6)
        if chance.random() < 0.5:
            letters.append(("acknowledgement", which, applied + timedelta(minutes=2)))
        if len(way) > 2 and way[1].kind == StageKind.CUSTOM:
            asked = applied + (entered - applied) / 2
            letters.append(("invitation", which, asked))
            if chance.random() < 0.8:
                letters.append(("answer", which, asked + (entered - asked) / 3))
        if way[-1].kind == StageKind.REJECTED and chance.random() < 0.7:
            letters.append(("rejection", which, entered + timedelta(minutes=1)))
        elif not way[-1].is_closed and chance.random() < 0.2:
            at = entered + timedelta(minutes=chance.randrange(5, 300))
            letters.append(("question", which, at))
            talk.columns = {"waiting_since": at, "unread_count": chance.choice((0, 1))}
        if letters:
            talk.columns["last_message_at"] = letters[-1][2]
        return talk

    def exchange(
        self,
        talk: Talk,
        name: str,
        address: str,
        candidate: int,
        application: int,
        position: Position,
    ) -> None:
        """Add the planned messages of an application, each with its mail while there are not too many."""
        key = threads.key_of(application)
        ours, mailbox = self.senders[position.subcompany_id]
        for kind, which, at in talk.letters:
            received = kind in RECEIVED
            message_id = f"<{key}.{at:%Y%m%d%H%M%S%f}@mail.example>"
            shown = {
                "message_id": message_id,
                "from_address": address if received else ours,
                "to_addresses": [ours if received else address],
                "subject": f"{'Re: ' if received else ''}Your application: {position}",
                "text": TEXTS[kind][which % len(TEXTS[kind])].format(
                    name=name,
                    first=name.partition(" ")[0],
                    position=position,
                    employer=position.employer,
                    recruiter=self.recruiter_name,
                ),
                "at": at,
            }
            spooled: dict[str, int] = {}
            if self.left > 0:
                self.left -= 1
                spooled = self._receive(shown) if received else self._send(shown, mailbox)
            self.messages.add(
                company_id=self.company.pk,
                subcompany_id=position.subcompany_id,
                candidate_id=candidate,
                application_id=application,
                direction=Message.Direction.IN if received else Message.Direction.OUT,
                author_id=None if received or not self.recruiter else self.recruiter.user_id,
                thread_key=key,
                from_name=name if received else position.employer.name,
                matched_by="references" if received else "",
                read_at=None if talk.columns.get("unread_count") and kind == "question" else at,
                **shown,
                **spooled,
            )

    def write(self) -> None:
        for table in (
            self.files.table,
            self.outgoing,
            self.recipients,
            self.deliveries,
            self.messages,
        ):
            table.write()

    def _send(self, shown: dict[str, Any], mailbox: Any) -> dict[str, int]:
        outgoing = self.outgoing.add(
            company_id=self.company.pk,
            mailbox_id=mailbox.pk if mailbox else None,
            raw_id=self.files.keep(_raw(shown)),
            message_id=shown["message_id"],
            envelope_sender=shown["from_address"],
            subject=shown["subject"],
            state=OutgoingMail.State.SENT,
            attempts=1,
            sent_at=shown["at"],
            created_at=shown["at"],
        )
        self.recipients.add(
            mail_id=outgoing,
            address=shown["to_addresses"][0],
            state=OutgoingRecipient.State.ACCEPTED,
        )
        return {"outgoing_id": outgoing}

    def _receive(self, shown: dict[str, Any]) -> dict[str, int]:
        delivery = self.deliveries.add(
            company_id=self.company.pk,
            raw_id=self.files.keep(_raw(shown)),
            dedupe_key=hashlib.sha256(shown["message_id"].encode()).hexdigest(),
            message_id=shown["message_id"],
            address=shown["to_addresses"][0],
            kind="person",
            state=Delivery.State.FILED,
            received_at=shown["at"],
        )
        return {"delivery_id": delivery}


def _raw(shown: dict[str, Any]) -> bytes:
    """The mail itself (RFC 5322), as a program of today would write it."""
    head = {
        "Message-ID": shown["message_id"],
        "From": shown["from_address"],
        "To": shown["to_addresses"][0],
        "Subject": shown["subject"],
        "Date": format_datetime(shown["at"]),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join([*lines, "", *shown["text"].split("\n"), ""]).encode()
