"""What is known to work: a connection or redirect that was proven, checked again each day."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from mailsettings.models.mailboxes import Mailbox
from mailsettings.models.probes import ProbeRun

if TYPE_CHECKING:
    from companies.models import Membership


class ProofQuerySet(models.QuerySet["Proof"]):
    def visible_to(self, member: "Membership") -> "ProofQuerySet":
        """Those the member may repair: of their own mailbox, and of the shared ones by their role.

        A member of one subcompany sees that one's; a colleague's personal mailbox nobody.
        """
        theirs = models.Q(mailbox__user=member.user_id)
        if member.can.edit_mail_settings:
            shared = models.Q(mailbox__user=None)
            if member.subcompany_id:
                shared &= models.Q(mailbox__subcompany_id=member.subcompany_id)
            theirs |= shared
        return self.filter(theirs, company_id=member.company_id)

    def failing(self) -> "ProofQuerySet":
        return self.exclude(failing_since=None)


class Proof(models.Model):
    """``target`` (host:port or address) passed a test; without a row it was not tested as it stands now.

    ``failing_since`` is set when a daily check fails and emptied by the next test that passes.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="proofs")
    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="proofs")
    kind = models.CharField(_("kind"), max_length=12, choices=ProbeRun.Kind)
    target = models.CharField(_("what was tested"), max_length=254)
    proven_at = models.DateTimeField(_("last worked"))
    failing_since = models.DateTimeField(_("fails since"), null=True, blank=True)
    next_check_at = models.DateTimeField(_("checked again"), default=timezone.now)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("proof")
        verbose_name_plural = _("proofs")
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "kind"], name="mailsettings_proof_once"),
        ]
        indexes = [models.Index(fields=["next_check_at"], name="mailsettings_proof_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.target}"
