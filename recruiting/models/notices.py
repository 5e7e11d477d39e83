"""What is written to a candidate who enters a stage, and the letters that are due."""

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from recruiting.models.applications import Application
from recruiting.models.messages import Message, MessageTemplate
from recruiting.models.pipelines import Stage
from recruiting.models.positions import Position


class StageNoticeQuerySet(models.QuerySet["StageNotice"]):
    def of(self, position: Any) -> "StageNoticeQuerySet":
        """Those that hold for a position, its own before those for all; an id, or a reference to one."""
        fitting = self.filter(Q(position=None) | Q(position=position))
        return fitting.order_by(F("position").asc(nulls_last=True))

    def nearest(self, stage: Any, position: Any) -> "StageNoticeQuerySet":
        """The same for a stage: the first is the rule that counts."""
        return self.filter(stage=stage).of(position)

    def brief(self, stage: Any, position: Any) -> Subquery:
        """``mode`` and the name of the ``template`` of the nearest rule, as a part of another query."""
        said = JSONObject(mode="mode", template="template__name")
        return Subquery(self.nearest(stage, position).values(said=said)[:1])


class StageNotice(models.Model):
    """The rule of a stage, for all positions or for one; that of a pipeline's first stage is the acknowledgement."""

    class Mode(models.TextChoices):
        OFF = "off", _("Nothing")
        ASK = "ask", _("Prepare a draft")
        AUTO = "auto", _("Send it")

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="notices")
    position = models.ForeignKey(
        Position, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    mode = models.CharField(_("what happens"), max_length=4, choices=Mode, default=Mode.OFF)
    template = models.ForeignKey(
        MessageTemplate, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    delay_minutes = models.PositiveIntegerField(
        _("minutes later"), default=5, validators=[MaxValueValidator(7 * 24 * 60)]
    )

    objects = StageNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage notification")
        verbose_name_plural = _("stage notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["stage"], condition=Q(position=None), name="recruiting_notice_once"
            ),
            models.UniqueConstraint(
                fields=["stage", "position"], name="recruiting_notice_of_position"
            ),
        ]

    def __str__(self) -> str:
        return str(self.stage)


class DueNotice(models.Model):
    """A letter that leaves at ``due_at`` if its application is still in the stage then."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waits")
        WRITTEN = "written", _("Queued")
        DROPPED = "dropped", _("Not sent")

    application = models.ForeignKey(Application, models.CASCADE, related_name="due_notices")
    notice = models.ForeignKey(StageNotice, models.CASCADE, related_name="+")
    by = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("due notification")
        verbose_name_plural = _("due notifications")
        indexes = [
            models.Index(
                fields=["due_at"], name="recruiting_notice_due", condition=Q(state="pending")
            ),
        ]

    def __str__(self) -> str:
        return str(self.application)
