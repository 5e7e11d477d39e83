"""One letter to many people: what was written, and how far it got with each of them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership
from recruiting.models.applications import Application
from recruiting.models.messages import Message, MessageTemplate


class MailingQuerySet(models.QuerySet["Mailing"]):
    def visible_to(self, member: Membership) -> "MailingQuerySet":
        """A member's own; those of the whole company for who may see everything."""
        mine = self.filter(company_id=member.company_id)
        return mine if member.can.manage_members else mine.filter(author=member)


class Mailing(models.Model):
    """A letter with placeholders. Its rows are written and queued one by one after the request."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="mailings")
    author = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"))
    template = models.ForeignKey(
        MessageTemplate, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.subject


class MailingRecipient(models.Model):
    """One person of a mailing; ``message`` is there once it was queued."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waits")
        QUEUED = "queued", _("Queued")
        REFUSED = "refused", _("Not sent")
        STOPPED = "stopped", _("Stopped")

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="recipients")
    application = models.ForeignKey(Application, models.CASCADE, related_name="+")
    message = models.OneToOneField(
        Message, models.SET_NULL, null=True, blank=True, related_name="mailing_recipient"
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("recipient of a mailing")
        verbose_name_plural = _("recipients of mailings")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "application"], name="recruiting_mailing_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="recruiting_mailing_waits", condition=models.Q(state="pending")
            ),
        ]

    def __str__(self) -> str:
        return str(self.application)
