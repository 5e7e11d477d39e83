"""Making one person of two, and two of one again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from companies import audit
from companies.models import Company, Membership
from recruiting.models import (
    Application,
    Candidate,
    CandidateAddress,
    CandidateMerge,
    Document,
    Message,
    PossibleDuplicate,
    SearchEntry,
    Submission,
)
from recruiting.people import candidates
from recruiting.search import index

FACTS = ("first_name", "last_name", "phone", "location", "gender", "birthday")
ADDRESS = ("address", "normalised", "is_primary", "unreachable_since", "created_at")


class CannotMerge(Exception):
    """The two are one person already, of different companies, or merged into somebody since."""


def merge(kept: Candidate, other: Candidate, *, by: Membership) -> CandidateMerge:
    """Give ``kept`` everything of ``other``: all applications stay, each with its own history.

    Facts of ``kept`` win, those it lacks are taken over. ``other`` is not listed any more. The pair is no
    longer a suggestion. Raises ``CannotMerge``.
    """
    with transaction.atomic():
        kept, other = _locked(kept, other)
        if kept == other or other.merged_into_id or kept.merged_into_id:
            raise CannotMerge
        moved: dict[str, Any] = {
            "applications": _move(Application, other, kept),
            "documents": _move(Document, other, kept),
            "messages": _move(Message, other, kept),
            **_move_addresses(other, kept),
            "facts": _fill(kept, other),
        }
        Candidate.everybody.filter(pk=other.pk).update(merged_into=kept)
        SearchEntry.objects.filter(candidate=other).delete()
        _index(kept)
        _dismiss(kept, other)
        made = CandidateMerge.objects.create(kept=kept, other=other, by=by, moved=moved)
        audit.record(by.company, "candidate.merged", kept, by=by, other=other.pk, merge=made.pk)
    return made


def take_back(merged: CandidateMerge, *, by: Membership) -> None:
    """Make two people again, each with what it had.

    An application that came since goes to whom ``came_since`` says; messages and documents go with their
    application, also newer ones. Raises ``CannotMerge`` when it was taken back already, or ``kept`` was
    merged into somebody else meanwhile.
    """
    with transaction.atomic():
        merged = CandidateMerge.objects.select_related("kept__company", "other").get(pk=merged.pk)
        kept, other = _locked(merged.kept, merged.other)
        if merged.undone_at or kept.merged_into_id or other.merged_into_id != kept.pk:
            raise CannotMerge
        moved = merged.moved
        newer = [row.application.pk for row in came_since([merged])[0] if row.is_others]
        applications = Application.objects.filter(
            pk__in=[*moved["applications"], *newer], candidate=kept
        )
        mine = list(applications.values_list("pk", flat=True))
        for model, name in ((Document, "documents"), (Message, "messages")):
            rows = model._default_manager.filter(candidate=kept)
            rows.filter(application__in=mine).update(candidate=other)
            rows.filter(application=None, pk__in=moved[name]).update(candidate=other)
        applications.update(candidate=other)
        _return_addresses(kept, other, moved)
        _empty(kept, moved["facts"])
        Candidate.everybody.filter(pk=other.pk).update(merged_into=None)
        _index(kept)
        _index(other)
        CandidateMerge.objects.filter(pk=merged.pk).update(undone_at=timezone.now())
        audit.record(by.company, "candidate.unmerged", kept, by=by, other=other.pk, merge=merged.pk)


@dataclass(frozen=True)
class Newer:
    """An application that came after a merge, and whether it is the other's when that is taken back."""

    application: Application
    is_others: bool


def came_since(merges: Sequence[CandidateMerge]) -> list[list[Newer]]:
    """Of each merge the applications since, oldest first; one query for all of them.

    One is the other's that was sent from an address only the other had, or, from one that both had,
    under the other's name. All else stays with the kept.
    """
    people = {merged.kept_id for merged in merges}
    rows = Application.objects.filter(candidate__in=people).select_related("position", "submission")
    of_person: dict[int, list[Application]] = {pk: [] for pk in people}
    for row in rows.order_by("applied_at", "pk"):
        of_person[row.candidate_id].append(row)
    return [list(_newer(merged, of_person[merged.kept_id])) for merged in merges]


def _newer(merged: CandidateMerge, applications: Iterable[Application]) -> Iterator[Newer]:
    shared = {row["normalised"] for row in merged.moved["shared"]}
    kept, other = (
        candidates.same_name(person.first_name, person.last_name)
        for person in (merged.kept, merged.other)
    )
    for row in applications:
        if row.applied_at >= merged.at and row.pk not in merged.moved["applications"]:
            is_named = row.applied_address in shared and _sent_name(row) == other != kept
            yield Newer(row, row.applied_address in merged.moved.get("own", ()) or is_named)


def _sent_name(application: Application) -> str:
    try:
        sent = application.submission.data
    except Submission.DoesNotExist:
        return ""
    return candidates.same_name(str(sent.get("first_name", "")), str(sent.get("last_name", "")))


def dismiss(first: Candidate, second: Candidate, *, by: Membership) -> None:
    """Note that two people are not one, so that they are not suggested again."""
    with transaction.atomic():
        _dismiss(first, second)
        audit.record(by.company, "candidate.told_apart", first, by=by, other=second.pk)


def _locked(kept: Candidate, other: Candidate) -> tuple[Candidate, Candidate]:
    """Both as they are now, while nobody applies to the company."""
    Company.objects.select_for_update(no_key=True).get(pk=kept.company_id)
    found = Candidate.everybody.filter(company=kept.company_id).in_bulk([kept.pk, other.pk])
    if other.pk not in found:
        raise CannotMerge
    return found[kept.pk], found[other.pk]


def _move(model: Any, other: Candidate, kept: Candidate) -> list[int]:
    rows = model._default_manager.filter(candidate=other)
    moved = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.update(candidate=kept)
    return moved


def _move_addresses(other: Candidate, kept: Candidate) -> dict[str, Any]:
    """Move addresses; of those that both have, the other's is kept in the note alone."""
    known = set(kept.addresses.values_list("normalised", flat=True))
    found: dict[str, Any] = {"addresses": [], "own": [], "shared": [], "primary": None}
    for row in other.addresses.all():
        if row.is_primary:
            found["primary"] = row.normalised
        if row.normalised in known:
            found["shared"].append(_noted(row))
            row.delete()
        else:
            found["addresses"].append(row.pk)
            found["own"].append(row.normalised)
    has_primary = kept.addresses.filter(is_primary=True).exists()
    moved = CandidateAddress.objects.filter(pk__in=found["addresses"])
    if has_primary:
        moved.update(is_primary=False)
    moved.update(candidate=kept)
    return found


def _noted(row: CandidateAddress) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in ADDRESS}
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
    }


def _return_addresses(kept: Candidate, other: Candidate, moved: dict[str, Any]) -> None:
    mine = CandidateAddress.objects.filter(pk__in=moved["addresses"], candidate=kept)
    mine.update(candidate=other, is_primary=False)
    for values in moved["shared"]:
        CandidateAddress.objects.create(
            candidate=other, company_id=other.company_id, **values | {"is_primary": False}
        )
    other.addresses.filter(normalised=moved["primary"]).update(is_primary=True)


def _fill(kept: Candidate, other: Candidate) -> dict[str, str]:
    """Take over the facts that ``kept`` lacks; return them as text."""
    filled = {}
    for name in FACTS:
        value = getattr(other, name)
        if value and not getattr(kept, name):
            setattr(kept, name, value)
            filled[name] = str(value)
    kept.save(update_fields=list(filled))
    return filled


def _empty(kept: Candidate, filled: dict[str, str]) -> None:
    """Give back the facts taken over, unless somebody has changed them since."""
    names = [name for name, value in filled.items() if str(getattr(kept, name)) == value]
    for name in names:
        setattr(kept, name, None if name == "birthday" else "")
    kept.save(update_fields=names)


def _index(candidate: Candidate) -> None:
    index.person(Candidate.everybody.prefetch_related("addresses").get(pk=candidate.pk))


def _dismiss(first: Candidate, second: Candidate) -> None:
    now = timezone.now()
    pairs = PossibleDuplicate.objects.filter(
        first__in=[first, second], second__in=[first, second], dismissed_at=None
    )
    if not pairs.update(dismissed_at=now):
        PossibleDuplicate.objects.get_or_create(
            first=first,
            second=second,
            defaults={"reason": candidates.TOLD_APART, "dismissed_at": now},
        )
