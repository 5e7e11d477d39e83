"""Rules for mail nobody needs to sort: all from an address or a domain is put away when it comes."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership, Subcompany
from recruiting.choices import ArchivedAs


class MailRuleQuerySet(models.QuerySet["MailRule"]):
    def visible_to(self, member: Membership) -> "MailRuleQuerySet":
        """The company's rules; members of one subcompany have those of its mail."""
        mine = self.filter(company_id=member.company_id)
        return mine.filter(subcompany=member.subcompany_id) if member.subcompany_id else mine


class MailRule(models.Model):
    """``pattern`` is an address, or ``@`` and a domain. It touches no mail that belongs to a conversation."""

    class Treat(models.TextChoices):
        NOT_CANDIDATE = ArchivedAs.NOT_CANDIDATE.value, _("Not a candidate")
        SPAM = ArchivedAs.SPAM.value, _("Spam")
        MACHINE = ArchivedAs.MACHINE.value, _("Machine mail")

    company = models.ForeignKey(Company, models.CASCADE, related_name="mail_rules")
    subcompany = models.ForeignKey(
        Subcompany, models.CASCADE, null=True, blank=True, related_name="+"
    )
    pattern = models.CharField(_("mail from"), max_length=255)
    treat = models.CharField(_("is"), max_length=15, choices=Treat)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    hits = models.PositiveIntegerField(_("put away"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = MailRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail rule")
        verbose_name_plural = _("mail rules")
        ordering = ["pattern"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "pattern"],
                condition=Q(subcompany=None),
                name="recruiting_rule_once",
            ),
            models.UniqueConstraint(
                fields=["company", "subcompany", "pattern"],
                condition=Q(subcompany__isnull=False),
                name="recruiting_rule_once_there",
            ),
        ]

    def __str__(self) -> str:
        return self.pattern
