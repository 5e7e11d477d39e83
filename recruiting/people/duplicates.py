"""People who may be one: found by what two rows have in common, for a recruiter to decide."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from companies.models import Membership
from recruiting.models import Candidate, PossibleDuplicate, SearchEntry
from recruiting.search import finding
from recruiting.search.folding import fold

MOST = 20


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
    addresses = candidate.addresses.values_list("normalised", flat=True)
    sharing = Q(addresses__normalised__in=list(addresses)) | Q(pk__in=noted)
    for pk in seen.filter(sharing).values_list("pk", flat=True)[:MOST]:
        reasons[pk] = _("writes from the same address")
    if candidate.phone:
        for pk in seen.filter(phone=candidate.phone).values_list("pk", flat=True)[:MOST]:
            reasons.setdefault(pk, _("has the same phone number"))
    named = finding.find(member, candidate.name, SearchEntry.Kind.PERSON)
    for entry in named.exclude(candidate=candidate)[:MOST]:
        if entry.candidate_id and sorted(fold(entry.name)) == sorted(fold(candidate.name)):
            reasons.setdefault(entry.candidate_id, _("has the same name"))
    for pk in apart:
        reasons.pop(pk, None)
    people = seen.prefetch_related("addresses", "applications__position", "applications__stage")
    found = people.in_bulk(list(reasons))
    return [Likely(found[pk], reason) for pk, reason in reasons.items() if pk in found]
