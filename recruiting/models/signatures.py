"""What stands under every mail about a position, whoever writes it: the team's signature."""

from typing import Any

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership, Subcompany
from recruiting.models.positions import Position


class TeamSignatureQuerySet(models.QuerySet["TeamSignature"]):
    def visible_to(self, member: Membership) -> "TeamSignatureQuerySet":
        """The company's; members of one subcompany have those of it and of its positions."""
        mine = self.filter(company_id=member.company_id)
        if not member.subcompany_id:
            return mine
        theirs = Q(subcompany=member.subcompany_id)
        return mine.filter(theirs | Q(position__subcompany=member.subcompany_id))

    def nearest(self, position: Any, subcompany: Any, company: Any) -> "TeamSignatureQuerySet":
        """The position's, else its subcompany's, else the company's first; ids, or references to them."""
        everybodys = Q(position=None, subcompany=None)
        fitting = Q(position=position) | Q(position=None, subcompany=subcompany) | everybodys
        distance = Case(
            When(position__isnull=False, then=Value(0)),
            When(subcompany__isnull=False, then=Value(1)),
            default=Value(2),
        )
        return self.filter(fitting, company=company).order_by(distance)


class TeamSignature(models.Model):
    """Of a position, of a subcompany, or with neither of the whole company."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="team_signatures")
    subcompany = models.ForeignKey(
        Subcompany, models.CASCADE, null=True, blank=True, related_name="+"
    )
    position = models.ForeignKey(Position, models.CASCADE, null=True, blank=True, related_name="+")
    text = models.TextField(_("signature"), max_length=2000, blank=True)
    with_logo = models.BooleanField(_("with the company's logo"), default=False)

    objects = TeamSignatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("team signature")
        verbose_name_plural = _("team signatures")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company"],
                condition=Q(subcompany=None, position=None),
                name="recruiting_signature_once",
            ),
            models.UniqueConstraint(
                fields=["subcompany"],
                condition=Q(position=None),
                name="recruiting_signature_once_there",
            ),
            models.UniqueConstraint(fields=["position"], name="recruiting_signature_of_position"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
