"""Times as people say them, files by what they are."""

import re
from datetime import date, datetime
from pathlib import PurePath

from django import template
from django.template.defaultfilters import filesizeformat, linebreaksbr
from django.utils import formats, timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from recruiting.models import Note

register = template.Library()


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """``<time>``: the hour today, the weekday and hour within six days, else the date; all of it on hover."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        formats.date_format(local, "DATETIME_FORMAT"),
        short(local, timezone.localdate()),
    )


def short(local: datetime, today: date) -> str:
    """Return the shortest words that still say when, for someone who reads them ``today``."""
    age = (today - local.date()).days
    if age == 0:
        return formats.date_format(local, "H:i")
    if 0 < age < 6:
        return formats.date_format(local, "D H:i")
    return formats.date_format(local, _("j M") if local.year == today.year else _("j M Y"))


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
