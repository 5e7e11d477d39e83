"""Invitations as other programs read them, and what other calendars answer."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from mailsettings.mime import compose, invitations
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Attachment, Draft
from mailsettings.mime.invitations import Meeting
from mailsettings.mime.parse import parse

BERLIN = ZoneInfo("Europe/Berlin")
STARTS = datetime(2026, 12, 1, 14, 0, tzinfo=BERLIN)
MEETING = Meeting(
    uid="abc@recruiting.example",
    sequence=2,
    title="Gespräch: Köchin, Küche; Berlin",
    starts=STARTS,
    ends=STARTS + timedelta(hours=1),
    zone=BERLIN,
    stamp=datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
    organiser=Address("Acme Berlin GmbH", "berlin@acme.example"),
    attendees=(Address("Mia Muster", "mia@mail.example"),),
    place="Hauptstraße 1\nBerlin",
    description="Bis bald,\nAcme",
)


def read(content: bytes) -> Calendar:
    return Calendar.from_ical(content)


def test_mail_has_the_shape_that_outlook_gmail_and_thunderbird_read() -> None:
    draft = Draft(
        sender=MEETING.organiser or Address("", ""),
        to=tuple(MEETING.attendees),
        subject="Gespräch",
        text="Hallo Mia",
        html="<p>Hallo Mia</p>",
        message_id="<ours.1@recruiting.example>",
        date=MEETING.stamp,
        attachments=(Attachment("Anfahrt.pdf", "application/pdf", b"%PDF"),),
        invitation=invitations.build(MEETING, "REQUEST"),
    )
    mail = email.message_from_bytes(compose.compose(draft), policy=email.policy.default)
    assert mail.get_content_type() == "multipart/mixed"
    alternative, pdf, invite = mail.iter_parts()
    kinds = [part.get_content_type() for part in alternative.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    part = list(alternative.iter_parts())[-1]
    assert (part.get_param("method"), part.get_content_charset()) == ("REQUEST", "utf-8")
    assert part["Content-Disposition"] is None
    assert part["Content-ID"] is None
    assert pdf.get_filename() == "Anfahrt.pdf"
    assert (invite.get_content_type(), invite.get_filename()) == ("application/ics", "invite.ics")
    assert invite.get_content() == part.get_payload(decode=True)
    assert parse(compose.compose(draft)).text == "Hallo Mia"


def test_event_says_who_when_and_where() -> None:
    content = invitations.build(MEETING, "REQUEST").content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    calendar = read(content)
    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], calendar["VERSION"]) == ("REQUEST", "2.0")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (
        "abc@recruiting.example",
        2,
        "CONFIRMED",
    )
    assert event["SUMMARY"] == "Gespräch: Köchin, Küche; Berlin"
    assert event["LOCATION"] == "Hauptstraße 1 Berlin"
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert event["DTSTART"].dt.astimezone(UTC) == STARTS.astimezone(UTC)
    assert event["ORGANIZER"] == "mailto:berlin@acme.example"
    guest = event["ATTENDEE"]
    assert guest == "mailto:mia@mail.example"
    assert (guest.params["PARTSTAT"], guest.params["RSVP"]) == ("NEEDS-ACTION", "TRUE")
    cancelled = read(invitations.build(MEETING, "CANCEL").content)
    assert cancelled["METHOD"] == "CANCEL"
    assert cancelled.walk("VEVENT")[0]["STATUS"] == "CANCELLED"


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("Europe/Berlin", 2),
        ("America/New_York", 2),
        ("Australia/Sydney", 2),
        ("Europe/Dublin", 2),
        ("Asia/Kolkata", 0),
        ("Africa/Casablanca", 0),
    ],
)
def test_zone_means_the_same_to_a_reader_who_knows_only_the_calendar(name: str, rules: int) -> None:
    zone = ZoneInfo(name)
    for month in (1, 4, 7, 11):
        starts = datetime(2026, month, 15, 9, 30, tzinfo=zone)
        meeting = replace(MEETING, zone=zone, starts=starts, ends=starts + timedelta(hours=1))
        content = invitations.publish([meeting])
        assert content.count(b"RRULE") == rules
        # under a name nobody knows, what the calendar itself says is all there is
        unknown = content.replace(name.encode(), f"Nowhere/{name[-5:]}{month}".encode())
        [event] = read(unknown).walk("VEVENT")
        assert event["DTSTART"].dt.utcoffset() == starts.utcoffset()


def reply(status: str, *, method: str = "REPLY", sequence: int = 2) -> bytes:
    lines = [
        "From: Mia <mia@mail.example>",
        "Subject: Accepted",
        f"Content-Type: text/calendar; method={method}; charset=utf-8",
        "",
        "BEGIN:VCALENDAR",
        f"METHOD:{method}",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:abc@recruiting.example",
        f"SEQUENCE:{sequence}",
        "DTSTAMP:20261126T080000Z",
        f"ATTENDEE;PARTSTAT={status};CN=Mia:MAILTO:Mia@mail.example",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


def test_answers_are_read() -> None:
    [answer] = invitations.replies(parse(reply("ACCEPTED")))
    assert answer == invitations.Reply(
        "abc@recruiting.example",
        2,
        "mia@mail.example",
        "accepted",
        datetime(2026, 11, 26, 8, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "raw",
    [
        reply("ACCEPTED", method="REQUEST"),
        reply("ACCEPTED").replace(b"SEQUENCE:2", b"SEQUENCE:many"),
        reply("ACCEPTED").replace(b"BEGIN:VCALENDAR", b"\xff\xfe\0"),
    ],
)
def test_what_is_no_answer_is_none(raw: bytes) -> None:
    assert invitations.replies(parse(raw)) == []
