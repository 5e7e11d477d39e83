"""The incoming spool: folders that are read, and every mail as it came through a door."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import StoredFile
from mailsettings.models.mailboxes import Mailbox

if TYPE_CHECKING:
    from companies.models import Membership


def _shared_with(member: "Membership", mailbox: str) -> Q:
    """The company's own mailboxes, never a person's; for those of one subcompany only its own."""
    mine = Q(**{f"{mailbox}__company_id": member.company_id, f"{mailbox}__user": None})
    if member.subcompany_id:
        mine &= Q(**{f"{mailbox}__subcompany_id": member.subcompany_id})
    return mine


class MailFolderQuerySet(models.QuerySet["MailFolder"]):
    def visible_to(self, member: "Membership") -> "MailFolderQuerySet":
        return self.filter(_shared_with(member, "mailbox"))

    def read_whole(self) -> "MailFolderQuerySet":
        """The folders all of whose mail is the company's: no personal mailbox, no sent mail."""
        return self.filter(mailbox__user=None, purpose=MailFolder.Purpose.INBOX)

    def broken(self, since: datetime) -> "MailFolderQuerySet":
        """Folders that are to be read and could not be since then."""
        return self.filter(failing_since__lte=since).exclude(next_poll_at=None)


class MailFolder(models.Model):
    """The reading position in one IMAP folder. ``mailbox`` empty is the platform's catch-all.

    Of a folder of purpose sent only mail to known candidates is read.

    ``server`` names account and host: a mailbox that moves to another server gets another row, because
    UIDs mean nothing there. ``next_poll_at`` empty says that the folder is not read any more.
    ``alarmed_at`` is when people were told that it fails, until they were told that it works again.
    ``leased_until`` keeps two workers out of one folder; a lease simply runs out after a crash.
    ``missing`` is how many of the server's mails the ledger lacked when they were last compared, and
    ``backfill_since`` the day from which the next poll looks for such mails.
    """

    class Purpose(models.TextChoices):
        INBOX = "inbox", _("Received")
        SENT = "sent", _("Sent")

    mailbox = models.ForeignKey(
        Mailbox, models.CASCADE, null=True, blank=True, related_name="folders"
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose, default=Purpose.INBOX)
    server = models.CharField(_("account and server"), max_length=600, blank=True)
    name = models.CharField(_("folder"), max_length=200, default="INBOX")
    uidvalidity = models.BigIntegerField("UIDVALIDITY", default=0)
    last_uid = models.BigIntegerField(_("last UID"), default=0)
    on_server = models.PositiveIntegerField(_("mails on the server"), null=True, blank=True)
    last_polled_at = models.DateTimeField(_("last polled"), null=True, blank=True)
    next_poll_at = models.DateTimeField(
        _("next poll"), null=True, blank=True, default=timezone.now, db_index=True
    )
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    alarmed_at = models.DateTimeField(_("told that it fails"), null=True, blank=True)
    missing = models.PositiveIntegerField(_("mails not fetched"), null=True, blank=True)
    compared_at = models.DateTimeField(_("compared with the server"), null=True, blank=True)
    backfill_since = models.DateField(_("fetched again from"), null=True, blank=True)

    objects = MailFolderQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail folder")
        verbose_name_plural = _("mail folders")
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "server", "name"],
                name="mailsettings_folder_unique",
                condition=Q(mailbox__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["server", "name"],
                name="mailsettings_folder_platform",
                condition=Q(mailbox=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox or 'platform'}/{self.name}"

    @property
    def is_sent(self) -> bool:
        return self.purpose == self.Purpose.SENT


class IncomingMailQuerySet(models.QuerySet["IncomingMail"]):
    def visible_to(self, member: "Membership") -> "IncomingMailQuerySet":
        """Mail from the company's own mailboxes; what came to the platform is nobody's until it is routed."""
        return self.filter(_shared_with(member, "folder__mailbox"))


class IncomingMail(models.Model):
    """One raw mail as it came through a door, stored before anybody reads it.

    Of an oversize mail the header is kept; somebody may want it fetched all the same. Routing turns it
    into one ``Delivery`` per company and then drops the door's copy (``raw``).
    ``claimed_at`` is when a router took it; a claim without outcome runs out.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        ROUTED = "routed", _("Routed")
        QUARANTINED = "quarantined", _("Quarantined")
        OVERSIZE = "oversize", _("Oversize")
        WANTED = "wanted", _("Being fetched")
        UNROUTED = "unrouted", _("For no known company")

    class Door(models.TextChoices):
        IMAP = "imap", "IMAP"
        SMTP = "smtp", "SMTP"
        WEBHOOK = "webhook", _("Webhook")

    door = models.CharField(_("door"), max_length=10, choices=Door)
    folder = models.ForeignKey(
        MailFolder, models.SET_NULL, null=True, blank=True, related_name="mails"
    )
    uidvalidity = models.BigIntegerField("UIDVALIDITY", null=True, blank=True)
    uid = models.BigIntegerField("UID", null=True, blank=True)
    envelope_sender = models.CharField(_("envelope sender"), max_length=254, blank=True)
    envelope_recipients = models.JSONField(_("envelope recipients"), default=list)
    raw = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    digest = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("size in bytes"))
    internal_date = models.DateTimeField(_("date on the server"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.RECEIVED)
    reason = models.TextField(_("reason"), blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)

    objects = IncomingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mails")
        constraints = [
            models.UniqueConstraint(
                fields=["folder", "uidvalidity", "uid"],
                name="mailsettings_incoming_ledger",
                condition=Q(folder__isnull=False, uid__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                name="mailsettings_incoming_todo",
                condition=Q(state="received"),
            ),
            models.Index(fields=["digest"], name="mailsettings_incoming_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_door_display()} {self.digest[:12]}"
