"""The tenant and the legal entities inside it."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from companies.models.memberships import Membership

validate_account = RegexValidator(
    r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z",
    _("Use up to 40 lower-case letters, digits and hyphens."),
)


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, member: "Membership") -> "CompanyQuerySet":
        return self.filter(pk=member.company_id)


class Company(models.Model):
    """A tenant. ``account`` names it in addresses and host names and never changes."""

    name = models.CharField(_("name"), max_length=200)
    account = models.CharField(
        _("account"), max_length=40, unique=True, validators=[validate_account]
    )
    default_language = models.CharField(
        _("default language"), max_length=10, default="en", choices=settings.LANGUAGES
    )
    feed_enabled = models.BooleanField(
        _("XML feed"),
        default=True,
        help_text=_("Job boards and career sites may read the published positions."),
    )
    older_errors = models.BooleanField(
        _("older error shape"),
        default=False,
        help_text=_(
            "Tell clients of the applicant endpoint what is wrong in one plain text, as it was"
            " done before 2021. Only some old clients need this."
        ),
    )
    consent_text = models.TextField(
        _("consent text"),
        blank=True,
        max_length=2000,
        help_text=_(
            "Applicants must tick it; it is kept with their application. Empty: not asked."
        ),
    )
    thanks_urls = models.TextField(
        _("thank-you pages"),
        blank=True,
        max_length=2000,
        help_text=_(
            "One address a line. A form in your own pages that sends one of them as thanks_url takes"
            " applicants there; all others show our page in your colours."
        ),
    )
    accent = models.CharField(
        _("colour"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Write it as #2857cf."))],
        help_text=_("Of links and buttons on the career site, as #2857cf."),
    )
    logo = models.ForeignKey(
        "companies.StoredFile",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    captcha = models.CharField(
        _("puzzle for programs"),
        max_length=20,
        blank=True,
        choices=[("", _("none")), ("altcha", _("proof of work, solved by the browser"))],
        help_text=_("Visitors see nothing of it, but need JavaScript. Rarely needed."),
    )
    reply_hours = models.PositiveSmallIntegerField(
        _("hours to answer within"),
        null=True,
        blank=True,
        default=48,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 60)],
        help_text=_("Candidates who wait longer stand out in the inbox. Empty: no clock."),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def recruiting_address(self) -> str:
        """The address on our platform to which the company redirects its job mailbox."""
        return f"{self.account}-jobs@{settings.RECRUITING_DOMAIN}"


class SubcompanyQuerySet(models.QuerySet["Subcompany"]):
    def visible_to(self, member: "Membership") -> "SubcompanyQuerySet":
        mine = self.filter(company_id=member.company_id)
        return mine.filter(pk=member.subcompany_id) if member.subcompany_id else mine


class Subcompany(models.Model):
    """A legal entity inside a company; positions belong to one of them or to the main company."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="subcompanies")
    name = models.CharField(_("name"), max_length=200)

    objects = SubcompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("subcompany")
        verbose_name_plural = _("subcompanies")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="companies_subcompany_unique"),
        ]

    def __str__(self) -> str:
        return self.name
