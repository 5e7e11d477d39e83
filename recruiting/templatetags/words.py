"""Times as people say them, files by what they are."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat, linebreaksbr
from django.utils import formats, timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from companies.models import Company
from recruiting.models import Application, Note

register = template.Library()
KEPT = 2000  # moments


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """``<time>``: the hour today, the weekday and hour within six days, else the date; all of it on hover."""
    if at is None:
        return ""
    return _moment(timezone.localtime(at), timezone.localdate(), get_language())


@lru_cache(KEPT)
def _moment(local: datetime, today: date, _language: str) -> SafeString:
    """Kept, because a list shows the same moments again and again."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        formats.date_format(local, "DATETIME_FORMAT"),
        short(local, today),
    )


def short(local: datetime, today: date) -> str:
    """Return the shortest words that still say when, for someone who reads them ``today``."""
    age = (today - local.date()).days
    if age == 0:
        return formats.date_format(local, "H:i")
    if 0 < age < 6:
        return formats.date_format(local, "D H:i")
    return formats.date_format(local, _("j M") if local.year == today.year else _("j M Y"))


@register.filter
def day(text: str) -> str:
    """A day as the database writes it, in the reader's words."""
    return formats.date_format(date.fromisoformat(text), "DATE_FORMAT")


@register.inclusion_tag("recruiting/waits.html")
def waits(application: Application, company: Company) -> dict[str, Any]:
    """How long somebody waits for an answer, and when the company's rule says that it is due."""
    since, hours = application.waiting_since, company.reply_hours
    due_at = since + timedelta(hours=hours) if since and hours else None
    left = due_at - timezone.now() if due_at else None
    return {
        "since": since,
        "due_at": due_at,
        "is_late": left is not None and left < timedelta(),
        "is_soon": left is not None and timedelta() <= left < timedelta(hours=hours or 0) / 4,
    }


@register.simple_tag
def file_kind(name: str, size: int) -> str:
    """``PDF, 184 KB``: the ending of the name and the size."""
    ending = PurePath(name).suffix.lstrip(".").upper()[:5]
    return ", ".join(part for part in (ending, filesizeformat(size)) if part)


@register.simple_tag
def mentioned(note: Note) -> SafeString:
    """The text of a note with line breaks, whom it mentions marked."""
    text = str(linebreaksbr(note.text))
    for name in note.mentions:
        known = re.compile(rf"@{re.escape(escape(name))}", re.IGNORECASE)
        text = known.sub(lambda found: f'<b class="mention">{found[0]}</b>', text)
    return mark_safe(text)  # noqa: S308 -- linebreaksbr has escaped it
