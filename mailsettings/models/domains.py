"""Domains that a company writes from: what DNS says about them, and whether we may speak for them."""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from mailsettings.models.outgoing import OutgoingMail

if TYPE_CHECKING:
    from companies.models import Membership


CHECKED_EACH = timedelta(hours=24)
LONGEST_CHECK = timedelta(minutes=2)  # after which nobody is at it any more


def new_token() -> str:
    return secrets.token_hex(16)


class SenderDomainQuerySet(models.QuerySet["SenderDomain"]):
    def visible_to(self, member: "Membership") -> "SenderDomainQuerySet":
        return self.filter(company_id=member.company_id)


class SenderDomain(models.Model):
    """``findings`` is a list of ``{"topic", "tone", "code", "values", "records"}``, as last checked.

    ``verified_at`` is set while the records that only the domain's owner can publish are found: then
    mail from its addresses may leave through the platform's provider. While it is, a mail to our own
    receiver proves that each day (``DomainProof``); ``failing_since`` is set when one fails, and without
    ``verified_at`` it is when the records vanished that had been found before.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="sender_domains")
    name = models.CharField(_("domain"), max_length=253)
    token = models.CharField(max_length=32, default=new_token, editable=False)
    findings = models.JSONField(_("findings"), default=list)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    next_check_at = models.DateTimeField(_("checked again"), default=timezone.now)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    next_proof_at = models.DateTimeField(_("proven again"), default=timezone.now)
    failing_since = models.DateTimeField(_("fails since"), null=True, blank=True)

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
        """Whether a check was asked for that no worker has done yet, or one is at it."""
        now, begun = timezone.now(), self.next_check_at - CHECKED_EACH
        is_new = self.checked_at is None or self.checked_at < begun
        return self.next_check_at <= now or (is_new and begun > now - LONGEST_CHECK)


class DomainProof(models.Model):
    """One mail from a verified domain to our own receiver. ``results`` is what that said, by method.

    It is ``unclear`` when the mail arrived and the receiver said too little to judge it.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")
        UNCLEAR = "unclear", _("Unclear")

    domain = models.ForeignKey(SenderDomain, models.CASCADE, related_name="proofs")
    outgoing = models.ForeignKey(
        OutgoingMail, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sender = models.CharField(_("sender"), max_length=254)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RUNNING)
    code = models.CharField(_("code"), max_length=20, blank=True)
    results = models.JSONField(_("what the receiver said"), default=dict)
    started_at = models.DateTimeField(_("sent"), default=timezone.now)
    arrived_at = models.DateTimeField(_("arrived"), null=True, blank=True)
    is_settled = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("proof of a domain")
        verbose_name_plural = _("proofs of domains")
        indexes = [
            models.Index(fields=["domain", "-started_at"], name="mailsettings_domainproof_new"),
            models.Index(
                fields=["started_at"],
                name="mailsettings_domainproof_open",
                condition=models.Q(is_settled=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain} {self.started_at:%Y-%m-%d}"

    @property
    def is_awaited(self) -> bool:
        """Whether it may still arrive while somebody watches."""
        late = timezone.now() - timedelta(minutes=10)
        return self.state == self.State.RUNNING and self.started_at > late
