"""Custom data of applications: attributes with stable API names, and tags."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from recruiting.choices import FieldUse

if TYPE_CHECKING:
    from companies.models import Membership


class AttributeQuerySet(models.QuerySet["Attribute"]):
    def visible_to(self, member: "Membership") -> "AttributeQuerySet":
        return self.filter(company_id=member.company_id)


class Attribute(models.Model):
    """A field a company added. ``api_name`` is what integrators send and never changes."""

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        DATE = "date", _("Date")
        OPTIONS = "options", _("List of options")

    company = models.ForeignKey(Company, models.CASCADE, related_name="attributes")
    name = models.CharField(_("name"), max_length=100)
    type = models.CharField(_("type"), max_length=10, choices=Type, default=Type.TEXT)
    api_name = models.CharField(_("API name"), max_length=60)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    form_use = models.CharField(
        _("on the application form"),
        max_length=10,
        choices=FieldUse,
        default=FieldUse.OFF,
    )

    objects = AttributeQuerySet.as_manager()

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="recruiting_attribute_name"),
            models.UniqueConstraint(
                fields=["company", "api_name"], name="recruiting_attribute_api_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AttributeOption(models.Model):
    attribute = models.ForeignKey(Attribute, models.CASCADE, related_name="options")
    name = models.CharField(_("name"), max_length=100)
    api_name = models.CharField(_("API name"), max_length=60)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["attribute", "api_name"], name="recruiting_option_api_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AttributeValue(models.Model):
    """The value one application has for one attribute; which column is used follows the type."""

    application = models.ForeignKey(
        "recruiting.Application", models.CASCADE, related_name="attribute_values"
    )
    attribute = models.ForeignKey(Attribute, models.CASCADE, related_name="values")
    text = models.TextField(_("text"), blank=True)
    date = models.DateField(_("date"), null=True, blank=True)
    option = models.ForeignKey(
        AttributeOption, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("attribute value")
        verbose_name_plural = _("attribute values")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "attribute"], name="recruiting_value_unique"
            ),
            models.CheckConstraint(
                condition=Q(date=None) | Q(option=None), name="recruiting_value_one_column"
            ),
        ]

    def __str__(self) -> str:
        return self.display

    @property
    def display(self) -> str:
        if self.option is not None:
            return self.option.name
        return self.date.isoformat() if self.date else self.text


class TagQuerySet(models.QuerySet["Tag"]):
    def visible_to(self, member: "Membership") -> "TagQuerySet":
        return self.filter(company_id=member.company_id)


class Tag(models.Model):
    company = models.ForeignKey(Company, models.CASCADE, related_name="tags")
    name = models.CharField(_("name"), max_length=100)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="recruiting_tag_unique"),
        ]

    def __str__(self) -> str:
        return self.name
