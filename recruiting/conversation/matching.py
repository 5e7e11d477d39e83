"""Finding the conversation a mail belongs to. Pure reads, always inside one company.

Order: References, then the thread key, then the sender's address. Every answer says why, because a
From line can be forged and a recruiter must be able to ask "why is this here?".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from companies.models import Company
from mailsettings.mime.parse import ParsedMail
from recruiting.conversation import threads
from recruiting.models import Application, Candidate, CandidateAddress, Message
from recruiting.people import addresses

# A decided application takes replies for two weeks; later mail is a new matter for a person to sort.
CLOSED_FOR = timedelta(days=14)
MAX_REFERENCES = 40


@dataclass(frozen=True)
class Match:
    """Where a mail belongs. No candidate means Unassigned messages; ``reason`` is for people to read."""

    candidate: Candidate | None
    application: Application | None
    matched_by: str
    reason: str
    needs_confirmation: bool = False


def find(company: Company, mail: ParsedMail, *, addressed_to: Sequence[str] = ()) -> Match:
    """Return the conversation of ``company`` that ``mail`` belongs to.

    ``addressed_to`` are the addresses of ours it came to, which may carry a thread key.
    """
    sender = addresses.normalise(mail.sender.addr_spec) if mail.sender else ""
    for matched_by, application in (
        ("references", _by_references(company, mail)),
        ("thread key", _by_key(company, mail, addressed_to)),
    ):
        if application:
            return _in_thread(application, sender, matched_by)
    return _by_address(company, sender)


def _references(mail: ParsedMail) -> list[str]:
    ids = [*mail.references, mail.in_reply_to]
    return [message_id for message_id in dict.fromkeys(reversed(ids)) if message_id][
        :MAX_REFERENCES
    ]


def _by_references(company: Company, mail: ParsedMail) -> Application | None:
    known = (
        Message.objects.filter(company=company, message_id__in=_references(mail))
        .exclude(application=None)
        .order_by("-at")
        .select_related("application__candidate", "application__position")
        .first()
    )
    return known.application if known else None


def _by_key(company: Company, mail: ParsedMail, addressed_to: Sequence[str]) -> Application | None:
    keys = threads.keys_in(message_ids=_references(mail), addresses=addressed_to)
    known = (
        Message.objects.filter(company=company, thread_key__in=keys)
        .exclude(application=None)
        .select_related("application__candidate", "application__position")
        .first()
        if keys
        else None
    )
    return known.application if known else None


def _in_thread(application: Application, sender: str, matched_by: str) -> Match:
    candidate = application.candidate
    if not _takes_mail(application):
        return Match(
            None,
            None,
            "",
            f"It answers the conversation with {candidate} about {application.position}, "
            "which was decided more than 14 days ago.",
        )
    known = candidate.addresses.filter(normalised=sender).exists()
    return Match(
        candidate,
        application,
        matched_by,
        f"It answers a message of this conversation ({matched_by})."
        if known
        else f"It answers a message of this conversation ({matched_by}), but comes from {sender}, "
        "an address not known for this person.",
        needs_confirmation=not known,
    )


def _by_address(company: Company, sender: str) -> Match:
    if not sender:
        return Match(None, None, "", "The mail names no sender.")
    people = list(
        Candidate.objects.filter(
            pk__in=CandidateAddress.objects.filter(company=company, normalised=sender).values(
                "candidate"
            )
        )[:2]
    )
    if not people:
        return Match(None, None, "", f"Nobody here is known to write from {sender}.")
    if len(people) > 1:
        return Match(None, None, "", f"Several people here write from {sender}.")
    return _latest(people[0], sender)


def _latest(candidate: Candidate, sender: str) -> Match:
    """The one of a person's applications that takes mail and was written about last."""
    open_ones = list(
        candidate.applications.filter(
            Q(closed_at=None) | Q(closed_at__gt=timezone.now() - CLOSED_FOR)
        )
        .select_related("candidate", "position")
        .order_by(F("last_message_at").desc(nulls_last=True), "-applied_at", "-pk")
    )
    if not open_ones:
        return Match(
            None,
            None,
            "",
            f"{candidate} has no application that is open or was decided in the last 14 days.",
        )
    reason = f"{sender} is an address of {candidate}."
    if len(open_ones) > 1:
        reason += f" Of {len(open_ones)} open applications this one was written about last."
    return Match(candidate, open_ones[0], "address", reason)


def _takes_mail(application: Application) -> bool:
    return application.closed_at is None or application.closed_at > timezone.now() - CLOSED_FOR
