"""VTIMEZONE of RFC 5545 3.6.5 in the shape that Outlook reads: one rule for summer, one for winter.

Rules are worked out from the zone's own changes around the event. Where those follow no yearly rule, each
change is named by its date.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001 -- an onset is written as local time without a zone


@dataclass(frozen=True)
class _Change:
    """The clock is put from one offset to another, at ``at`` by the clock as it went before."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def rule(self) -> tuple[int, int, str, datetime]:
        """Month, which weekday of it (-1: the last), and the hour: what is the same every year."""
        last = calendar.monthrange(self.at.year, self.at.month)[1]
        which = -1 if self.at.day + 7 > last else (self.at.day - 1) // 7 + 1
        hour = self.at.replace(year=1970, month=1, day=1)
        return self.at.month, which, _WEEKDAYS[self.at.weekday()], hour


def describe(zone: tzinfo, name: str, year: int) -> Timezone:
    """Return the component that tells a calendar what ``name`` means for an event in ``year``."""
    component = Timezone()
    component.add("tzid", name)
    years = [list(_changes(zone, each)) for each in (year - 1, year, year + 1)]
    rules = [[change.rule for change in changes] for changes in years]
    if not any(years):
        component.add_component(_still(zone, year))
    elif rules[0] == rules[1] == rules[2]:
        for change in years[0]:
            component.add_component(_observance(change, is_yearly=True))
    else:
        first = datetime(year - 1, 1, 1, tzinfo=UTC).astimezone(zone)
        component.add_component(_still(zone, year - 1, at=first))
        for change in [change for changes in years for change in changes]:
            component.add_component(_observance(change, is_yearly=False))
    return component


def _changes(zone: tzinfo, year: int) -> Iterator[_Change]:
    """The changes of a year, found by comparing day with day and then halving."""
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        following = day + timedelta(days=1)
        before, after = (each.astimezone(zone).utcoffset() for each in (day, following))
        if before is not None and after is not None and before != after:
            early, late = day, following
            while late - early > timedelta(minutes=1):
                middle = early + (late - early) / 2
                if middle.astimezone(zone).utcoffset() == before:
                    early = middle
                else:
                    late = middle
            moment = late.replace(second=0, microsecond=0)
            name = moment.astimezone(zone).tzname() or ""
            yield _Change((moment + before).replace(tzinfo=None), before, after, name)
        day = following


def _observance(change: _Change, *, is_yearly: bool) -> TimezoneStandard | TimezoneDaylight:
    is_summer = change.after > change.before
    observance = TimezoneDaylight() if is_summer else TimezoneStandard()
    observance.add("dtstart", change.at)
    if is_yearly:
        month, which, weekday, _ = change.rule
        observance.add("rrule", {"freq": "yearly", "bymonth": month, "byday": f"{which}{weekday}"})
    observance.add("tzoffsetfrom", change.before)
    observance.add("tzoffsetto", change.after)
    observance.add("tzname", change.name)
    return observance


def _still(zone: tzinfo, year: int, at: datetime | None = None) -> TimezoneStandard:
    """The offset that is kept from ``at`` (else since long ago)."""
    local = at or datetime(year, 1, 1, tzinfo=UTC).astimezone(zone)
    offset = local.utcoffset()
    observance = TimezoneStandard()
    observance.add("dtstart", local.replace(tzinfo=None) if at else _LONG_AGO)
    observance.add("tzoffsetfrom", offset)
    observance.add("tzoffsetto", offset)
    observance.add("tzname", local.tzname() or "")
    return observance
