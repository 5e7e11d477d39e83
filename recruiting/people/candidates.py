"""Who a person is: found by address and name, never changed by what a public form says."""

import unicodedata
from collections.abc import Sequence

from django.db import models

from companies import sql
from companies.models import Company
from recruiting.models import Candidate, PossibleDuplicate
from recruiting.people import addresses

SAME_ADDRESS = "same address, other name"
TOLD_APART = "told apart"


@sql.written_once
def writing_from(company: int, normalised: str) -> "models.QuerySet[Candidate]":
    """The people who are known to write from an address, the eldest first."""
    return Candidate.objects.filter(
        company=company, addresses__company=company, addresses__normalised=normalised
    ).order_by("pk")


def find_or_make(
    company: Company,
    sharers: Sequence[Candidate],
    *,
    first_name: str,
    last_name: str,
    address: str,
    **facts: object,
) -> tuple[Candidate, list[models.Model]]:
    """Return the person of that name among the ``sharers`` of an address, else a new one with all rows
    that are to be inserted for them.

    The names of those who were merged into a person are the person's too.
    A known person is returned as they are, ``facts`` are for a new one only. A new person whose
    address somebody else has is noted as a possible duplicate of the eldest. Look for the sharers and
    insert the rows in one transaction that holds the company's lock, or two calls at once may make two people.
    """
    wanted = same_name(first_name, last_name)
    for person in sharers:
        if same_name(person.first_name, person.last_name) == wanted:
            return person, []
    merged = Candidate.everybody.filter(merged_into__in=sharers).select_related("merged_into")
    for other in merged if sharers else ():
        if other.merged_into and same_name(other.first_name, other.last_name) == wanted:
            return other.merged_into, []
    person = Candidate(company=company, first_name=first_name, last_name=last_name, **facts)
    rows: list[models.Model] = [person, *addresses.begin(person, address)]
    if sharers:
        rows.append(PossibleDuplicate(first=sharers[0], second=person, reason=SAME_ADDRESS))
    return person, rows


def same_name(first_name: str, last_name: str) -> str:
    """Return the spelling by which names are compared: case and spacing do not matter."""
    folded = unicodedata.normalize("NFC", f"{first_name} {last_name}").casefold()
    return " ".join(folded.split())
