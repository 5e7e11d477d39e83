"""What somebody is writing and has not sent: kept as it is typed, one for each writer and conversation."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recruiting.models.applications import Application
from recruiting.models.messages import MessageTemplate

# A draft that was touched so recently shows colleagues that somebody is answering.
ANSWERING_FOR = timedelta(minutes=3)


class MessageDraft(models.Model):
    """An unsent message. Its fields are what the composer holds, valid or not."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    to = models.CharField(_("to"), max_length=1000, blank=True)
    cc = models.CharField(_("cc"), max_length=1000, blank=True)
    bcc = models.CharField(_("bcc"), max_length=1000, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    template = models.ForeignKey(
        MessageTemplate, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    with_template_files = models.BooleanField(default=True)
    # codes of files of earlier mails that go along again, with blanks between
    again = models.TextField(blank=True)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(fields=["application", "author"], name="recruiting_draft_once"),
        ]

    def __str__(self) -> str:
        return self.subject or str(_("(no subject)"))
