"""Openings, their texts per language and the people who hire for them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership, Role, Subcompany
from recruiting import choices
from recruiting.models.pipelines import Pipeline
from recruiting.models.revisions import RevisedQuerySet, RevisionField

FIRST_PUBLIC_NUMBER = 100_000  # feed readers want at least six digits


class PositionQuerySet(RevisedQuerySet["Position"]):
    def visible_to(self, member: Membership) -> "PositionQuerySet":
        """The company's positions; hiring managers see their own, some members one subcompany's."""
        mine = self.filter(company_id=member.company_id)
        if member.subcompany_id:
            mine = mine.filter(subcompany_id=member.subcompany_id)
        if member.role == Role.HIRING_MANAGER:
            mine = mine.filter(team__membership_id=member.pk)
        return mine

    def published(self) -> "PositionQuerySet":
        return self.filter(state=Position.State.PUBLISHED)

    def advertised(self) -> "PositionQuerySet":
        """Published openings; what takes unsolicited applications is none."""
        return self.published().filter(is_general=False)

    def with_counts(self) -> "PositionQuerySet":
        """Add ``open_count`` and ``new_count`` of applications, and ``text_count``, its languages."""
        from recruiting.models.applications import Application  # noqa: PLC0415 -- they know positions

        here = Application.objects.filter(position=OuterRef("pk"))
        texts = PositionText.objects.filter(position=OuterRef("pk"))
        return self.annotate(
            open_count=_count(here.undecided()),
            new_count=_count(here.filter(stage__kind=choices.StageKind.UNASSIGNED)),
            text_count=_count(texts),
        )


def _count(rows: models.QuerySet[Any]) -> Coalesce:
    """How many rows there are to the row around: no join, so that none multiplies another."""
    counted = rows.order_by().values("position").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


class Position(models.Model):
    """An opening. ``number`` is its public id, unique over all companies, six digits or more.

    ``filled_at`` says that it is paused because its last opening was taken, and when.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        PAUSED = "paused", _("Paused")
        ARCHIVED = "archived", _("Archived")

    company = models.ForeignKey(Company, models.CASCADE, related_name="positions")
    subcompany = models.ForeignKey(
        Subcompany, models.PROTECT, null=True, blank=True, related_name="positions"
    )
    number = models.PositiveIntegerField(_("number"), unique=True)
    name = models.CharField(_("internal title"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="positions")
    scorecard = models.ForeignKey(
        "recruiting.Scorecard", models.SET_NULL, null=True, blank=True, related_name="positions"
    )
    openings = models.PositiveSmallIntegerField(_("openings"), default=1)
    is_general = models.BooleanField(
        _("takes unsolicited applications"), default=False, editable=False
    )

    office = models.CharField(_("office"), max_length=200, blank=True)
    additional_offices = models.JSONField(_("additional offices"), default=list, blank=True)
    department = models.CharField(_("department"), max_length=200, blank=True)
    recruiting_category = models.CharField(_("category"), max_length=200, blank=True)
    employment_type = models.CharField(
        _("employment type"),
        max_length=20,
        choices=choices.EmploymentType,
        default=choices.EmploymentType.PERMANENT,
    )
    seniority = models.CharField(
        _("seniority"),
        max_length=20,
        choices=choices.Seniority,
        default=choices.Seniority.EXPERIENCED,
    )
    schedule = models.CharField(
        _("schedule"), max_length=20, choices=choices.Schedule, default=choices.Schedule.FULL_TIME
    )
    years_of_experience = models.CharField(
        _("years of experience"), max_length=10, choices=choices.YearsOfExperience, blank=True
    )
    keywords = models.CharField(
        _("subtitle keywords"),
        max_length=500,
        blank=True,
        help_text=_("Comma separated; they reach the feed untouched."),
    )
    occupation = models.CharField(_("occupation"), max_length=100, blank=True)
    occupation_category = models.CharField(
        _("occupation category"),
        max_length=60,
        choices=choices.OccupationCategory,
        default=choices.OccupationCategory.OTHER,
    )
    salary_min = models.DecimalField(
        _("salary from"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    salary_max = models.DecimalField(
        _("salary to"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    salary_currency = models.CharField(_("currency"), max_length=3, default="EUR")
    salary_period = models.CharField(
        _("salary period"),
        max_length=10,
        choices=choices.SalaryPeriod,
        default=choices.SalaryPeriod.YEARLY,
    )
    accepts_mail = models.BooleanField(
        _("take applications by mail at once"),
        default=False,
        help_text=_(
            "A mail to the position's own address, or with its number in the subject, becomes an"
            " application without a click, unless the checks of its sender failed."
        ),
    )
    form_fields = models.JSONField(_("form fields"), default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    filled_at = models.DateTimeField(_("filled"), null=True, blank=True, editable=False)
    revision = RevisionField()

    objects = PositionQuerySet.as_manager()

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__gte=FIRST_PUBLIC_NUMBER), name="recruiting_position_six_digits"
            ),
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(is_general=True, subcompany=None),
                name="recruiting_position_one_general",
            ),
            models.UniqueConstraint(
                fields=["subcompany"],
                condition=Q(is_general=True, subcompany__isnull=False),
                name="recruiting_position_one_general_each",
            ),
        ]
        indexes = [models.Index(fields=["company", "state"], name="recruiting_position_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def recruiting_address(self) -> str:
        """A mail to it is an application for this position."""
        place, _at, domain = self.company.recruiting_address.partition("@")
        return f"{place}+{self.number}@{domain}"

    def asks(self, field: str) -> str:
        """How the application form asks for a field: ``off``, ``optional`` or ``required``."""
        return str(self.form_fields.get(field, choices.FieldUse.OPTIONAL))

    @property
    def employer(self) -> Company | Subcompany:
        """The legal entity that hires: the subcompany, else the main company."""
        return self.subcompany or self.company


class PositionText(models.Model):
    """The public title of a position in one language."""

    position = models.ForeignKey(Position, models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=200)
    revision = RevisionField()

    objects = RevisedQuerySet.as_manager()

    class Meta:
        verbose_name = _("position text")
        verbose_name_plural = _("position texts")
        constraints = [
            models.UniqueConstraint(
                fields=["position", "language"], name="recruiting_position_text_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PositionSection(models.Model):
    """One headed block of a position's description, as HTML that was sanitised when it was stored."""

    text = models.ForeignKey(PositionText, models.CASCADE, related_name="sections")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    heading = models.CharField(_("heading"), max_length=200)
    body = models.TextField(_("text"))
    revision = RevisionField()

    objects = RevisedQuerySet.as_manager()

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.heading


class TeamMember(models.Model):
    """A member who hires for a position; what makes it a hiring manager's own."""

    position = models.ForeignKey(Position, models.CASCADE, related_name="team")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="positions")

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [
            models.UniqueConstraint(
                fields=["position", "membership"], name="recruiting_team_unique"
            ),
        ]

    def __str__(self) -> str:
        return str(self.membership)
