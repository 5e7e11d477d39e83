"""API credentials: what a career site or multiposter proves itself with."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models.companies import Company

if TYPE_CHECKING:
    from companies.models.memberships import Membership


class ApiCredentialQuerySet(models.QuerySet["ApiCredential"]):
    def visible_to(self, member: "Membership") -> "ApiCredentialQuerySet":
        return self.filter(company_id=member.company_id)

    def live(self) -> "ApiCredentialQuerySet":
        return self.filter(revoked_at=None)


class ApiCredential(models.Model):
    """A token that may create applications in one company. Only its SHA-256 is kept."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="api_credentials")
    name = models.CharField(_("name"), max_length=100)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    token_hint = models.CharField(_("ends with"), max_length=4, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = ApiCredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("API credential")
        verbose_name_plural = _("API credentials")
        indexes = [
            models.Index(
                fields=["company"],
                name="companies_credential_live",
                condition=models.Q(revoked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (…{self.token_hint})"
