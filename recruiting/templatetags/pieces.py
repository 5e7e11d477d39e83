"""Small parts of a page that stand on it many times: each is rendered once for what it says."""

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from recruiting.models import Application

register = template.Library()
KEPT = 2000  # parts; there are hardly as many different ones


@register.simple_tag
@lru_cache(KEPT)
def icon(name: str) -> SafeString:
    """``components/icon.html`` beside words that say the same."""
    return render_to_string("components/icon.html", {"name": name})


@register.simple_tag
def avatar(name: str, key: object, size: str = "") -> SafeString:
    """``components/avatar.html``; the last digit of ``key`` picks the hue."""
    return _avatar(str(name), str(key)[-1:], size)


@lru_cache(KEPT)
def _avatar(name: str, key: str, size: str) -> SafeString:
    return render_to_string("components/avatar.html", {"name": name, "key": key, "size": size})


@register.simple_tag
def stage_age(application: Application) -> SafeString:
    """How long the application has been in its stage, coloured by how long it should be."""
    days, limit = application.days_in_stage, application.stage.max_days
    if application.stage.is_closed:
        at = timezone.localtime(application.stage_entered_at)
        return _badge(formats.date_format(at, _("j M")), "", "check")
    if application.is_overdue:
        text = _("%(days)s d, max %(limit)s") % {"days": days, "limit": limit}
        return _badge(text, "bad", "clock")
    if limit and days == limit:
        return _badge(
            _("%(days)s d of %(limit)s") % {"days": days, "limit": limit}, "warn", "clock"
        )
    return _badge(_("%(days)s d") % {"days": days} if days else _("today"), "", "clock")


@register.inclusion_tag("components/columns.html")
def columns(
    *names: str, end: int = 0, wide: int = 0, bar: bool = False, choose: bool = False
) -> dict[str, object]:
    """A table's head; columns from ``end`` on (the first is 1) hold numbers, those from ``wide`` on no phone shows.

    ``choose`` puts a column before them whose boxes choose rows.
    """
    heads = [
        (name, 0 < end <= position, 0 < wide <= position)
        for position, name in enumerate(names, start=1)
    ]
    return {"heads": heads, "bar": bar, "choose": choose}


@register.simple_tag
def marked(pieces: Sequence[tuple[str, bool]]) -> SafeString:
    """Text in which what was looked for is marked."""
    shown = (
        (format_html("<mark>{}</mark>", text) if is_match else text,) for text, is_match in pieces
    )
    return format_html_join("", "{}", shown)


@register.simple_tag
def badge(text: object, tone: str = "", icon: str = "") -> SafeString:
    """``components/badge.html``."""
    return _badge(str(text), tone, icon)


@lru_cache(KEPT)
def _badge(text: str, tone: str, shown_icon: str) -> SafeString:
    return render_to_string(
        "components/badge.html", {"text": text, "tone": tone, "icon": shown_icon}
    )
