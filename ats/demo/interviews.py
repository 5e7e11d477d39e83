"""The demo's interviews: of every state one, without a mail to anybody."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from companies.models import Company, Membership, Role
from recruiting.models import Application, Interview, InterviewType
from recruiting.models.interviews import Answer

ZONE = "Europe/Berlin"
TYPES = [
    ("Phone call", 30, "We call you", ""),
    ("First interview", 60, "", "https://meet.example/acme-first-interview"),
    ("On-site interview", 120, "Acme GmbH, Hafenstraße 12, Hamburg", ""),
]
# Type, days from today, hour, state, what the candidate answered
PLANNED = [
    ("First interview", 0, 17, Interview.State.BOOKED, Answer.ACCEPTED),
    ("On-site interview", 1, 10, Interview.State.BOOKED, Answer.TENTATIVE),
    ("Phone call", 4, 9, Interview.State.PROPOSED, Answer.NONE),
    ("Phone call", -5, 11, Interview.State.DONE, Answer.ACCEPTED),
    ("First interview", 6, 14, Interview.State.BOOKED, Answer.DECLINED),
]


def arrange(company: Company) -> None:
    """Add types and interviews with people who stand in a stage of interviews; once."""
    if InterviewType.objects.filter(company=company).exists():
        return
    types = {
        name: InterviewType.objects.create(
            company=company, name=name, minutes=minutes, place=place, video_link=link
        )
        for name, minutes, place, link in TYPES
    }
    colleagues = Membership.objects.filter(company=company)
    asked = Application.objects.undecided().filter(
        position__company=company, stage__name__icontains="interview"
    )
    for application, planned in zip(asked.order_by("pk"), PLANNED, strict=False):
        name, days, hour, state, answer = planned
        in_team = Q(positions__position=application.position)
        people = list(colleagues.filter(Q(role=Role.RECRUITER) | in_team).distinct())
        _arrange(application, types[name], people, _at(days, hour), state, answer)


def _arrange(
    application: Application,
    kind: InterviewType,
    people: list[Membership],
    at: datetime,
    state: Interview.State,
    answer: Answer,
) -> None:
    has_time = state != Interview.State.PROPOSED
    interview = Interview.objects.create(
        application=application,
        type=kind,
        title=kind.name,
        state=state,
        organiser=next(iter(people), None),
        minutes=kind.minutes,
        place=kind.place,
        video_link=kind.video_link,
        time_zone=ZONE,
        starts_at=at if has_time else None,
        ends_at=at + timedelta(minutes=kind.minutes) if has_time else None,
        answer=answer,
        answered_at=timezone.now() if answer else None,
    )
    for person in people:
        interview.participants.create(membership=person)
    for hours in () if has_time else (0, 2, 26):
        interview.slots.create(starts_at=at + timedelta(hours=hours))


def _at(days: int, hour: int) -> datetime:
    day = timezone.now().astimezone(ZoneInfo(ZONE)) + timedelta(days=days)
    if days and day.weekday() > 4:  # nobody talks on a weekend
        day += timedelta(days=7 - day.weekday())
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)
