"""Finding the conversation a mail belongs to. Pure reads, always inside one company.

Order: References, then the thread key, then the sender's address. Every answer says why, because a
From line can be forged and a recruiter must be able to ask "why is this here?".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from companies.models import Company
from mailsettings.mime.parse import ParsedMail
from mailsettings.outbound import renamed
from recruiting.choices import Why, explain
from recruiting.conversation.writing import threads
from recruiting.models import Application, Candidate, CandidateAddress, Message
from recruiting.people import addresses

# A decided application takes replies for two weeks; later mail is a new matter for a person to sort.
CLOSED_FOR = timedelta(days=14)
MAX_REFERENCES = 40
MAX_RECIPIENTS = 50
_SHOWN = (
    "application__candidate",
    "application__position__subcompany",
    "application__stage",
)


@dataclass(frozen=True)
class Match:
    """Where a mail belongs. No candidate means Unassigned messages; ``reason`` is for people to read."""

    candidate: Candidate | None
    application: Application | None
    matched_by: str
    why: Why
    about: dict[str, Any] = field(default_factory=dict)
    needs_confirmation: bool = False

    @property
    def reason(self) -> str:
        """Why, without name and address: it is kept where erasing a person does not reach."""
        nameless = {
            "person": "a candidate",
            "position": "a position",
            "address": "the sender's address",
        }
        return explain(self.why, self.about | nameless)


@dataclass(frozen=True)
class Letter:
    """A mail to be matched. ``addressed_to`` are our addresses it came to, which may carry a thread key.

    ``is_sent``: a colleague wrote it, so the candidate is among the recipients.
    """

    company_id: int
    mail: ParsedMail
    addressed_to: Sequence[str] = ()
    is_sent: bool = False

    @property
    def sender(self) -> str:
        return addresses.normalise(self.mail.sender.addr_spec) if self.mail.sender else ""

    @property
    def correspondents(self) -> list[str]:
        """The addresses of which one may be a candidate's."""
        if not self.is_sent:
            return [self.sender] if self.sender else []
        people = [*self.mail.to, *self.mail.cc][:MAX_RECIPIENTS]
        return list(dict.fromkeys(addresses.normalise(person.addr_spec) for person in people))

    @property
    def keys(self) -> list[str]:
        """The thread keys that it carries, the surest first."""
        return threads.keys_in(
            message_ids=_references(self.mail),
            addresses=self.addressed_to,
            texts=[self.mail.text, self.mail.html],
        )


def find(company: Company, mail: ParsedMail, *, addressed_to: Sequence[str] = ()) -> Match:
    """Return the conversation of ``company`` that ``mail`` belongs to."""
    letter = Letter(company.pk, mail, addressed_to)
    return Book([letter]).find(letter)


class Book:
    """The conversations a batch of mails may belong to, read with a handful of queries.

    ``note`` tells it of each message that is filed, because the next mail may answer that one.
    """

    def __init__(self, letters: Sequence[Letter]) -> None:
        self._companies = {letter.company_id for letter in letters}
        references = {one for letter in letters for one in _references(letter.mail)}
        keys = {key for letter in letters for key in letter.keys}
        self._by_reference: dict[tuple[int, str], list[tuple[datetime, Application]]] = {}
        self._by_key: dict[tuple[int, str], Application] = {}
        self._read_threads(references, keys)
        self._read_people({address for letter in letters for address in letter.correspondents})

    def _read_threads(self, references: set[str], keys: set[str]) -> None:
        named = Message.objects.filter(company__in=self._companies).exclude(application=None)
        answered = (
            list(named.filter(message_id__in=references).select_related(*_SHOWN))
            if references
            else []
        )
        keyed = list(named.filter(thread_key__in=keys).select_related(*_SHOWN)) if keys else []
        self._applications: dict[int, Application] = {}
        others = self._read_renamed(references - {message.message_id for message in answered})
        for message in [*answered, *keyed, *others]:
            application = self._one(message)
            place = message.company_id, message.message_id
            self._by_reference.setdefault(place, []).append((message.at, application))
            self._by_key.setdefault((message.company_id, message.thread_key), application)

    def _read_renamed(self, references: set[str]) -> list[Message]:
        """Mails of ours that a provider sent under an id of its own, with that as their Message-ID."""
        ids = renamed.find(self._companies, references) if references else {}
        if not ids:
            return []
        sent = Message.objects.filter(outgoing__in=ids).exclude(application=None)
        found = list(sent.select_related(*_SHOWN))
        for message in found:
            message.message_id = ids[message.outgoing_id]  # type: ignore[index]  # filtered by it
        return found

    def _one(self, message: Message) -> Application:
        """The same object for the same application, so that its news are seen wherever it stands."""
        if message.application is None:
            raise ValueError("a message of no conversation")
        return self._applications.setdefault(message.application.pk, message.application)

    def _read_people(self, senders: set[str]) -> None:
        threads_of = {application.candidate_id for application in self._applications.values()}
        known = CandidateAddress.objects.filter(
            Q(company__in=self._companies, normalised__in=senders) | Q(candidate__in=threads_of)
        )
        self._people: dict[tuple[int, str], dict[int, Candidate]] = {}
        for address in known.select_related("candidate"):
            place = address.company_id, address.normalised
            self._people.setdefault(place, {})[address.candidate_id] = address.candidate
        writing = {pk for found in self._people.values() for pk in found}
        self._open: dict[int, list[Application]] = {}
        for application in _open_applications(writing) if writing else ():
            shared = self._applications.setdefault(application.pk, application)
            self._open.setdefault(application.candidate_id, []).append(shared)

    def find(self, letter: Letter) -> Match:
        """Return the conversation this letter of the batch belongs to."""
        for matched_by, application in (
            ("references", self._find_reference(letter)),
            ("thread key", self._find_key(letter)),
        ):
            if application:
                is_known = application.candidate_id in self._find_people(letter)
                # What colleagues write to each other about a candidate is not for the conversation.
                if is_known or not letter.is_sent:
                    return _in_thread(application, letter.sender, matched_by, is_known=is_known)
        return self._find_recipient(letter) if letter.is_sent else self._find_address(letter)

    def note(self, message: Message) -> None:
        """Take a message into account that was filed in a conversation just now."""
        if message.application is None:
            return
        application = self._one(message)
        application.last_message_at = message.at
        if message.message_id:
            place = message.company_id, message.message_id
            self._by_reference.setdefault(place, []).append((message.at, application))

    def _find_reference(self, letter: Letter) -> Application | None:
        found = [
            entry
            for reference in _references(letter.mail)
            for entry in self._by_reference.get((letter.company_id, reference), [])
        ]
        return max(found, key=lambda entry: entry[0])[1] if found else None

    def _find_key(self, letter: Letter) -> Application | None:
        found = (self._by_key.get((letter.company_id, key)) for key in letter.keys)
        return next((application for application in found if application), None)

    def _find_people(self, letter: Letter) -> dict[int, Candidate]:
        return {
            pk: person
            for address in letter.correspondents
            for pk, person in self._people.get((letter.company_id, address), {}).items()
        }

    def _find_recipient(self, letter: Letter) -> Match:
        people = list(self._find_people(letter).values())
        if len(people) != 1:
            return nobody(Why.COPY_OF_MANY if people else Why.COPY_OF_NOBODY)
        return _latest(people[0], self._open.get(people[0].pk, []), "")

    def _find_address(self, letter: Letter) -> Match:
        sender = letter.sender
        if not sender:
            return nobody(Why.NO_SENDER)
        people = list(self._find_people(letter).values())
        if len(people) != 1:
            return nobody(Why.SHARED if people else Why.UNKNOWN, address=sender)
        return _latest(people[0], self._open.get(people[0].pk, []), sender)


def nobody(why: Why, **about: Any) -> Match:
    """A mail that belongs to no conversation, and why."""
    return Match(None, None, "", why, about)


def _references(mail: ParsedMail) -> list[str]:
    ids = [*mail.references, mail.in_reply_to]
    return [message_id for message_id in dict.fromkeys(reversed(ids)) if message_id][
        :MAX_REFERENCES
    ]


def _open_applications(candidates: set[int]) -> QuerySet[Application]:
    takes_mail = Q(closed_at=None) | Q(closed_at__gt=timezone.now() - CLOSED_FOR)
    found = Application.objects.filter(takes_mail, candidate__in=candidates)
    return found.select_related(*(name.removeprefix("application__") for name in _SHOWN))


def _in_thread(application: Application, sender: str, matched_by: str, *, is_known: bool) -> Match:
    candidate = application.candidate
    if not _takes_mail(application):
        return nobody(
            Why.CLOSED_THREAD,
            application=application.pk,
        )
    why = Why.ANSWER_BY_KEY if matched_by == "thread key" else Why.ANSWER
    return Match(
        candidate,
        application,
        matched_by,
        why if is_known else Why.ANSWER_FROM_ELSEWHERE,
        {"address": sender},
        needs_confirmation=not is_known,
    )


def _latest(candidate: Candidate, open_ones: Sequence[Application], sender: str) -> Match:
    """The one of a person's applications that takes mail and was written about last.

    ``sender`` is empty for a copy of what was written to the person.
    """
    about = {"address": sender, "count": len(open_ones)}
    if not open_ones:
        return nobody(Why.ALL_CLOSED, **about)
    if sender:
        why = Why.ADDRESS_NEWEST if len(open_ones) > 1 else Why.ADDRESS
    else:
        why = Why.COPY_NEWEST if len(open_ones) > 1 else Why.COPY
    return Match(candidate, max(open_ones, key=_news), "address", why, about)


def _news(application: Application) -> tuple[bool, datetime, datetime, int]:
    """Orders applications by what was last written, else by when they came."""
    written = application.last_message_at
    begun = application.applied_at
    return written is not None, written or begun, begun, application.pk


def _takes_mail(application: Application) -> bool:
    return application.closed_at is None or application.closed_at > timezone.now() - CLOSED_FOR
