"""Telephone numbers and their spellings."""

import pytest

from companies.models import Membership
from recruiting.models import Application, SearchEntry
from recruiting.search import finding, index, phones


@pytest.mark.parametrize(
    ("phone", "key"),
    [
        ("+49 (0)30 555 01-23", "305550123"),
        ("0049 30/5550123", "305550123"),
        ("(030) 5550123 ext. 9", "305550123"),
        ("030 / 555 01 23; 0170 1234567", "305550123"),
        ("+49 30 5550123 / 0170 1234567", "305550123"),
        ("tel:+1-415-555-0100", "4155550100"),
        ("(415) 555-0100", "4155550100"),
        ("+352 621 123 456", "621123456"),
        ("112", ""),
        ("none", ""),
        ("", ""),
        ("9" * 40, ""),
    ],
)
def test_one_number_has_one_key_however_it_is_written(phone: str, key: str) -> None:
    assert phones.key(phone) == key


def test_a_person_is_found_by_a_number_in_any_spelling(
    application: Application, ada: Membership
) -> None:
    application.candidate.phone = "+49 (0)30 555 01-23"
    index.person(application.candidate)
    for query in ("030 5550123", "0049305550123", "+49 30 5550"):
        found = list(finding.find(ada, query, SearchEntry.Kind.PERSON))
        assert [entry.candidate for entry in found] == [application.candidate], query
    application.candidate.save()
    (hit,) = finding.explain(
        list(finding.find(ada, "0305550123", SearchEntry.Kind.PERSON)), "0305550123", ada
    )
    assert hit.pieces == [("+49 (0)30 555 01-23", True)]
