"""How a company, a subcompany or a person sends and receives mail."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Subcompany
from mailsettings.encryption import SealedField

if TYPE_CHECKING:
    from companies.models import Membership


class SenderName(models.TextChoices):
    COMPANY = "company", _("Company name")
    EMPLOYEE = "employee", _("Employee logged in")


class Encryption(models.TextChoices):
    STARTTLS = "starttls", _("TLS (STARTTLS)")
    SSL = "ssl", _("SSL")
    NONE = "none", _("None")


class SendsBy(models.TextChoices):
    """The way a mailbox's mail leaves; the APIs are for accounts with a permission (``OAuthGrant``)."""

    SMTP = "smtp", "SMTP"
    GRAPH = "graph", "Microsoft Graph"
    GMAIL = "gmail", "Gmail API"


def validate_largest_mail(megabytes: int) -> None:
    """Refuse more than this installation takes in."""
    if megabytes > settings.INBOUND_LARGEST_MAIL_MB:
        most = {"most": settings.INBOUND_LARGEST_MAIL_MB}
        raise ValidationError(_("At most %(most)s MB are possible here."), params=most)


class EmailSettings(models.Model):
    """Recruiting email settings of a company that are not tied to one address."""

    company = models.OneToOneField(Company, models.CASCADE, related_name="email_settings")
    sender_name = models.CharField(
        _("sender name"), max_length=10, choices=SenderName, default=SenderName.COMPANY
    )
    use_custom_address = models.BooleanField(_("use custom email address?"), default=True)
    largest_mail = models.PositiveSmallIntegerField(
        _("largest mail that is fetched, in MB"),
        default=50,
        validators=[MinValueValidator(1), validate_largest_mail],
    )

    class Meta:
        verbose_name = _("email settings")
        verbose_name_plural = _("email settings")

    def __str__(self) -> str:
        return str(self.company)


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def visible_to(self, member: "Membership") -> "MailboxQuerySet":
        """The company's mailboxes and the member's own, never a colleague's personal one."""
        return self.filter(company_id=member.company_id).filter(
            models.Q(user=None) | models.Q(user=member.user_id)
        )

    def polled(self) -> "MailboxQuerySet":
        return self.exclude(imap_host="")


class Mailbox(models.Model):
    """One address with its SMTP server and, optionally, an IMAP account to read.

    Belongs to the main company (no subcompany, no user), to a subcompany, or to a user (personal).
    ``paused_at`` says that the server refuses the account: its queue waits, nothing changes sender.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="mailboxes")
    subcompany = models.ForeignKey(
        Subcompany, models.CASCADE, null=True, blank=True, related_name="mailboxes"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="mailboxes"
    )
    address = models.EmailField(_("custom email address"), max_length=254, blank=True)

    use_for_sending = models.BooleanField(_("use for sending emails?"), default=False)
    sends_by = models.CharField(
        _("way out"), max_length=10, choices=SendsBy, default=SendsBy.SMTP, editable=False
    )
    smtp_host = models.CharField(_("host"), max_length=253, blank=True)
    smtp_port = models.PositiveIntegerField(_("port"), default=587)
    smtp_encryption = models.CharField(
        _("encryption"), max_length=10, choices=Encryption, default=Encryption.STARTTLS
    )
    smtp_account = models.CharField(_("account"), max_length=254, blank=True)
    smtp_password = SealedField(_("password"), blank=True, default="")

    imap_host = models.CharField(_("IMAP server"), max_length=253, blank=True)
    imap_port = models.PositiveIntegerField(_("IMAP port"), default=993)
    imap_encryption = models.CharField(
        _("IMAP encryption"), max_length=10, choices=Encryption, default=Encryption.SSL
    )
    imap_account = models.CharField(_("IMAP account"), max_length=254, blank=True)
    imap_password = SealedField(_("IMAP password"), blank=True, default="")
    imap_folder = models.CharField(_("folder"), max_length=200, default="INBOX")

    connections_limit = models.PositiveSmallIntegerField(
        _("connections at a time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text=_("Empty: what the provider is known to allow, else 2."),
    )
    per_minute_limit = models.PositiveSmallIntegerField(
        _("mails per minute"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: what the provider is known to allow."),
    )
    paced_until = models.DateTimeField(null=True, blank=True, editable=False)

    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True, editable=False)
    pause_reason = models.TextField(_("why it is paused"), blank=True, editable=False)
    retry_at = models.DateTimeField(_("tried again at"), null=True, blank=True, editable=False)
    verified_at = models.DateTimeField(_("last worked"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MailboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        constraints = [
            models.UniqueConstraint(
                fields=["company"],
                name="mailsettings_mailbox_company",
                condition=models.Q(subcompany=None, user=None),
            ),
            models.UniqueConstraint(
                fields=["subcompany"],
                name="mailsettings_mailbox_subcompany",
                condition=models.Q(subcompany__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["user"],
                name="mailsettings_mailbox_user",
                condition=models.Q(user__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(subcompany=None) | models.Q(user=None),
                name="mailsettings_mailbox_one_owner",
            ),
        ]
        indexes = [models.Index(fields=["address"], name="mailsettings_mailbox_address")]

    def __str__(self) -> str:
        return self.address or str(self.subcompany or self.company)

    @property
    def sends(self) -> bool:
        """Whether mail for this address leaves through its own SMTP server."""
        return bool(self.use_for_sending and self.address and self.smtp_host)

    @property
    def server_name(self) -> str:
        """What people call the way its mail leaves by."""
        by_api = self.sends_by != SendsBy.SMTP
        return str(self.get_sends_by_display()) if by_api else self.smtp_host
