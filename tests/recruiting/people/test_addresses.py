"""Comparing and remembering addresses."""

import pytest

from companies.models import Company
from recruiting.people import addresses
from tests import factories


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        (" Mia.Muster@Mail.Example ", "mia.muster@mail.example"),
        ("mia+jobs@mail.example", "mia+jobs@mail.example"),
        ("jürgen@bücher.example", "jürgen@xn--bcher-kva.example"),
        ("ju\u0308rgen@bu\u0308cher.example", "jürgen@xn--bcher-kva.example"),
        ("a@STRASSE.example", "a@strasse.example"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@mail.example.", "a@mail.example"),
        ('"odd@local"@mail.example', '"odd@local"@mail.example'),
        ("no address", "no address"),
        ("a@bad_domain..example", "a@bad_domain..example"),
    ],
)
def test_normalise(written: str, compared: str) -> None:
    assert addresses.normalise(written) == compared


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("mia@mail.example", True),
        ("o'neil+x@mail.example", True),
        ("mía@bücher.example", True),
        ("mia", False),
        ("mia@", False),
        ("@mail.example", False),
        ("mia@mail", False),
        ("mia muster@mail.example", False),
        ("mia@mail.example\nBcc: all@mail.example", False),
        ("a" * 250 + "@mail.example", False),
    ],
)
def test_is_valid(address: str, verdict: bool) -> None:
    assert addresses.is_valid(address) is verdict


def test_learn_makes_the_first_address_primary_and_knows_the_others(company: Company) -> None:
    person = factories.CandidateFactory(company=company, address="")
    for address in ("Mia@mail.example", "mia@MAIL.example", "mia@work.example"):
        addresses.learn(person, address)
    rows = person.addresses.values_list("address", "is_primary")
    assert list(rows) == [("Mia@mail.example", True), ("mia@work.example", False)]
