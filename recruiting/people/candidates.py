"""Who a person is: found by address and name, never changed by what a public form says."""

import unicodedata

from django.db import models

from companies import sql
from companies.models import Company
from recruiting.models import Candidate, PossibleDuplicate
from recruiting.people import addresses

SAME_ADDRESS = "same address, other name"
TOLD_APART = "told apart"


def find_or_create(
    company: Company, *, first_name: str, last_name: str, address: str, **facts: object
) -> Candidate:
    """Return the person who writes from ``address`` and bears that name; make one if there is none.

    The names of those who were merged into a person are the person's too.
    A known person is returned as they are, ``facts`` are for a new one only. A new person whose
    address somebody else has is noted as a possible duplicate of the eldest. Call it in a
    transaction that holds the company's lock, or two calls at once may make two people.
    """
    normalised = addresses.normalise(address)
    sharers = _writing_from(company.pk, normalised)
    wanted = same_name(first_name, last_name)
    for person in sharers:
        if same_name(person.first_name, person.last_name) == wanted:
            return person
    merged = Candidate.everybody.filter(merged_into__in=sharers).select_related("merged_into")
    for other in merged if sharers else ():
        if other.merged_into and same_name(other.first_name, other.last_name) == wanted:
            return other.merged_into
    person = Candidate(company=company, first_name=first_name, last_name=last_name, **facts)
    rows: list[models.Model] = [person, *addresses.begin(person, address)]
    if sharers:
        rows.append(PossibleDuplicate(first=sharers[0], second=person, reason=SAME_ADDRESS))
    sql.insert(*rows)
    return person


@sql.written_once
def _writing_from(company: int, normalised: str) -> "models.QuerySet[Candidate]":
    return Candidate.objects.filter(
        company=company, addresses__company=company, addresses__normalised=normalised
    ).order_by("pk")


def same_name(first_name: str, last_name: str) -> str:
    """Return the spelling by which names are compared: case and spacing do not matter."""
    folded = unicodedata.normalize("NFC", f"{first_name} {last_name}").casefold()
    return " ".join(folded.split())
