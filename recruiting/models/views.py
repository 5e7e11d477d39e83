"""Filters that people keep under a name."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership
from recruiting.models.positions import Position


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, member: Membership) -> "SavedViewQuerySet":
        """One's own, and those that colleagues share, of positions the member sees."""
        return self.filter(
            Q(owner_id=member.pk) | Q(is_shared=True),
            company_id=member.company_id,
            position__in=Position.objects.visible_to(member).values("pk"),
        )


class SavedView(models.Model):
    """A filter over the applications of a position: the query string of its page."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="saved_views")
    position = models.ForeignKey(Position, models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(Membership, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filter"), max_length=1000)
    is_table = models.BooleanField(_("table"), default=False)
    is_shared = models.BooleanField(_("shared with colleagues"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["position", "owner", "name"], name="recruiting_view_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name
