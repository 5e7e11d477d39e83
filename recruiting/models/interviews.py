"""Interviews: their types, who takes part, the times a candidate may choose from, and what was answered."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership
from recruiting.models.applications import Application
from recruiting.models.candidates import make_code

MINUTES = [MinValueValidator(5), MaxValueValidator(24 * 60)]


class Answer(models.TextChoices):
    """What somebody's calendar sent back (PARTSTAT of RFC 5545 3.2.12)."""

    NONE = "", _("No answer yet")
    ACCEPTED = "accepted", _("Accepted")
    TENTATIVE = "tentative", _("Maybe")
    DECLINED = "declined", _("Declined")


def make_uid() -> str:
    """Return a calendar entry's name, unique in the world because it ends with our domain."""
    return f"{make_code()}@{settings.RECRUITING_DOMAIN}"


class InterviewTypeQuerySet(models.QuerySet["InterviewType"]):
    def visible_to(self, member: Membership) -> "InterviewTypeQuerySet":
        return self.filter(company_id=member.company_id)


class InterviewType(models.Model):
    """What a company calls its interviews, with what the form begins with."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="interview_types")
    name = models.CharField(_("name"), max_length=100)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=60, validators=MINUTES)
    place = models.CharField(_("place"), max_length=200, blank=True)
    video_link = models.URLField(_("video link"), max_length=500, blank=True)

    objects = InterviewTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("interview type")
        verbose_name_plural = _("interview types")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name"], name="recruiting_interview_type_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InterviewQuerySet(models.QuerySet["Interview"]):
    def visible_to(self, member: Membership) -> "InterviewQuerySet":
        """Interviews of the applications the member sees."""
        # looked up for each interview: a company has few of them and many applications
        seen = Application.objects.visible_to(member).filter(pk=OuterRef("application"))
        return self.filter(Exists(seen))

    def of(self, member: Membership) -> "InterviewQuerySet":
        """Those the member takes part in or has arranged."""
        taking_part = InterviewParticipant.objects.filter(membership=member).values("interview")
        return self.filter(Q(organiser=member) | Q(pk__in=taking_part))

    def upcoming(self) -> "InterviewQuerySet":
        """What is still to come: booked times, and those the candidate has not chosen yet."""
        ahead = Q(state=Interview.State.BOOKED, ends_at__gt=timezone.now())
        return self.filter(ahead | Q(state=Interview.State.PROPOSED))

    def with_people(self) -> "InterviewQuerySet":
        """With participants and their names, in one query more."""
        rows = InterviewParticipant.objects.select_related("membership__user")
        return self.prefetch_related(models.Prefetch("participants", queryset=rows))

    def overlapping(self, starts_at: datetime, ends_at: datetime) -> "InterviewQuerySet":
        """Booked ones that share a moment with this span."""
        return self.filter(
            state=Interview.State.BOOKED, starts_at__lt=ends_at, ends_at__gt=starts_at
        )


class Interview(models.Model):
    """One meeting with a candidate.

    ``uid`` and ``sequence`` are those of the calendar entry: the number grows with every change, so
    that calendars know which mail is the newer. Times are there once one is booked.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("The candidate chooses")
        BOOKED = "booked", _("Booked")
        CANCELLED = "cancelled", _("Cancelled")
        DONE = "done", _("Took place")

    application = models.ForeignKey(Application, models.CASCADE, related_name="interviews")
    type = models.ForeignKey(
        InterviewType, models.SET_NULL, null=True, blank=True, related_name="interviews"
    )
    title = models.CharField(_("title"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.BOOKED)
    uid = models.CharField(max_length=300, unique=True, default=make_uid, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    organiser = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="organised_interviews"
    )
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=60, validators=MINUTES)
    place = models.CharField(_("place"), max_length=200, blank=True)
    video_link = models.URLField(_("video link"), max_length=500, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    note = models.TextField(_("note for the candidate"), blank=True, max_length=3000)
    answer = models.CharField(
        _("candidate's answer"), max_length=10, choices=Answer, blank=True, default=Answer.NONE
    )
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    remind_at = models.DateTimeField(_("reminder"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = InterviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("interview")
        verbose_name_plural = _("interviews")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["booked", "done"])
                | Q(starts_at__isnull=False, ends_at__isnull=False),
                name="recruiting_interview_has_time",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) | Q(starts_at=None),
                name="recruiting_interview_lasts",
            ),
        ]
        indexes = [
            models.Index(fields=["application", "starts_at"], name="recruiting_interview_of"),
            models.Index(fields=["state", "starts_at"], name="recruiting_interview_when"),
            models.Index(
                fields=["remind_at"],
                name="recruiting_interview_reminder",
                condition=Q(remind_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def zone(self) -> ZoneInfo:
        """The time zone it was arranged in."""
        return ZoneInfo(self.time_zone)

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def is_over(self) -> bool:
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed, cancelled or closed."""
        return self.state in (self.State.PROPOSED, self.State.BOOKED)


class InterviewParticipant(models.Model):
    """A colleague who takes part, and what their calendar answered."""

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="participants")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="interviews")
    answer = models.CharField(
        _("answer"), max_length=10, choices=Answer, blank=True, default=Answer.NONE
    )
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["interview", "membership"], name="recruiting_participant_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.membership.user)


class InterviewSlot(models.Model):
    """A time the candidate may choose."""

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField(_("starts"))

    class Meta:
        verbose_name = _("proposed time")
        verbose_name_plural = _("proposed times")
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["interview", "starts_at"], name="recruiting_slot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class CalendarFeed(models.Model):
    """A member's interviews as a calendar to subscribe to; another ``code`` ends the old address."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="calendar_feed")
    code = models.CharField(max_length=24, unique=True, default=make_code, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return str(self.membership)
