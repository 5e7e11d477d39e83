"""Finding a person again."""

import pytest

from companies import sql
from companies.models import Company, Membership
from recruiting.models import Candidate, PossibleDuplicate
from recruiting.people import addresses, candidates
from tests import factories


def find(company: Company, **sent: str) -> Candidate:
    sharers = candidates.writing_from(company.pk, addresses.normalise(sent["address"]))
    person, rows = candidates.find_or_make(company, sharers, **sent)
    sql.insert(*rows)
    return person


@pytest.fixture
def mia(company: Company) -> Candidate:
    return factories.CandidateFactory(
        company=company, first_name="Mia", last_name="Müller", address="mia@mail.example"
    )


@pytest.mark.parametrize(
    "names", [("Mia", "Müller"), ("MIA ", " müller"), ("Mia Mu\u0308ller", ""), ("", "mia müller")]
)
def test_same_address_and_name_is_the_same_person(mia: Candidate, names: tuple[str, str]) -> None:
    found = find(
        mia.company, first_name=names[0], last_name=names[1], address="MIA@mail.example", phone="1"
    )
    assert found == mia
    assert found.phone == ""


def test_several_people_of_one_address_are_told_apart_by_name(mia: Candidate) -> None:
    fields = {"first_name": "Max", "last_name": "Müller", "address": "mia@mail.example"}
    max_ = find(mia.company, **fields)
    assert find(mia.company, **fields) == max_ != mia
    assert PossibleDuplicate.objects.count() == 1


def test_secondary_addresses_find_the_person_too(mia: Candidate) -> None:
    factories.CandidateAddressFactory(candidate=mia, address="mia@work.example")
    found = find(mia.company, first_name="Mia", last_name="Müller", address="mia@work.example")
    assert found == mia


def test_people_of_other_companies_are_not_found(mia: Candidate, cleo: Membership) -> None:
    found = find(cleo.company, first_name="Mia", last_name="Müller", address="mia@mail.example")
    assert found != mia
    assert found.company == cleo.company
