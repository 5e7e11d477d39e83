"""What evaluations ask for: scorecards of a company, and colleagues who are asked to fill one in."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership
from recruiting.models.applications import Application


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    def visible_to(self, member: Membership) -> "ScorecardQuerySet":
        return self.filter(company_id=member.company_id)


class Scorecard(models.Model):
    """A template of criteria that positions of a company share."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="scorecards")
    name = models.CharField(_("name"), max_length=100)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="recruiting_scorecard_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Criterion(models.Model):
    """One line: a mark from 1 to 5 with its weight, or a question answered in words."""

    class Kind(models.TextChoices):
        SCALE = "scale", _("1 to 5")
        TEXT = "text", _("Text")

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="criteria")
    section = models.CharField(_("section"), max_length=100, blank=True)
    name = models.CharField(_("criterion"), max_length=200)
    kind = models.CharField(_("answer"), max_length=5, choices=Kind, default=Kind.SCALE)
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.name


class EvaluationRequestQuerySet(models.QuerySet["EvaluationRequest"]):
    def open_for(self, member: Membership) -> "EvaluationRequestQuerySet":
        """What the member was asked for and has not given yet, the most urgent first."""
        # looked up for each of the few requests, and not for all the company's applications
        seen = Application.objects.visible_to(member).undecided().filter(pk=OuterRef("application"))
        given = seen.filter(reviews__membership=member, reviews__stars__isnull=False)
        asked = self.filter(Exists(seen), ~Exists(given), membership=member)
        return asked.order_by("due_on", "pk")


class EvaluationRequest(models.Model):
    """Somebody asked a colleague for an evaluation; it is done when there is one."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="evaluation_requests")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="evaluation_requests")
    asked_by = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    due_on = models.DateField(_("until"))
    at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)

    objects = EvaluationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation request")
        verbose_name_plural = _("evaluation requests")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "membership"], name="recruiting_evaluation_asked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} → {self.application}"

    @property
    def is_late(self) -> bool:
        return self.due_on < timezone.localdate()
