"""Times as people say them, files by what they are."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import PurePath

from django import template
from django.template.defaultfilters import capfirst, filesizeformat, linebreaksbr
from django.utils import formats, timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from companies.models import Company
from recruiting.models import Application, Note
from recruiting.templatetags.pieces import badge

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


@register.simple_tag
def waits(application: Application, company: Company) -> SafeString | str:
    """How long somebody waits for an answer, and when the company's rule says that it is due."""
    since, hours = application.waiting_since, company.reply_hours
    if since is None:
        return ""
    if not hours:
        return _clock(_("waits %(time)s"), timesince(since))
    due_at = since + timedelta(hours=hours)
    left = due_at - timezone.now()
    if left < timedelta():
        return _clock(_("answer late by %(time)s"), timesince(due_at), "bad")
    is_soon = left < timedelta(hours=hours) / 4
    return _clock(_("answer due in %(time)s"), timeuntil(due_at), "warn" if is_soon else "")


def _clock(said: str, time: str, tone: str = "") -> SafeString:
    return badge(capfirst(said % {"time": time}), tone, "clock")


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
