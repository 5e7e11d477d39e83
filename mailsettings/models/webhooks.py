"""Addresses of a company that are told what happens, and what each was told: an outbox beside the mail's."""

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from mailsettings.encryption import SealedField

if TYPE_CHECKING:
    from companies.models import Membership


class Event(models.TextChoices):
    APPLICATION_RECEIVED = "application.received", _("An application was received")
    STAGE_CHANGED = "application.stage_changed", _("An application changed its stage")
    MESSAGE_RECEIVED = "message.received", _("A candidate's message was received")
    MESSAGE_BOUNCED = "message.bounced", _("A message came back")


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def visible_to(self, member: "Membership") -> "WebhookEndpointQuerySet":
        return self.filter(company_id=member.company_id)


class WebhookEndpoint(models.Model):
    """One address with the events it wants. ``retry_at``: it gave no answer and is left alone until then."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(_("address"), max_length=500)
    events = models.JSONField(_("events"), default=list)
    secret = SealedField(_("secret"), editable=False)
    retry_at = models.DateTimeField(_("tried again at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.url

    @property
    def event_names(self) -> list[str]:
        """What it is told, in words."""
        return [str(event.label) for event in Event if event in self.events]


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def visible_to(self, member: "Membership") -> "WebhookDeliveryQuerySet":
        return self.filter(endpoint__company_id=member.company_id)

    def due(self) -> "WebhookDeliveryQuerySet":
        now = timezone.now()
        return self.filter(state=WebhookDelivery.State.QUEUED, next_attempt_at__lte=now).filter(
            Q(endpoint__retry_at=None) | Q(endpoint__retry_at__lte=now)
        )


class WebhookDelivery(models.Model):
    """One event for one address; ``uid`` is the same in every attempt, so that a receiver knows a repeat."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("Being delivered")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField(_("event"), max_length=40)
    data = models.JSONField(_("content"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveIntegerField(_("HTTP status"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="mailsettings_hook_due",
                condition=Q(state="queued"),
            ),
            models.Index(fields=["endpoint", "-created_at"], name="mailsettings_hook_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.uid}"

    @property
    def event_name(self) -> str:
        """The event in words; a test has none among the choices."""
        return str(dict(Event.choices).get(self.event, _("Test")))
