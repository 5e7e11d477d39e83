"""What is written to a candidate who enters a stage, and the letters that are due."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from recruiting.models.applications import Application
from recruiting.models.messages import Message, MessageTemplate
from recruiting.models.pipelines import Stage


class StageNotice(models.Model):
    """The rule of a stage; that of a pipeline's first stage is the acknowledgement."""

    class Mode(models.TextChoices):
        OFF = "off", _("Nothing")
        ASK = "ask", _("Prepare a draft")
        AUTO = "auto", _("Send it")

    stage = models.OneToOneField(Stage, models.CASCADE, related_name="notice")
    mode = models.CharField(_("what happens"), max_length=4, choices=Mode, default=Mode.OFF)
    template = models.ForeignKey(
        MessageTemplate, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    delay_minutes = models.PositiveIntegerField(
        _("minutes later"), default=5, validators=[MaxValueValidator(7 * 24 * 60)]
    )

    class Meta:
        verbose_name = _("stage notification")
        verbose_name_plural = _("stage notifications")

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
