"""Whom an unassigned mail may be from: applications ranked by what speaks for them. Nothing is filed by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from recruiting.choices import Why
from recruiting.conversation.receiving import proposing
from recruiting.conversation.receiving.proposing import Openings, Reason
from recruiting.models import Application, CandidateAddress, Message
from recruiting.models.applications import ApplicationQuerySet
from recruiting.people import addresses
from recruiting.search import finding, phones
from recruiting.search.folding import fold

WEIGHTS = {
    Reason.SAME_THREAD: 100,
    Reason.KNOWN_ADDRESS: 60,
    Reason.SAME_PHONE: 50,
    Reason.SAME_NAME: 40,
    Reason.SECOND_ADDRESS: 30,
    Reason.SAME_POSITION: 20,
}
LOOKED_AT = 200  # applications of one look
MIN_LOCAL = 5  # characters before the @ that name a person
NOBODYS = frozenset({"contact", "kontakt", "office", "bewerbung", "application", "hello", "hallo"})


@dataclass(frozen=True)
class Suggestion:
    application: Application
    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[reason] for reason in self.reasons)


@dataclass(frozen=True)
class _Clues:
    """What a mail tells of its writer."""

    company_id: int
    address: str
    local: str
    words: list[str]  # of the name, as they are compared; none unless there are two parts
    phone: str
    thread: int | None
    position_id: int | None


def suggest(
    mails: Sequence[Message], seen: ApplicationQuerySet, openings: Openings
) -> dict[int, list[Suggestion]]:
    """Applications each mail may belong to, best first, by the mail's id; two queries for all mails.

    ``seen`` are those the member may see. A position that is named speaks for nobody alone.
    """
    clues = {mail.pk: _clues(mail, openings) for mail in mails}
    wanted = Q(candidate__in=_people(list(clues.values())))
    if threads := {clue.thread for clue in clues.values() if clue.thread}:
        wanted |= Q(pk__in=threads)
    found = list(
        seen.filter(wanted)
        .select_related("candidate", "position", "stage")
        .prefetch_related("candidate__addresses")
        .order_by("-applied_at", "-pk")
        .distinct()[:LOOKED_AT]
        if clues
        else ()
    )
    return {pk: _ranked(clue, found) for pk, clue in clues.items()}


def _clues(mail: Message, openings: Openings) -> _Clues:
    address = addresses.normalise(mail.from_address)
    local = address.partition("@")[0]
    position, _reason = openings.named_by(mail)
    return _Clues(
        company_id=mail.company_id,
        address=address,
        local=local if len(local) >= MIN_LOCAL and local not in NOBODYS else "",
        words=_name(*proposing.names(mail.from_name)),
        phone=phones.key(proposing.phone(mail)),
        thread=mail.why_about.get("application") if mail.why == Why.CLOSED_THREAD else None,
        position_id=position.pk if position else None,
    )


def _name(first: str, last: str) -> list[str]:
    return sorted(fold(f"{first} {last}")) if first and last else []


def _people(clues: Sequence[_Clues]) -> object:
    """The ids of people that any of the clues may point at, as a subquery."""
    companies = {clue.company_id for clue in clues}
    known = CandidateAddress.objects.filter(company__in=companies).order_by()
    written = known.filter(normalised__in={clue.address for clue in clues if clue.address})
    found: list[QuerySet[Any, Any]] = [
        known.filter(addresses.begin_with(clue.local)).values_list("candidate_id")
        for clue in clues
        if clue.local
    ]
    called = [clue.words for clue in clues if clue.words]
    called += [[clue.phone] for clue in clues if clue.phone]
    if called:
        found.append(finding.called(called))
    return written.values_list("candidate_id").union(*found)


def _ranked(clue: _Clues, found: Sequence[Application]) -> list[Suggestion]:
    rows = [
        Suggestion(application, reasons)
        for application in found
        if (reasons := tuple(_reasons(clue, application))) and reasons != (Reason.SAME_POSITION,)
    ]
    rows.sort(key=lambda one: (one.weight, one.application.closed_at is None), reverse=True)
    return rows


def _reasons(clue: _Clues, application: Application) -> list[Reason]:
    candidate = application.candidate
    if candidate.company_id != clue.company_id:
        return []
    known = [row.normalised for row in candidate.addresses.all()]
    is_second = clue.local and any(each.partition("@")[0] == clue.local for each in known)
    holds = {
        Reason.SAME_THREAD: application.pk == clue.thread,
        Reason.KNOWN_ADDRESS: clue.address in known,
        Reason.SAME_PHONE: bool(clue.phone) and phones.key(candidate.phone) == clue.phone,
        Reason.SAME_NAME: bool(clue.words)
        and clue.words == _name(candidate.first_name, candidate.last_name),
        Reason.SECOND_ADDRESS: bool(is_second) and clue.address not in known,
        Reason.SAME_POSITION: application.position_id == clue.position_id,
    }
    return [reason for reason, does in holds.items() if does]
