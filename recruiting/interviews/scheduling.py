"""Arranging interviews: each step changes the row and queues what everybody is told, in one transaction."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from companies import audit
from companies.models import Membership
from recruiting.conversation.colleagues import notify
from recruiting.conversation.writing.composing import CannotSend
from recruiting.interviews import letters
from recruiting.models import Application, Interview, InterviewType
from recruiting.models.interviews import Answer
from recruiting.models.notifications import NewsKind

State = Interview.State
DAY_BEFORE = timedelta(days=1)
TWICE = timedelta(minutes=1)  # the same again so soon is a second click


class NotOpen(Exception):
    """The interview was cancelled or has taken place, or its application was decided."""


class Taken(Exception):
    """The time is not free any more."""


@dataclass(frozen=True)
class Plan:
    """What a recruiter wants: at ``starts_at``, or at whichever of ``slots`` the candidate chooses."""

    title: str
    minutes: int
    time_zone: str
    type: InterviewType | None = None
    place: str = ""
    video_link: str = ""
    note: str = ""
    participants: Sequence[Membership] = ()
    starts_at: datetime | None = None
    slots: Sequence[datetime] = ()
    tell: bool = True  # write to the candidate

    @property
    def ends_at(self) -> datetime | None:
        return self.starts_at + timedelta(minutes=self.minutes) if self.starts_at else None


@transaction.atomic
def arrange(application: Application, plan: Plan, *, by: Membership) -> Interview:
    """Book an interview, or let the candidate choose. The same again at once is a second click.

    Effects: the interview with its participants and slots, a letter to the candidate, an invitation to
    each participant of a booked one, a reminder noted for the day before, one audit line. Raises
    ``CannotSend`` and changes nothing where the candidate cannot be written to.
    """
    Application.objects.select_for_update().get(pk=application.pk)
    since = timezone.now() - TWICE
    twice = Interview.objects.filter(
        application=application, organiser=by, title=plan.title, created_at__gt=since
    ).filter(starts_at=plan.starts_at, state__in=[State.BOOKED, State.PROPOSED])
    for earlier in twice:
        if set(earlier.slots.values_list("starts_at", flat=True)) == set(plan.slots):
            return earlier
    interview = Interview(application=application, organiser=by)
    _put(interview, plan)
    verb = "interview.booked" if plan.starts_at else "interview.proposed"
    audit.record(application.position.company, verb, interview, by=by)
    if plan.starts_at:
        if plan.tell:
            letters.to_candidate(interview, "booked", by=by, method="REQUEST")
        letters.to_colleagues(interview, plan.participants, "booked", method="REQUEST")
    else:
        letters.to_candidate(interview, "choose", by=by)
    return interview


@transaction.atomic
def change(interview: Interview, plan: Plan, *, by: Membership) -> None:
    """Change what was arranged, and tell everybody whom it concerns. One audit line.

    Who was invited gets the same entry with a higher number; who is not asked any more, or loses the
    time because the candidate is to choose another, has it taken out of the calendar.
    """
    locked = _open(interview)
    before = copy.copy(locked)
    asked = list(_colleagues(locked))
    locked.sequence = before.sequence = locked.sequence + 1
    if (plan.starts_at, plan.ends_at) != (locked.starts_at, locked.ends_at):
        locked.answer, locked.answered_at = Answer.NONE, None
        locked.participants.update(answer=Answer.NONE, answered_at=None)
    _put(locked, plan)
    audit.record(locked.application.position.company, "interview.changed", locked, by=by)
    was_booked = before.state == State.BOOKED
    if plan.starts_at:
        _tell_new_time(locked, plan, asked if was_booked else [], was_booked=was_booked, by=by)
        gone = [person for person in asked if person not in plan.participants]
    else:
        letters.to_candidate(
            locked, "choose", by=by, method="CANCEL" if was_booked else None, ended=before
        )
        gone = asked
    if was_booked:
        letters.to_colleagues(before, gone, "cancelled", method="CANCEL")


def _tell_new_time(
    interview: Interview,
    plan: Plan,
    asked: Sequence[Membership],
    *,
    was_booked: bool,
    by: Membership,
) -> None:
    if plan.tell:
        kind: letters.Kind = "changed" if was_booked else "booked"
        letters.to_candidate(interview, kind, by=by, method="REQUEST")
    kept = [person for person in plan.participants if person in asked]
    new = [person for person in plan.participants if person not in asked]
    letters.to_colleagues(interview, kept, "changed", method="REQUEST")
    letters.to_colleagues(interview, new, "booked", method="REQUEST")


@transaction.atomic
def choose(interview: Interview, slot_id: int) -> Interview:
    """Book the time the candidate chose: of any number of clicks at once, one wins. One audit line.

    ``Taken`` where the slot is over or gone, or somebody who takes part has another interview then;
    ``NotOpen`` where there is nothing to choose any more.
    """
    locked = _open(interview)
    if locked.state != State.PROPOSED:
        raise NotOpen
    slot = locked.slots.filter(pk=slot_id, starts_at__gt=timezone.now()).first()
    people = [person.pk for person in _colleagues(locked)]
    # Of two candidates who choose the same colleague's time at once, the second finds it taken.
    list(Membership.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
    if slot is None or slot.starts_at not in free(locked):
        raise Taken
    locked.state = State.BOOKED
    locked.starts_at, locked.ends_at = slot.starts_at, slot.starts_at + locked.length
    locked.remind_at = _reminder(locked.starts_at)
    locked.sequence += 1
    locked.save()
    audit.record(locked.application.position.company, "interview.chosen", locked, by=None)
    notify.interview_answered(locked, NewsKind.INTERVIEW_CHOSEN)
    try:
        with transaction.atomic():
            letters.to_candidate(locked, "booked", by=None, method="REQUEST")
    except CannotSend:  # the time is theirs all the same; the page has told them
        pass
    letters.to_colleagues(locked, _colleagues(locked), "booked", method="REQUEST")
    return locked


def free(interview: Interview) -> list[datetime]:
    """Return the proposed times that can still be chosen: ahead, and with everybody's calendar open."""
    slots = list(
        interview.slots.filter(starts_at__gt=timezone.now()).values_list("starts_at", flat=True)
    )
    if not slots:
        return []
    people = interview.participants.values("membership")
    others = Interview.objects.exclude(pk=interview.pk).filter(participants__membership__in=people)
    busy = others.overlapping(slots[0], slots[-1] + interview.length).values_list(
        "starts_at", "ends_at"
    )
    spans = [(starts, ends) for starts, ends in busy if starts and ends]
    return [
        slot
        for slot in slots
        if not any(starts < slot + interview.length and ends > slot for starts, ends in spans)
    ]


def busy(plan: Plan, *, besides: Interview) -> list[Membership]:
    """Return the participants who have another interview at the planned time."""
    if plan.starts_at is None or plan.ends_at is None:
        return []
    others = Interview.objects.overlapping(plan.starts_at, plan.ends_at).exclude(pk=besides.pk)
    taken = set(others.values_list("participants__membership", flat=True))
    return [person for person in plan.participants if person.pk in taken]


@transaction.atomic
def cancel(interview: Interview, *, by: Membership, tell: bool = True, words: str = "") -> None:
    """Call an interview off, and take it out of every calendar it stands in. One audit line."""
    locked = _open(interview)
    was_booked = locked.state == State.BOOKED
    locked.state, locked.remind_at = State.CANCELLED, None
    locked.sequence += 1
    locked.save(update_fields=["state", "remind_at", "sequence"])
    audit.record(locked.application.position.company, "interview.cancelled", locked, by=by)
    method: letters.Method | None = "CANCEL" if was_booked else None
    if tell:
        letters.to_candidate(locked, "cancelled", by=by, method=method, words=words)
    if was_booked:
        letters.to_colleagues(locked, _colleagues(locked), "cancelled", method="CANCEL")


@transaction.atomic
def close(interview: Interview, *, by: Membership) -> None:
    """Note that a booked interview took place. One audit line; nobody is told."""
    locked = _open(interview)
    if locked.state != State.BOOKED:
        raise NotOpen
    locked.state, locked.remind_at = State.DONE, None
    locked.save(update_fields=["state", "remind_at"])
    audit.record(locked.application.position.company, "interview.done", locked, by=by)


def _open(interview: Interview) -> Interview:
    """Lock the interview as it is now, with all that letters need; ``NotOpen`` when it is closed."""
    locked = Interview.objects.select_for_update().get(pk=interview.pk)
    if not locked.is_open:
        raise NotOpen
    locked.application = interview.application
    if locked.state == State.PROPOSED and locked.application.closed_at:
        raise NotOpen
    return locked


def _put(interview: Interview, plan: Plan) -> None:
    """Write the plan into the interview, its participants and its slots."""
    for name in ("title", "minutes", "time_zone", "type", "place", "video_link", "note"):
        setattr(interview, name, getattr(plan, name))
    interview.starts_at, interview.ends_at = plan.starts_at, plan.ends_at
    interview.state = State.BOOKED if plan.starts_at else State.PROPOSED
    interview.remind_at = _reminder(plan.starts_at)
    interview.save()
    interview.participants.exclude(membership__in=plan.participants).delete()
    for person in plan.participants:
        interview.participants.get_or_create(membership=person)
    interview.slots.exclude(starts_at__in=plan.slots).delete()
    for slot in plan.slots:
        interview.slots.get_or_create(starts_at=slot)


def _colleagues(interview: Interview) -> Sequence[Membership]:
    rows = interview.participants.select_related("membership__user")
    return [row.membership for row in rows]


def _reminder(starts_at: datetime | None) -> datetime | None:
    """The day before; none where that is over: the invitation is fresh enough."""
    due = starts_at - DAY_BEFORE if starts_at else None
    return due if due and due > timezone.now() else None
