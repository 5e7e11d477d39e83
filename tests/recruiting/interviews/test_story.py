"""Interviews as those concerned live through them: recruiter, colleague, candidate, and their calendars."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from icalendar import Calendar, Component

from companies.models import Company, Membership
from mailsettings.mime import machine
from mailsettings.mime.parse import ParsedMail, parse
from mailsettings.models import OutgoingMail
from recruiting.conversation.receiving import intake
from recruiting.interviews import links, reminders, scheduling
from recruiting.models import Application, Interview, Message, Notification
from tests import factories

BERLIN = ZoneInfo("Europe/Berlin")


def days_ahead(days: int, hour: int = 14) -> datetime:
    return (timezone.now().astimezone(BERLIN) + timedelta(days=days)).replace(
        hour=hour, minute=0, second=0, microsecond=0
    )


def typed(**fields: Any) -> dict[str, Any]:
    return {
        "title": "First talk",
        "mode": "fixed",
        "time_zone": "Europe/Berlin",
        "minutes": "45",
        "video_link": "https://meet.example/abc",
        "tell": "on",
    } | fields


def wall(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


def letters_to(address: str) -> list[ParsedMail]:
    mails = OutgoingMail.objects.filter(recipients__address=address).order_by("pk")
    return [parse(mail.raw.read()) for mail in mails]


def entry(mail: ParsedMail) -> tuple[str, Component]:
    part = next(part for part in mail.attachments if part.content_type == "text/calendar")
    calendar = Calendar.from_ical(part.content)
    return str(calendar["METHOD"]), calendar.walk("VEVENT")[0]


def answer(company: Company, event: Component, address: str, status: str, number: int = 1) -> None:
    """What a calendar program sends to the organiser, through the whole of the inbound way."""
    raw = "\r\n".join(
        [
            f"From: {address}",
            f"Subject: {status}: {event['SUMMARY']}",
            f"Message-ID: <answer{number}@mail.example>",
            "Content-Type: text/calendar; charset=utf-8; method=REPLY",
            "",
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "METHOD:REPLY",
            "BEGIN:VEVENT",
            f"UID:{event['UID']}",
            f"SEQUENCE:{event['SEQUENCE']}",
            f"DTSTAMP:{timezone.now():%Y%m%dT%H%M%SZ}",
            f"ATTENDEE;PARTSTAT={status}:mailto:{address}",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    ).encode()
    kind = machine.classify(parse(raw)).kind
    factories.DeliveryFactory(company=company, content=raw, kind=kind)
    intake.file_received()


@pytest.fixture
def booked(client: Client, ben: Membership, ada: Membership, application: Application) -> Interview:
    """Booked by Ben, clicking twice, for himself and Ada in five days."""
    factories.MailboxFactory(
        company=ben.company, subcompany=ben.subcompany, address="berlin@acme.example"
    )
    client.force_login(ben.user)
    new = f"/applications/{application.pk}/interviews/new/"
    form = typed(starts_at=wall(days_ahead(5)), participants=[ben.pk, ada.pk])
    for _click in range(2):
        assert client.post(new, form).status_code == 302
    return Interview.objects.get()


def test_invited_and_answered(
    client: Client, ada: Membership, ben: Membership, booked: Interview, company: Company
) -> None:
    at = days_ahead(5)
    assert (booked.starts_at, booked.ends_at) == (at, at + timedelta(minutes=45))
    [mail] = letters_to("mia@mail.example")
    method, event = entry(mail)
    assert mail.sender is not None
    assert mail.sender.addr_spec == "berlin@acme.example"
    assert (method, event["SEQUENCE"], event["UID"]) == ("REQUEST", 0, booked.uid)
    assert event["ORGANIZER"] == "mailto:berlin@acme.example"
    assert event["ATTENDEE"] == "mailto:mia@mail.example"
    assert event["DTSTART"].dt == at
    assert "https://meet.example/abc" in mail.text
    assert Message.objects.get(application=booked.application).outgoing.mailbox is not None
    [told] = letters_to(ada.user.email)
    assert told.sender.addr_spec == company.recruiting_address
    assert {str(each) for each in entry(told)[1]["ATTENDEE"]} == {
        f"mailto:{ben.user.email}",
        f"mailto:{ada.user.email}",
    }
    answer(company, event, "mia@mail.example", "ACCEPTED")
    answer(company, event, ada.user.email, "DECLINED")
    assert not Notification.objects.filter(kind="interview_declined").exists()
    answer(company, event, "mia@mail.example", "DECLINED", number=2)
    answer(company, event, "mia@mail.example", "DECLINED", number=3)
    assert Notification.objects.get(kind="interview_declined").member == ben
    answer(company, event, "mia@mail.example", "ACCEPTED", number=4)
    booked.refresh_from_db()
    assert booked.answer == "accepted"
    assert booked.participants.get(membership=ada).answer == "declined"
    filed = Message.objects.filter(application=booked.application, direction="in")
    assert {message.kind for message in filed} == {"calendar_reply"}
    page = client.get(f"/applications/{booked.application_id}/").text
    assert "First talk" in page
    assert "Accepted" in page


def test_moved_and_cancelled(
    client: Client, ada: Membership, ben: Membership, booked: Interview, company: Company
) -> None:
    show, later = f"/interviews/{booked.pk}/", days_ahead(6, 9)
    first = entry(letters_to("mia@mail.example")[0])[1]
    answer(company, first, "mia@mail.example", "ACCEPTED")
    same_time = typed(starts_at=wall(days_ahead(5)), place="Room 2", participants=[ben.pk, ada.pk])
    client.post(show, same_time)
    told = entry(letters_to("mia@mail.example")[-1])[1]
    assert (told["LOCATION"], told["ATTENDEE"].params["PARTSTAT"]) == ("Room 2", "ACCEPTED")
    client.post(show, typed(starts_at=wall(later), participants=[ben.pk]))
    booked.refresh_from_db()
    assert (booked.starts_at, booked.sequence) == (later, 2)
    method, moved = entry(letters_to("mia@mail.example")[-1])
    assert (method, moved["UID"], moved["SEQUENCE"]) == ("REQUEST", booked.uid, 2)
    assert moved["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    method, gone = entry(letters_to(ada.user.email)[-1])
    assert (method, gone["ATTENDEE"]) == (
        "CANCEL",
        f"mailto:{ada.user.email}",
    )  # not asked any more
    answer(company, first, "mia@mail.example", "DECLINED", 2)  # to the time that was
    booked.refresh_from_db()
    assert booked.answer == ""

    client.post(show, typed(mode="slots", slot_1=wall(later), participants=[ben.pk]))
    assert entry(letters_to("mia@mail.example")[-1])[0] == "CANCEL"
    assert "/careers/acme/interview/" in letters_to("mia@mail.example")[-1].text
    client.post(show, typed(starts_at=wall(later), participants=[ben.pk]))

    rejected = client.post(f"/applications/{booked.application_id}/reject/", follow=True)
    assert "An interview is still arranged." in rejected.text
    client.post(f"{show}cancel/", {"tell": "on", "words": "We are so sorry."})
    method, ended = entry(letters_to("mia@mail.example")[-1])
    assert (method, ended["STATUS"], ended["SEQUENCE"]) == ("CANCEL", "CANCELLED", 5)
    assert "We are so sorry." in letters_to("mia@mail.example")[-1].text
    new = f"/applications/{booked.application_id}/interviews/new/"
    assert entry(letters_to(ben.user.email)[-1])[0] == "CANCEL"
    assert "Write it like" in client.post(new, typed(starts_at="9999-12-31T23:59")).text
    assert client.post(show, typed(starts_at=wall(later))).status_code == 302
    booked.refresh_from_db()
    assert booked.state == "cancelled"
    verbs = set(company.audit_entries.values_list("verb", flat=True))
    assert {"interview.booked", "interview.changed", "interview.cancelled"} <= verbs


def test_candidate_chooses_a_time_once_and_the_link_is_used_up(
    client: Client, ben: Membership, application: Application
) -> None:
    client.force_login(ben.user)
    first, second = days_ahead(3, 10), days_ahead(4, 16)
    client.post(
        f"/applications/{application.pk}/interviews/new/",
        typed(mode="slots", slot_1=wall(second), slot_4=wall(first), participants=[ben.pk]),
    )
    interview = Interview.objects.get()
    assert (interview.state, interview.starts_at) == ("proposed", None)
    assert letters_to(ben.user.email) == []
    [mail] = letters_to("mia@mail.example")
    assert not [part for part in mail.attachments if part.content_type == "text/calendar"]
    link = re.search(r"http://\S+(/careers/acme/interview/\S+)", mail.text)
    assert link
    assert link[0] in client.get(f"/interviews/{interview.pk}/").text
    assert "10:00–10:45" in client.get(f"/interviews/{interview.pk}/").text
    visitor = Client()
    path = link[1]
    page = visitor.get(path)
    assert "10:00–10:45" in page.text
    assert "16:00–16:45" in page.text
    assert not page.cookies
    assert "<script" not in page.text
    assert "15:00–15:45" in visitor.get(path, {"tz": "Europe/London"}).text
    assert visitor.get(path, {"language": "de"})["Content-Language"] == "de"
    assert visitor.post(path, {}).status_code == 422

    slot = interview.slots.get(starts_at=second)
    booked = visitor.post(path, {"slot": slot.pk, "tz": "Europe/London"})
    assert booked.status_code == 303
    assert "15:00–15:45 (Europe/London" in visitor.get(booked["Location"]).text
    interview.refresh_from_db()
    assert (interview.state, interview.starts_at) == ("booked", second)
    assert Notification.objects.get(kind="interview_chosen").member == ben
    assert entry(letters_to("mia@mail.example")[-1])[1]["DTSTART"].dt == second
    assert entry(letters_to(ben.user.email)[-1])[0] == "REQUEST"
    used = visitor.get(path)
    assert used.status_code == 404
    again = visitor.post(path, {"slot": slot.pk})
    forged = visitor.get(f"/careers/acme/interview/{interview.pk}.{'x' * 43}")
    assert used.content == again.content
    assert [used.status_code, again.status_code, forged.status_code] == [404, 404, 404]
    assert "First talk" not in used.text


def test_a_time_that_a_colleague_has_given_away_is_not_offered(
    application: Application, ben: Membership
) -> None:
    at = days_ahead(3)
    proposed = factories.ProposedInterviewFactory(application=application)
    slot = factories.InterviewSlotFactory(interview=proposed, starts_at=at)
    factories.InterviewSlotFactory(interview=proposed, starts_at=at + timedelta(hours=2))
    factories.InterviewParticipantFactory(interview=proposed, membership=ben)
    other = factories.InterviewFactory(
        application__position=application.position, starts_at=at - timedelta(minutes=30)
    )
    factories.InterviewParticipantFactory(interview=other, membership=ben)
    assert scheduling.free(proposed) == [at + timedelta(hours=2)]
    with pytest.raises(scheduling.Taken):
        scheduling.choose(proposed, slot.pk)


def test_everybody_is_reminded_once(application: Application, ben: Membership) -> None:
    plan = scheduling.Plan(
        "First talk", 45, "Europe/Berlin", participants=[ben], starts_at=days_ahead(2)
    )
    interview = scheduling.arrange(application, plan, by=ben)
    assert reminders.send_due() == 0
    Interview.objects.update(remind_at=timezone.now())
    assert [reminders.send_due(), reminders.send_due()] == [1, 0]
    assert letters_to("mia@mail.example")[-1].subject.startswith("Reminder")
    assert letters_to(ben.user.email)[-1].subject.startswith("Reminder")
    scheduling.cancel(interview, by=ben)
    assert Interview.objects.get().remind_at is None


def test_calendar_address_shows_own_interviews_until_another_is_made(
    client: Client, application: Application, ben: Membership, ada: Membership
) -> None:
    mine = factories.InterviewFactory(application=application, title="Mine")
    factories.InterviewParticipantFactory(interview=mine, membership=ben)
    factories.InterviewFactory(application=application, title="Somebody else's", organiser=ada)
    client.force_login(ben.user)
    client.post("/interviews/calendar/")
    address = links.feed(ben.calendar_feed)
    assert address in client.get("/interviews/calendar/").text
    path = address.removeprefix(settings.PUBLIC_URL)
    read = Client().get(path)
    assert read["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = Calendar.from_ical(read.content).walk("VEVENT")
    assert event["SUMMARY"] == "Mine: Mia Muster"
    assert event["DTSTART"].dt == mine.starts_at
    client.post("/interviews/calendar/")
    assert Client().get(path).status_code == 404


def test_form_names_what_is_wrong(
    client: Client, ben: Membership, application: Application
) -> None:
    client.force_login(ben.user)
    new = f"/applications/{application.pk}/interviews/new/"
    for fields, words in [
        ({"starts_at": ""}, "Say when it starts."),
        ({"starts_at": "2020-01-01T10:00"}, "This moment is over."),
        ({"starts_at": "soon"}, "Write it like"),
        ({"starts_at": "2027-03-28T02:30"}, "The clocks are put forward"),
        ({"mode": "slots"}, "Propose at least one time."),
        ({"mode": "slots", "slot_1": wall(days_ahead(2)), "tell": ""}, "cannot choose"),
    ]:
        page = client.post(new, typed(**fields))
        assert page.status_code == 422
        assert words in page.text
    application.candidate.addresses.all().delete()
    page = client.post(new, typed(starts_at=wall(days_ahead(2))))
    assert "no address that works" in page.text
    assert not Interview.objects.exists()


def test_list_shows_what_is_ahead_and_what_was_in_the_same_number_of_queries(
    client: Client,
    ada: Membership,
    application: Application,
    django_assert_max_num_queries: Any,
) -> None:
    client.force_login(ada.user)
    queries = []
    for count in (1, 3):
        while Interview.objects.count() < count:
            made = factories.InterviewFactory(
                application__position=application.position, title=f"Talk {count}"
            )
            factories.InterviewParticipantFactory(interview=made)
        with django_assert_max_num_queries(10) as counted:
            page = client.get("/interviews/").text
        queries.append(len(counted))
        assert f"Talk {count}" in page
    assert queries[0] == queries[1]
    past = factories.InterviewFactory(application=application, title="Long ago", state="done")
    assert "Long ago" not in client.get("/interviews/").text
    assert "Long ago" in client.get("/interviews/", {"when": "past"}).text
    assert "Long ago" not in client.get("/interviews/", {"when": "past", "of": "me"}).text
    factories.InterviewParticipantFactory(interview=past, membership=ada)
    assert "Long ago" in client.get("/interviews/", {"when": "past", "of": "me"}).text


def test_hiring_manager_sees_interviews_of_own_positions_only(
    client: Client, company: Company, application: Application
) -> None:
    manager = factories.TeamMemberFactory(position=application.position).membership
    own = factories.InterviewFactory(application=application, title="Own")
    foreign = factories.InterviewFactory(application__position__company=company, title="Foreign")
    client.force_login(manager.user)
    page = client.get("/interviews/").text
    assert "Own" in page
    assert "Foreign" not in page
    assert client.get(f"/interviews/{own.pk}/").status_code == 200
    assert client.get(f"/interviews/{foreign.pk}/").status_code == 404


def test_types_fill_what_the_form_leaves_empty(
    client: Client, ada: Membership, application: Application
) -> None:
    client.force_login(ada.user)
    types = "/settings/recruiting/interviews/"
    client.post(types, {"name": "Call", "minutes": "20", "place": "By phone"})
    assert client.post(types, {"name": "Call", "minutes": "20"}).status_code == 422
    kind = application.position.company.interview_types.get()
    client.post(
        f"/applications/{application.pk}/interviews/new/",
        typed(type=kind.pk, title="", minutes="", video_link="", starts_at=wall(days_ahead(2))),
    )
    made = Interview.objects.get()
    assert (made.title, made.minutes, made.place) == ("Call", 20, "By phone")
    client.post(f"{types}{kind.pk}/delete/")
    made.refresh_from_db()
    assert made.type is None
