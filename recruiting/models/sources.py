"""Where applications come from."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.models import Company

if TYPE_CHECKING:
    from companies.models import Membership


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, member: "Membership") -> "SourceQuerySet":
        return self.filter(company_id=member.company_id)


class Source(models.Model):
    """A job board, a career site, a referral. Its id is what tracking links carry."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="sources")
    name = models.CharField(_("name"), max_length=100)
    cost = models.DecimalField(_("cost"), max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    note = models.TextField(_("note"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    acknowledge = models.BooleanField(
        _("acknowledge applications"),
        default=False,
        help_text=_(
            "Of those who come through the interface with this channel. Off where a job board writes to"
            " applicants itself."
        ),
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="recruiting_source_unique"),
        ]

    def __str__(self) -> str:
        return self.name
