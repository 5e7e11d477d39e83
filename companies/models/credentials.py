"""API credentials: what a career site or multiposter proves itself with."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from companies.models.companies import Company

if TYPE_CHECKING:
    from companies.models.memberships import Membership


class ApiCredentialQuerySet(models.QuerySet["ApiCredential"]):
    def visible_to(self, member: "Membership") -> "ApiCredentialQuerySet":
        return self.filter(company_id=member.company_id)

    def live(self) -> "ApiCredentialQuerySet":
        """Those whose token is accepted now."""
        not_over = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(not_over, revoked_at=None)


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
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    replaces = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

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

    @property
    def is_live(self) -> bool:
        is_over = self.expires_at is not None and self.expires_at <= timezone.now()
        return self.revoked_at is None and not is_over


class ApiRequest(models.Model):
    """One of a credential's latest requests: what was asked of us, and what we answered.

    Or one that named the ``company`` and came with a token that is none of its live ones.
    """

    KEPT = 100  # of each credential, and of each company's without one

    credential = models.ForeignKey(
        ApiCredential, models.CASCADE, null=True, related_name="requests"
    )
    company = models.ForeignKey(
        Company, models.CASCADE, null=True, related_name="unauthorised_requests"
    )
    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)
    endpoint = models.CharField(_("endpoint"), max_length=60)
    status = models.PositiveSmallIntegerField(_("status"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("API request")
        verbose_name_plural = _("API requests")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(credential=None, company__isnull=False)
                | models.Q(credential__isnull=False, company=None),
                name="companies_request_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.status}"

    @property
    def explanation(self) -> str:
        """The reason in the reader's language; a name that stands behind a colon is in none."""
        words, colon, name = self.reason.partition(": ")
        whole = gettext(self.reason) if self.reason else ""
        return whole if whole != self.reason or not colon else gettext(words) + colon + name
