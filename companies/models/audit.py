"""The audit trail: ids only; personal values stand in an erasable table beside it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models.companies import Company

if TYPE_CHECKING:
    from companies.models.memberships import Membership


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, member: "Membership") -> "AuditEntryQuerySet":
        return self.filter(company_id=member.company_id)


class AuditEntry(models.Model):
    """Who did what to which row, when. Never changed, never deleted while the company exists."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="audit_entries")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    verb = models.CharField(_("verb"), max_length=60)
    target_type = models.CharField(_("what"), max_length=60)
    target_id = models.BigIntegerField(_("id"))
    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["company", "-at"], name="companies_audit_newest"),
            models.Index(
                fields=["company", "target_type", "target_id"], name="companies_audit_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_type} {self.target_id}"


class AuditDetail(models.Model):
    """Values before and after, without secrets; erased with the person they tell about."""

    entry = models.OneToOneField(AuditEntry, models.CASCADE, related_name="detail")
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audit detail")
        verbose_name_plural = _("audit details")

    def __str__(self) -> str:
        return f"detail of {self.entry_id}"
