"""Runs of "Test connection" and "Send test mail" with the outcome of each step."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from mailsettings.encryption import SealedField
from mailsettings.models.mailboxes import Mailbox, SendsBy
from mailsettings.models.outgoing import OutgoingMail

if TYPE_CHECKING:
    from companies.models import Membership


# What a test of a connection is about: without the passwords, which stay sealed.
TESTED = (
    *("address", "use_for_sending", "sends_by"),
    *("smtp_host", "smtp_port", "smtp_encryption", "smtp_account"),
    *("imap_host", "imap_port", "imap_encryption", "imap_account", "imap_folder"),
)


class ProbeRunQuerySet(models.QuerySet["ProbeRun"]):
    def visible_to(self, member: "Membership") -> "ProbeRunQuerySet":
        return self.filter(company_id=member.company_id)


class ProbeRun(models.Model):
    """One test. ``steps`` is a list of ``{"name", "ok", "code", "message", "reply", "ms"}``; no secrets.

    What a test mail's way tells is in ``said`` instead of ``message``, for every language (``pathreport``).

    ``tested`` are the settings that were tried, where they were not those that are stored; the password
    typed for them is in ``secret`` until the run ends. A failed step may hold a ``fix``: the values of
    the form with which the test would have gone further.

    ``outdated_at``: since then the mailbox has other settings, or the page others than were tried.
    """

    class Kind(models.TextChoices):
        SMTP = "smtp", _("SMTP connection")
        IMAP = "imap", _("IMAP connection")
        ROUND_TRIP = "round_trip", _("Redirect")

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")

    company = models.ForeignKey(Company, models.CASCADE, related_name="probe_runs")
    mailbox = models.ForeignKey(
        Mailbox, models.CASCADE, null=True, blank=True, related_name="probe_runs"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    steps = models.JSONField(_("steps"), default=list)
    tested = models.JSONField(_("settings that were tried"), default=dict, blank=True)
    secret = SealedField(_("password that is tried"), blank=True, default="", editable=False)
    token = models.CharField(max_length=64, blank=True, editable=False)
    address = models.CharField(_("address"), max_length=254, blank=True)
    outgoing = models.ForeignKey(
        OutgoingMail, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_automatic = models.BooleanField(_("daily check"), default=False, editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    outdated_at = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = ProbeRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("test run")
        verbose_name_plural = _("test runs")
        constraints = [
            models.UniqueConstraint(
                fields=["token"], name="mailsettings_probe_token", condition=~models.Q(token="")
            ),
        ]
        indexes = [
            models.Index(fields=["mailbox", "-started_at"], name="mailsettings_probe_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_state_display()}"

    def is_about(self, mailbox: Mailbox) -> bool:
        """Say whether it tried the settings that ``mailbox`` has; passwords apart."""
        if self.kind == self.Kind.ROUND_TRIP:
            return self.address == mailbox.address
        names = [name for name in TESTED if name.startswith(f"{self.kind}_")]
        if self.kind == self.Kind.SMTP:
            if self.tested.get("sends_by", SendsBy.SMTP) != mailbox.sends_by:
                return False
            names.append("address")
        return all(self.tested.get(name) == getattr(mailbox, name) for name in names)

    def is_draft_of(self, mailbox: Mailbox) -> bool:
        """Say whether it tried something that ``mailbox`` did not have stored."""
        return bool(self.tested.get("password_typed")) or not self.is_about(mailbox)
