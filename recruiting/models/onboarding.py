"""How far a company has got with setting up, and the sample data it may try things out on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership
from recruiting.models.positions import Position


class OnboardingQuerySet(models.QuerySet["Onboarding"]):
    def visible_to(self, member: Membership) -> "OnboardingQuerySet":
        return self.filter(company_id=member.company_id)


class Onboarding(models.Model):
    """What cannot be read from facts: that the checklist was put away, and which position is a sample."""

    company = models.OneToOneField(Company, models.CASCADE, related_name="onboarding")
    dismissed_at = models.DateTimeField(_("put away"), null=True, blank=True)
    sample = models.OneToOneField(
        Position, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = OnboardingQuerySet.as_manager()

    class Meta:
        verbose_name = _("onboarding")
        verbose_name_plural = _("onboarding")

    def __str__(self) -> str:
        return str(self.company)
