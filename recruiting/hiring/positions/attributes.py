"""Fields a company adds to its applications, with the names integrators send them under."""

import secrets
from collections.abc import Sequence

from django.db import transaction

from companies import audit
from companies.models import Company
from recruiting.choices import FieldUse
from recruiting.models import Attribute, AttributeOption, AttributeValue

# What career sites send; a number keeps the name free of what people call the field today.
ATTRIBUTE_PREFIX = "custom_attribute_"
OPTION_PREFIX = "custom_option_"


def create(
    company: Company,
    *,
    name: str,
    type: Attribute.Type,  # noqa: A002 -- the column's name
    by: audit.Actor,
    options: Sequence[str] = (),
    form_use: str = FieldUse.OFF,
) -> Attribute:
    """Add an attribute, with its options if it is a list of them; API names are chosen once, for good."""
    with transaction.atomic():
        attribute = Attribute.objects.create(
            company=company,
            name=name,
            type=type,
            api_name=_free_name(ATTRIBUTE_PREFIX),
            order=company.attributes.count(),
            form_use=form_use,
        )
        AttributeOption.objects.bulk_create(
            AttributeOption(
                attribute=attribute, name=option, api_name=_free_name(OPTION_PREFIX), order=order
            )
            for order, option in enumerate(options)
        )
        audit.record(company, "attribute.created", attribute, by=by, name=name)
    return attribute


def change(
    attribute: Attribute,
    *,
    name: str,
    options: Sequence[str] = (),
    form_use: str = FieldUse.OFF,
    by: audit.Actor,
) -> None:
    """Rename an attribute and its options in their order, and append new ones; API names stay.

    An option that is left out is deleted unless an application has it: then it stays, at the end.
    """
    with transaction.atomic():
        Attribute.objects.filter(pk=attribute.pk).update(name=name, form_use=form_use)
        if attribute.type == Attribute.Type.OPTIONS:
            _set_options(attribute, options)
        audit.record(attribute.company, "attribute.changed", attribute, by=by, name=name)


def _set_options(attribute: Attribute, names: Sequence[str]) -> None:
    known = {option.name: option for option in attribute.options.all()}
    for order, name in enumerate(names):
        if name in known:
            AttributeOption.objects.filter(pk=known[name].pk).update(order=order)
        else:
            AttributeOption.objects.create(
                attribute=attribute, name=name, api_name=_free_name(OPTION_PREFIX), order=order
            )
    for name, option in known.items():
        if name not in names:
            if AttributeValue.objects.filter(option=option).exists():
                AttributeOption.objects.filter(pk=option.pk).update(order=len(names))
            else:
                option.delete()


def _free_name(prefix: str) -> str:
    """Return a name nobody has: nine random digits; the unique constraint watches over the rest."""
    return f"{prefix}{100_000_000 + secrets.randbelow(900_000_000)}"
