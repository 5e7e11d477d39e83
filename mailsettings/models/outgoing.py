"""The outgoing spool: one row per mail, one per recipient. The database is the queue of record."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from companies.models import Company, StoredFile
from mailsettings.models.mailboxes import Mailbox

if TYPE_CHECKING:
    from companies.models import Membership


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def visible_to(self, member: "Membership") -> "OutgoingMailQuerySet":
        return self.filter(company_id=member.company_id)

    def due(self, at: datetime | None = None) -> "OutgoingMailQuerySet":
        """Queued mails whose time has come and whose account is not paused."""
        at = at or timezone.now()
        return self.filter(state=OutgoingMail.State.QUEUED, next_attempt_at__lte=at).filter(
            Q(mailbox=None) | Q(mailbox__paused_at=None) | Q(mailbox__retry_at__lte=at)
        )

    def claim(self, pks: Collection[int]) -> datetime | None:
        """Mark those of ``pks`` that are still queued as this caller's; None when there is none.

        The caller may send the rows that stand in ``sending`` with the time that is returned.
        """
        now = timezone.now()
        won = self.filter(pk__in=pks, state=OutgoingMail.State.QUEUED).update(
            state=OutgoingMail.State.SENDING,
            claimed_at=now,
            data_started_at=None,
            attempts=F("attempts") + 1,
        )
        return now if won else None


class OutgoingMail(models.Model):
    """One mail on its way out. Its Message-ID is chosen once and survives every retry.

    ``mailbox`` empty means the platform's own provider. ``data_started_at`` is committed just before
    DATA, so that a crash knows how far it got.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        UNCONFIRMED = "unconfirmed", _("Unconfirmed")
        BOUNCED = "bounced", _("Bounced")
        CANCELLED = "cancelled", _("Cancelled")

    class Look(models.TextChoices):
        """What came of looking for an unconfirmed mail in the Sent folder."""

        ASKED = "asked", _("Being looked for")
        FOUND = "found", _("Found in the Sent folder")
        MISSING = "missing", _("Not in the Sent folder")
        FAILED = "failed", _("The Sent folder could not be read")

    company = models.ForeignKey(Company, models.CASCADE, related_name="outgoing_mails")
    mailbox = models.ForeignKey(
        Mailbox, models.SET_NULL, null=True, blank=True, related_name="outgoing_mails"
    )
    raw = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    message_id = models.CharField("Message-ID", max_length=255, unique=True)
    envelope_sender = models.CharField(_("envelope sender"), max_length=254)
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    data_started_at = models.DateTimeField(_("DATA started"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    server = models.CharField(_("server"), max_length=260, blank=True)
    last_code = models.CharField(_("code"), max_length=60, blank=True)
    last_reply = models.TextField(_("what the server said"), blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=255, blank=True)
    history = models.JSONField(_("attempts so far"), default=list, editable=False)
    look = models.CharField(max_length=8, choices=Look, blank=True, default="", editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="mailsettings_outgoing_due",
                condition=Q(state="queued"),
            ),
            # In the order of claims, so that one costs the same however many mails wait, here or elsewhere.
            models.Index(
                fields=["mailbox", "next_attempt_at", "id"],
                name="mailsettings_outgoing_account",
                condition=Q(state="queued"),
            ),
            models.Index(
                fields=["claimed_at"],
                name="mailsettings_outgoing_sending",
                condition=Q(state="sending"),
            ),
            models.Index(fields=["company", "-created_at"], name="mailsettings_outgoing_newest"),
            models.Index(fields=["state"], name="mailsettings_outgoing_state"),
            models.Index(
                fields=["provider_id"],
                name="mailsettings_outgoing_provider",
                condition=~Q(provider_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.message_id

    @property
    def is_scheduled(self) -> bool:
        """Whether it waits for a moment that somebody chose, a minute away at least."""
        waits = self.state == self.State.QUEUED and not self.attempts
        return waits and self.next_attempt_at > timezone.now() + timedelta(minutes=1)

    @property
    def shown_state(self) -> str:
        """The state as people see it: a queued mail that was tried before is ``retrying``."""
        if self.state == self.State.QUEUED and self.attempts:
            return "retrying"
        return self.state

    @property
    def tries(self) -> list[dict[str, Any]]:
        """Each attempt with its moment (``at``), the ``server``, its ``code`` and its words (``reply``)."""
        return [{**one, "at": parse_datetime(one["at"])} for one in self.history]

    @property
    def is_last_word_told(self) -> bool:
        """Whether the last attempt in ``tries`` says the ``last_reply`` already."""
        return bool(self.history) and self.last_reply.startswith(self.history[-1]["reply"])

    @property
    def can_be_looked_for(self) -> bool:
        """Whether it is unconfirmed and its account has a Sent folder nobody has looked into."""
        return bool(
            self.state == self.State.UNCONFIRMED
            and self.mailbox
            and self.mailbox.imap_host
            and self.look in ("", self.Look.ASKED)
        )


class OutgoingRecipient(models.Model):
    """What became of one envelope recipient; one bad Cc does not fail the others."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Reported as spam")

    mail = models.ForeignKey(OutgoingMail, models.CASCADE, related_name="recipients")
    address = models.CharField(_("address"), max_length=254)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    reply = models.TextField(_("what the server said"), blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [
            models.UniqueConstraint(
                fields=["mail", "address"], name="mailsettings_recipient_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["provider_id"],
                name="mailsettings_recipient_esp_id",
                condition=~Q(provider_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.address
