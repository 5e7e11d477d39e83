"""When an interview is, in the zone it was arranged in."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from recruiting.interviews import times
from recruiting.models import Interview, InterviewSlot

register = template.Library()


@register.simple_tag
def interview_time(interview: Interview) -> SafeString | str:
    """``<time>`` with the day and both hours; the whole, with its zone, on hover."""
    starts, ends = interview.starts_at, interview.ends_at
    return _span(starts, ends, interview.zone) if starts and ends else ""


@register.simple_tag
def slot_time(slot: InterviewSlot, interview: Interview) -> SafeString:
    """The same for a proposed time."""
    return _span(slot.starts_at, slot.starts_at + interview.length, interview.zone)


def _span(starts: datetime, ends: datetime, zone: ZoneInfo) -> SafeString:
    local = starts.astimezone(zone)
    today = timezone.localtime(timezone=zone).date()
    day = _("Today") if local.date() == today else date_format(local, _("D j M Y"))
    return format_html(
        '<time datetime="{}" title="{}">{}, {}</time>',
        local.isoformat(timespec="seconds"),
        times.spoken(starts, ends, zone),
        day,
        times.hours(starts, ends, zone),
    )
