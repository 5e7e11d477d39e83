"""Times and files in words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from recruiting.templatetags import words

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (datetime(2026, 11, 22, 9, 5, tzinfo=BERLIN), "09:05"),
        (datetime(2026, 11, 21, 23, 59, tzinfo=BERLIN), "Sat 23:59"),
        (datetime(2026, 11, 16, 12, 0, tzinfo=BERLIN), "16 Nov"),
        (datetime(2025, 12, 31, 12, 0, tzinfo=BERLIN), "31 Dec 2025"),
        (datetime(2026, 11, 23, 8, 0, tzinfo=BERLIN), "23 Nov"),
    ],
)
def test_short_says_when_in_as_few_words_as_possible(written: datetime, expected: str) -> None:
    assert words.short(written, TODAY) == expected


def test_short_speaks_german() -> None:
    with translation.override("de"):
        assert words.short(datetime(2026, 11, 16, 12, 0, tzinfo=BERLIN), TODAY) == "16. Nov"


def test_moment_carries_the_whole_time_for_machines_and_mice() -> None:
    at = datetime(2020, 2, 29, 9, 5, tzinfo=BERLIN)
    assert words.moment(at) == (
        '<time datetime="2020-02-29T09:05:00+01:00" title="29 Feb 2020, 09:05">29 Feb 2020</time>'
    )
    assert words.moment(None) == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("CV Mia.pdf", "PDF, 2.0\xa0KB"), ("README", "2.0\xa0KB"), ("a.tar.gz", "GZ, 2.0\xa0KB")],
)
def test_file_kind_names_the_ending_and_the_size(name: str, expected: str) -> None:
    assert words.file_kind(name, 2048) == expected
