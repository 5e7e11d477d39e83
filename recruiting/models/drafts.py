"""What somebody is writing and has not sent: kept as it is typed, one for each writer and conversation."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Membership, StoredFile
from recruiting.models.applications import Application
from recruiting.models.candidates import make_code
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
    quote = models.BooleanField(default=False)
    sent_from = models.CharField(max_length=10, blank=True)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(fields=["application", "author"], name="recruiting_draft_once"),
        ]

    def __str__(self) -> str:
        return self.subject or str(_("(no subject)"))


class DraftFileQuerySet(models.QuerySet["DraftFile"]):
    def written_by(self, member: Membership) -> "DraftFileQuerySet":
        """Files of the member's own drafts about applications the member still sees."""
        seen = Application.objects.visible_to(member).values("pk")
        return self.filter(draft__author=member.user_id, draft__application__in=seen)


class DraftFile(models.Model):
    """A file that was uploaded for a message which is still being written; nobody else sees it."""

    draft = models.ForeignKey(MessageDraft, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    code = models.CharField(max_length=24, unique=True, default=make_code, editable=False)
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=127)

    objects = DraftFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a draft")
        verbose_name_plural = _("files of drafts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "file", "name"], name="recruiting_draft_file_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
