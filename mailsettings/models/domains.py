"""Domains that a company writes from: what DNS says about them, and whether we may speak for them."""

import secrets
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company

if TYPE_CHECKING:
    from companies.models import Membership


def new_token() -> str:
    return secrets.token_hex(16)


class SenderDomainQuerySet(models.QuerySet["SenderDomain"]):
    def visible_to(self, member: "Membership") -> "SenderDomainQuerySet":
        return self.filter(company_id=member.company_id)


class SenderDomain(models.Model):
    """``findings`` is a list of ``{"topic", "tone", "code", "values", "record"}``, as last checked.

    ``verified_at`` is set while the records that only the domain's owner can publish are found: then
    mail from its addresses may leave through the platform's provider.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="sender_domains")
    name = models.CharField(_("domain"), max_length=253)
    token = models.CharField(max_length=32, default=new_token, editable=False)
    findings = models.JSONField(_("findings"), default=list)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    next_check_at = models.DateTimeField(_("checked again"), default=timezone.now)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)

    objects = SenderDomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("sender domain")
        verbose_name_plural = _("sender domains")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="mailsettings_domain_once"),
        ]
        indexes = [models.Index(fields=["next_check_at"], name="mailsettings_domain_due")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_waiting(self) -> bool:
        """Whether a check was asked for that no worker has done yet."""
        return self.next_check_at <= timezone.now()
