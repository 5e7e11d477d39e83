"""People who may be one: found by what two rows have in common, for a recruiter to decide."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Max, Prefetch, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company, Membership
from recruiting.models import (
    Application,
    Candidate,
    CandidateAddress,
    PossibleDuplicate,
    SearchEntry,
)
from recruiting.people.candidates import SAME_ADDRESS
from recruiting.search import finding, phones
from recruiting.search.folding import fold

Kind = SearchEntry.Kind
MOST = 20
SHARED_BY = 5  # a number or address of more people is an office's or an agency's
SAME_PHONE = "same phone number"
SAME_BIRTHDAY = "same name and birthday"
REASONS: dict[str, Promise] = {
    SAME_ADDRESS: gettext_lazy("write from the same address"),
    SAME_PHONE: gettext_lazy("have the same phone number"),
    SAME_BIRTHDAY: gettext_lazy("have the same name and birthday"),
}


@dataclass(frozen=True)
class Likely:
    """Somebody who may be the same person, and why."""

    person: Candidate
    reason: str


def of(candidate: Candidate, member: Membership) -> list[Likely]:
    """Who may be the same as ``candidate``, the surest first; pairs that were told apart are left out."""
    pairs = PossibleDuplicate.objects.filter(Q(first=candidate) | Q(second=candidate))
    noted, apart = set[int](), set[int]()
    for pair in pairs:
        other = pair.second_id if pair.first_id == candidate.pk else pair.first_id
        (apart if pair.dismissed_at else noted).add(other)
    reasons: dict[int, str] = {}
    seen = Candidate.objects.visible_to(member).exclude(pk=candidate.pk)
    addresses = [row.normalised for row in candidate.addresses.all()]
    sharing = CandidateAddress.objects.filter(
        company=candidate.company_id, normalised__in=addresses
    )
    for pk in seen.filter(pk__in=sharing.values("candidate")).values_list("pk", flat=True)[:MOST]:
        reasons[pk] = _("writes from the same address")
    phone, name = phones.key(candidate.phone), sorted(fold(candidate.name))
    named = finding.find_either(member, filter(None, [phone, candidate.name]), Kind.PERSON)
    for entry in named.exclude(candidate=candidate)[:MOST]:
        if phone and entry.candidate and phones.key(entry.candidate.phone) == phone:
            reasons.setdefault(entry.candidate.pk, _("has the same phone number"))
        elif entry.candidate_id and sorted(fold(entry.name)) == name:
            reasons.setdefault(entry.candidate_id, _("has the same name"))
    for pk in noted:
        reasons.setdefault(pk, _("may be the same person"))
    for pk in apart:
        reasons.pop(pk, None)
    found = seen.in_bulk(list(reasons))
    return [Likely(found[pk], reason) for pk, reason in reasons.items() if pk in found]


def facts(of: str = "") -> tuple[Any, ...]:
    """What to fetch for showing two people beside each other, ``of`` one by that relation."""
    applied = Application.objects.select_related("position", "stage")
    return f"{of}addresses", Prefetch(f"{of}applications", queryset=applied)


def look_for_new() -> None:
    """Look through the companies that have people or addresses since the last look."""
    people = Candidate.objects.order_by().values_list("company").annotate(newest=Max("pk"))
    written = CandidateAddress.objects.order_by().values_list("company").annotate(newest=Max("pk"))
    addresses = dict(written)
    for company, newest in people:
        place, now = f"recruiting.duplicates.{company}", (newest, addresses.get(company))
        if cache.get(place) != now:
            note(company)
            cache.set(place, now, timeout=None)


def look_everywhere() -> None:
    """Look through all companies: people's facts are corrected without anybody being new."""
    for company in Company.objects.values_list("pk", flat=True):
        note(company)


def note(company: int) -> None:
    """Make the company's open suggestions those that its people give reason for now.

    Two who share an address, a phone number, or name and birthday are suggested, once for good: what was
    decided is not asked again. A name alone is not enough here.
    """
    pairs = PossibleDuplicate.objects.filter(first__company=company)
    known = {
        frozenset((first, second)): (pk, dismissed)
        for pk, first, second, dismissed in pairs.values_list(
            "pk", "first", "second", "dismissed_at"
        )
    }
    found = dict(_alike(company))
    gone = [pk for pair, (pk, done) in known.items() if not done and pair not in found]
    PossibleDuplicate.objects.filter(pk__in=gone, dismissed_at=None).delete()
    made = []
    for pair, reason in found.items():
        if pair not in known:
            first, second = sorted(pair)
            made.append(PossibleDuplicate(first_id=first, second_id=second, reason=reason))
    PossibleDuplicate.objects.bulk_create(made, batch_size=500, ignore_conflicts=True)


def _alike(company: int) -> Iterator[tuple[frozenset[int], str]]:
    """Pairs of people with what they have in common, the surest reason last."""
    rows = Candidate.objects.filter(company=company).order_by("pk")
    by_name, by_phone = defaultdict[object, list[int]](list), defaultdict[object, list[int]](list)
    listed = set[int]()
    for pk, first, last, phone, birthday in rows.values_list(
        "pk", "first_name", "last_name", "phone", "birthday"
    ).iterator():
        listed.add(pk)
        if key := phones.key(phone):
            by_phone[key].append(pk)
        if birthday:
            by_name[birthday, *sorted(fold(f"{first} {last}"))].append(pk)
    by_address = defaultdict[object, list[int]](list)
    written = CandidateAddress.objects.filter(company=company).order_by("candidate")
    for normalised, pk in written.values_list("normalised", "candidate").iterator():
        if pk in listed:
            by_address[normalised].append(pk)
    yield from _pairs(by_name.values(), SAME_BIRTHDAY)
    yield from _pairs(by_phone.values(), SAME_PHONE)
    yield from _pairs(by_address.values(), SAME_ADDRESS)


def _pairs(groups: Iterable[list[int]], reason: str) -> Iterator[tuple[frozenset[int], str]]:
    """Each of a group with its eldest."""
    for eldest, *others in groups:
        if len(others) < SHARED_BY:
            yield from ((frozenset((eldest, other)), reason) for other in others)
