"""Where a mailbox is edited, and what its fields are called."""

from collections.abc import Mapping

from django import template
from django.urls import reverse

from mailsettings.forms import MailboxForm
from mailsettings.overview import Owner

register = template.Library()


@register.simple_tag
def page_of(owner: Owner) -> str:
    """Return the address of the page on which the owner's mailbox is open."""
    if owner.subcompany_id is None:
        return reverse("mailsettings:email-settings")
    return form_of(owner)


@register.simple_tag
def form_of(owner: Owner) -> str:
    """Return the address that stores the owner's mailbox."""
    if owner.subcompany_id is None:
        return reverse("mailsettings:main-mailbox")
    return reverse("mailsettings:mailbox", args=[owner.subcompany_id])


@register.filter
def field_label(name: str) -> str:
    """Return what the form calls a field."""
    return str(MailboxForm.base_fields[name].label)


@register.filter
def get(counts: Mapping[int, int], key: int) -> int:
    return counts.get(key, 0)
