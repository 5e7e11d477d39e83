"""Who works for which company in which role, and which operator may look at it."""

from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models.companies import Company, Subcompany

if TYPE_CHECKING:
    from companies.capabilities import Granted


class Role(models.TextChoices):
    """Sets of capabilities (``companies.capabilities``), not ranks."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    RECRUITER = "recruiter", _("Recruiter")
    HIRING_MANAGER = "hiring_manager", _("Hiring manager")
    VIEWER = "viewer", _("Viewer")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, member: "Membership") -> "MembershipQuerySet":
        return self.filter(company_id=member.company_id)

    def active(self) -> "MembershipQuerySet":
        return self.filter(is_active=True, user__is_active=True)


class Membership(models.Model):
    """A user's place in the one company they work for, optionally limited to one subcompany."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="membership")
    company = models.ForeignKey(Company, models.CASCADE, related_name="memberships")
    # PROTECT: without its subcompany a limited membership would open the whole company.
    subcompany = models.ForeignKey(
        Subcompany,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        help_text=_("Leave empty to see the positions of the whole company."),
    )
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.VIEWER)
    is_active = models.BooleanField(_("active"), default=True)
    signature = models.TextField(_("signature"), blank=True, max_length=2000)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    @cached_property
    def can(self) -> "Granted":
        """What this member may do; in templates ``member.can.move_applications``."""
        from companies.capabilities import Granted  # noqa: PLC0415 -- capabilities build on Role

        return Granted(self.role, is_limited=self.subcompany_id is not None)


class SupportAccess(models.Model):
    """A company lets one operator see its rows until a date; without it operators see none of them."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="support_accesses")
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="support_accesses"
    )
    reason = models.CharField(_("reason"), max_length=200)
    until = models.DateTimeField(_("until"))
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("support access")
        verbose_name_plural = _("support accesses")
        indexes = [
            models.Index(fields=["operator", "until"], name="companies_support_operator"),
        ]

    def __str__(self) -> str:
        return f"{self.operator} → {self.company}"
