"""The ordered steps an application goes through."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from recruiting.choices import CLOSED_STAGES, StageKind

if TYPE_CHECKING:
    from companies.models import Membership


class PipelineQuerySet(models.QuerySet["Pipeline"]):
    def visible_to(self, member: "Membership") -> "PipelineQuerySet":
        return self.filter(company_id=member.company_id)


class Pipeline(models.Model):
    """A template of stages that positions of a company share."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="pipelines")
    name = models.CharField(_("name"), max_length=100)

    objects = PipelineQuerySet.as_manager()

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="recruiting_pipeline_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class StageQuerySet(models.QuerySet["Stage"]):
    def visible_to(self, member: "Membership") -> "StageQuerySet":
        return self.filter(pipeline__company_id=member.company_id)


class InUse(models.Manager["Stage"]):
    """The stages that applications may be in."""

    def get_queryset(self) -> StageQuerySet:
        return StageQuerySet(self.model, using=self._db).filter(retired_at=None)

    def visible_to(self, member: "Membership") -> StageQuerySet:
        return self.get_queryset().visible_to(member)


class Stage(models.Model):
    """One step. ``max_days`` is how long an application should stay in it.

    A stage that was removed but stands in the history of applications is retired: nothing lists it.
    """

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages")
    kind = models.CharField(_("kind"), max_length=12, choices=StageKind, default=StageKind.CUSTOM)
    name = models.CharField(_("name"), max_length=100)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    max_days = models.PositiveSmallIntegerField(_("max. days"), null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = InUse()
    everything = StageQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "name"],
                name="recruiting_stage_name",
                condition=models.Q(retired_at=None),
            ),
            models.UniqueConstraint(
                fields=["pipeline", "kind"],
                name="recruiting_stage_system",
                condition=~models.Q(kind=StageKind.CUSTOM),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closed(self) -> bool:
        """Whether an application here is decided: accepted, rejected or withdrawn."""
        return self.kind in CLOSED_STAGES


class RejectionReason(models.Model):
    """Why an application ended; one list for rejections, one for withdrawals."""

    class Kind(models.TextChoices):
        REJECTION = "rejection", _("Rejection")
        WITHDRAWAL = "withdrawal", _("Withdrawal")

    company = models.ForeignKey(Company, models.CASCADE, related_name="rejection_reasons")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.REJECTION)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("rejection reason")
        verbose_name_plural = _("rejection reasons")
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "name"], name="recruiting_reason_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name
