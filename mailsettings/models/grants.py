"""Permissions that a provider gave us by OAuth 2.0."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailsettings.encryption import SealedField
from mailsettings.models.mailboxes import Mailbox


class OAuthGrant(models.Model):
    """A mailbox with one logs in by XOAUTH2 instead of a password.

    ``revoked_at`` says that the provider withdrew it: mail waits until a person connects again. With a
    ``tenant`` we log in as an application that its administrator let in, and nobody's own permission is used.
    ``api_token`` is for the provider's API, where that wants another than its mail servers.
    """

    class Provider(models.TextChoices):
        GOOGLE = "google", "Google"
        MICROSOFT = "microsoft", "Microsoft"

    mailbox = models.OneToOneField(Mailbox, models.CASCADE, related_name="grant")
    provider = models.CharField(_("provider"), max_length=12, choices=Provider)
    tenant = models.CharField(_("tenant"), max_length=253, blank=True, default="", editable=False)
    access_token = SealedField(blank=True, default="", editable=False)
    refresh_token = SealedField(blank=True, default="", editable=False)
    expires_at = models.DateTimeField(_("expires"), default=timezone.now, editable=False)
    reaches_api = models.BooleanField(_("for the API too"), default=False, editable=False)
    api_token = SealedField(blank=True, default="", editable=False)
    api_expires_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("OAuth permission")
        verbose_name_plural = _("OAuth permissions")

    def __str__(self) -> str:
        return f"{self.get_provider_display()} {self.mailbox}"
