"""What an email service provider reported about a mail of ours, as it was posted."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ProviderEvent(models.Model):
    """One report. The row is there before anybody reads it; ``digest`` knows a report posted twice."""

    provider = models.CharField(_("provider"), max_length=30)
    kind = models.CharField(_("kind"), max_length=20)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    provider_id = models.CharField(_("provider's id"), max_length=255, blank=True)
    recipient = models.CharField(_("recipient"), max_length=254, blank=True)
    said = models.TextField(_("what the server said"), blank=True)
    raw = models.TextField(_("as posted"))
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("provider's report")
        verbose_name_plural = _("provider's reports")
        indexes = [
            models.Index(
                fields=["received_at"],
                name="mailsettings_report_todo",
                condition=Q(processed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.provider_id}"
