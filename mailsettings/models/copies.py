"""Copies of sent mails in the Sent folder of the account they left from."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailsettings.models.outgoing import OutgoingMail


class SentCopy(models.Model):
    """What became of one mail's copy. Never says anything about the mail itself."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        FILED = "filed", _("Filed")
        PRESENT = "present", _("Was there already")
        SKIPPED = "skipped", _("Not needed")
        FAILED = "failed", _("Failed")

    mail = models.OneToOneField(OutgoingMail, models.CASCADE, related_name="sent_copy")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    folder = models.CharField(_("folder"), max_length=200, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("sent copy")
        verbose_name_plural = _("sent copies")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="mailsettings_copy_due",
                condition=models.Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mail} {self.get_state_display()}"
