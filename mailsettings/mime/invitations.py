"""Calendar entries as mail carries them: invitations are built, answers are read (RFC 5545, iTIP RFC 5546).

Only what Outlook, Gmail and Thunderbird all understand: one event, one time zone in the form they know,
times in that zone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event, vCalAddress

from mailsettings.mime import timezones
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Invitation
from mailsettings.mime.parse import ParsedMail

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
PRODUCT = "-//Posthorn//Posthorn//EN"
MAX_SIZE = 512 * 1024  # bytes of an answer; real ones have some kilobytes
_CALENDARS = ("text/calendar", "application/ics")
_BREAKS = re.compile(r"[\r\n\0]+")


@dataclass(frozen=True, slots=True)
class Meeting:
    """An event. ``starts`` and ``ends`` are aware and shown in ``zone``; ``attendees`` are who is asked.

    ``answers`` is what some of them have said already, by address: whoever accepted is not asked again.
    """

    uid: str
    sequence: int
    title: str
    starts: datetime
    ends: datetime
    zone: ZoneInfo
    stamp: datetime
    organiser: Address | None = None
    attendees: Sequence[Address] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    description: str = ""
    url: str = ""
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What one attendee's calendar answered; ``status`` is PARTSTAT in lower case.

    Some calendars do not say which state of the entry (``sequence``) they answer.
    """

    uid: str
    sequence: int | None
    address: str
    status: str
    stamp: datetime


def with_guests(meeting: Meeting, guests: Mapping[Address, str]) -> Meeting:
    """Return the same event with these people asked to it, and what each has answered so far."""
    answers = {guest.addr_spec: answer for guest, answer in guests.items() if answer}
    return replace(meeting, attendees=tuple(guests), answers=answers)


def build(meeting: Meeting, method: Literal["REQUEST", "CANCEL"]) -> Invitation:
    """Return the calendar part of an invitation, of its update or of its end."""
    return Invitation(method, publish([meeting], method=method))


def publish(meetings: Iterable[Meeting], *, method: Method = "PUBLISH", name: str = "") -> bytes:
    """Return a calendar with these events and the zones they are told in."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        calendar.add("x-wr-calname", _line(name))
    events = []
    zones: dict[str, tuple[ZoneInfo, int]] = {}
    for meeting in meetings:
        events.append(_event(meeting, method))
        zones.setdefault(meeting.zone.key, (meeting.zone, meeting.starts.year))
    for key, (zone, year) in zones.items():
        calendar.add_component(timezones.describe(zone, key, year))
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def replies(mail: ParsedMail) -> list[Reply]:
    """Return what calendars answer in a mail. Never raises: what cannot be read is no answer."""
    found: dict[tuple[str, str], Reply] = {}
    for part in mail.attachments:
        if part.content_type in _CALENDARS and len(part.content) <= MAX_SIZE:
            for reply in _read(part.content):
                found.setdefault((reply.uid, reply.address), reply)
    return list(found.values())


def _event(meeting: Meeting, method: Method) -> Event:
    event = Event()
    event.add("uid", meeting.uid)
    event.add("dtstamp", meeting.stamp.astimezone(UTC))
    event.add("sequence", meeting.sequence)
    event.add("summary", _line(meeting.title))
    event.add("dtstart", meeting.starts.astimezone(meeting.zone))
    event.add("dtend", meeting.ends.astimezone(meeting.zone))
    is_over = method == "CANCEL" or meeting.is_cancelled
    event.add("status", "CANCELLED" if is_over else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if meeting.place:
        event.add("location", _line(meeting.place))
    if meeting.description:
        event.add("description", meeting.description.replace("\r\n", "\n").replace("\0", ""))
    if meeting.url:
        event.add("url", meeting.url)
    if meeting.organiser:
        event.add("organizer", _person(meeting.organiser), encode=False)
    for attendee in meeting.attendees:
        answer = meeting.answers.get(attendee.addr_spec, "")
        guest = _guest(attendee, answer, is_asked=method == "REQUEST")
        event.add("attendee", guest, encode=False)
    return event


def _person(address: Address) -> vCalAddress:
    person = vCalAddress(f"mailto:{address.addr_spec}")
    if address.name:
        person.params["CN"] = _line(address.name).replace('"', "'")
    return person


def _guest(address: Address, answer: str, *, is_asked: bool) -> vCalAddress:
    guest = _person(address)
    guest.params["CUTYPE"] = "INDIVIDUAL"
    guest.params["ROLE"] = "REQ-PARTICIPANT"
    guest.params["PARTSTAT"] = answer.upper() or "NEEDS-ACTION"
    if is_asked:
        guest.params["RSVP"] = "TRUE"
    return guest


def _line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()


def _read(content: bytes) -> list[Reply]:
    try:
        calendar = Calendar.from_ical(content.decode("utf-8", "replace"))
        if str(calendar.get("method", "")).upper() != "REPLY":
            return []
        return [reply for event in calendar.walk("VEVENT") for reply in _answers(event)]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        return []


def _answers(event: Component) -> list[Reply]:
    uid = str(event.get("uid", ""))
    listed = event.get("attendee", [])
    guests = listed if isinstance(listed, list) else [listed]
    return [
        Reply(
            uid,
            int(str(event["sequence"])) if "sequence" in event else None,
            str(guest).partition(":")[2].strip().lower() or str(guest).strip().lower(),
            str(guest.params.get("PARTSTAT", "")).lower(),
            _stamp(event),
        )
        for guest in guests
        if uid
    ]


def _stamp(event: Component) -> datetime:
    """When the answer was given; its arrival counts where it does not say."""
    said = event.get("dtstamp")
    at = getattr(said, "dt", None)
    if not isinstance(at, date):
        return datetime.now(UTC)
    if not isinstance(at, datetime):
        return datetime(at.year, at.month, at.day, tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
