"""Moments as people in some time zone read and write them."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.formats import date_format
from django.utils.translation import gettext as _

REGIONS = (
    "Europe",
    "America",
    "Asia",
    "Africa",
    "Atlantic",
    "Australia",
    "Indian",
    "Pacific",
)


class NoSuchTime(ValueError):
    """The clock is put forward over it: nobody's clock shows this time."""


def localise(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which clocks in ``zone`` show ``wall``; of two, the first."""
    moment = wall.replace(tzinfo=zone)
    if moment.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != wall:
        raise NoSuchTime(wall)
    return moment


@cache
def zones() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the time zones of the world by region, as choices of a form."""
    names = sorted(available_timezones())
    grouped = tuple(
        (
            region,
            tuple((name, _city(name)) for name in names if name.startswith(f"{region}/")),
        )
        for region in REGIONS
    )
    return (*grouped, ("UTC", (("UTC", "UTC"),)))


def find(name: str) -> ZoneInfo | None:
    """Return the zone of that name, if it is one that can be chosen."""
    known = {value for _region, listed in zones() for value, _label in listed}
    return ZoneInfo(name) if name in known else None


def label(zone: ZoneInfo, at: datetime) -> str:
    """``Europe/Berlin, UTC+1``: the zone and how far it is from UTC at that moment."""
    offset = at.astimezone(zone).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    hours, rest = divmod(abs(minutes), 60)
    distance = f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
    return f"{zone.key.replace('_', ' ')}, UTC{distance if minutes else ''}"


def spoken(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """``Tuesday, 1 December 2026, 14:00–15:00 (Europe/Berlin, UTC+1)`` in the language of the moment."""
    return f"{day(starts, zone)}, {hours(starts, ends, zone)} ({label(zone, starts)})"


def day(at: datetime, zone: ZoneInfo) -> str:
    return date_format(at.astimezone(zone), _("l, j F Y"))


def hours(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    return "–".join(f"{each.astimezone(zone):%H:%M}" for each in (starts, ends))


def by_day(moments: Iterable[datetime], zone: ZoneInfo) -> dict[str, list[datetime]]:
    """Return the moments in order, under the days they are on in ``zone``."""
    found: dict[str, list[datetime]] = {}
    for moment in sorted(moments):
        found.setdefault(day(moment, zone), []).append(moment)
    return found


def _city(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", ", ")
