"""An incoming mail as it concerns one company. Erasing it there leaves every other company whole."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, StoredFile, Subcompany
from mailsettings.models.incoming import IncomingMail
from mailsettings.models.mailboxes import Mailbox

if TYPE_CHECKING:
    from companies.models import Membership


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, member: "Membership") -> "DeliveryQuerySet":
        return self.filter(company_id=member.company_id)


class Delivery(models.Model):
    """One company's copy of an incoming mail and why it came here.

    ``dedupe_key`` is built from Message-ID *and* body digest, so the same mail through two doors is one.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        FILED = "filed", _("Filed")
        UNMATCHED = "unmatched", _("Unmatched")
        IGNORED = "ignored", _("Ignored")
        QUARANTINED = "quarantined", _("Quarantined")

    incoming = models.ForeignKey(
        IncomingMail, models.SET_NULL, null=True, blank=True, related_name="deliveries"
    )
    company = models.ForeignKey(Company, models.CASCADE, related_name="deliveries")
    subcompany = models.ForeignKey(
        Subcompany, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    mailbox = models.ForeignKey(Mailbox, models.SET_NULL, null=True, blank=True, related_name="+")
    raw = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    dedupe_key = models.CharField(max_length=64)
    message_id = models.CharField("Message-ID", max_length=998, blank=True)
    address = models.CharField(_("written to"), max_length=254, blank=True)
    found_in = models.CharField(_("found in"), max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.RECEIVED)
    reason = models.TextField(_("reason"), blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "dedupe_key"], name="mailsettings_delivery_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                name="mailsettings_delivery_todo",
                condition=Q(state="received"),
            ),
            models.Index(fields=["company", "-received_at"], name="mailsettings_delivery_newest"),
        ]

    def __str__(self) -> str:
        return self.message_id or self.dedupe_key[:12]
