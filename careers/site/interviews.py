"""The page on which a candidate chooses one of the proposed times, behind a link nobody can guess.

A link that is forged, used or over answers alike: it tells whoever holds it nothing.
"""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from careers.receiving import throttle
from careers.site import pages
from careers.site.hosts import Site
from recruiting.interviews import links, scheduling, times
from recruiting.models import Interview

PAGES_PER_MINUTE = 60  # for one client address


# The link is what authorises; there is no session a foreign page could borrow.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@pages.site_view
def choose(request: HttpRequest, site: Site, token: str) -> HttpResponse:
    """The times that are free, in the time zone of ``?tz=``; a posted ``slot`` is booked, once."""
    wait = throttle.seconds_to_wait(request, "interview", PAGES_PER_MINUTE)
    if wait:
        response = pages.render(site, "interview_wait", {}, "interview", {"token": token}, 429)
        response["Retry-After"] = str(wait)
        return response
    interview = _find(site, links.chosen(token))
    is_open = interview is not None and interview.state == Interview.State.PROPOSED
    if interview is None or not is_open or interview.application.closed_at:
        return _closed(site, token)
    if request.method != "POST":
        return _show(request, site, interview, token)
    return _book(request, site, interview, token)


@require_safe
@pages.site_view
def booked(request: HttpRequest, site: Site, token: str) -> HttpResponse:
    """Which time was chosen, to be read just after it was."""
    interview = _find(site, links.booked(token))
    if interview is None or interview.state != Interview.State.BOOKED:
        return _closed(site, token, "interview-booked")
    zone = _zone(request, interview)
    context = _about(interview, zone) | {"when": _spoken(interview, zone)}
    return pages.render(site, "interview_booked", context, "interview-booked", {"token": token})


def _book(request: HttpRequest, site: Site, interview: Interview, token: str) -> HttpResponse:
    chosen = request.POST.get("slot", "")
    if not chosen.isdecimal():
        return _show(request, site, interview, token, _("Please choose a time first."), 422)
    try:
        scheduling.choose(interview, int(chosen[:18]))
    except scheduling.NotOpen:
        return _closed(site, token)
    except scheduling.Taken:
        problem = _("This time has just been taken. Please choose another one.")
        return _show(request, site, interview, token, problem, 409)
    path = site.path("interview-booked", token=links.receipt(interview))
    joint = "&" if "?" in path else "?"
    zone = _zone(request, interview).key
    return HttpResponse(status=303, headers={"Location": f"{path}{joint}tz={zone}"})


def _show(
    request: HttpRequest,
    site: Site,
    interview: Interview,
    token: str,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    zone = _zone(request, interview)
    free = scheduling.free(interview)
    slots = {slot.starts_at: slot.pk for slot in interview.slots.all()}
    days = [
        (name, [(slots[at], times.hours(at, at + interview.length, zone)) for at in listed])
        for name, listed in times.by_day(free, zone).items()
    ]
    context = _about(interview, zone) | {
        "days": days,
        "problem": problem,
        "zones": times.zones(),
        "zone": zone.key,
        "zone_label": times.label(zone, free[0]) if free else zone.key,
        "action": site.path("interview", token=token),
        "carried": site.carried().items(),
    }
    return pages.render(site, "interview", context, "interview", {"token": token}, status)


def _about(interview: Interview, zone: ZoneInfo) -> dict[str, Any]:
    rows = interview.participants.select_related("membership__user")
    return {
        "interview": interview,
        "position": interview.application.position,
        "colleagues": ", ".join(
            row.membership.user.name for row in rows if row.membership.user.name
        ),
        "zone": zone.key,
    }


def _spoken(interview: Interview, zone: ZoneInfo) -> str:
    assert interview.starts_at is not None
    return times.spoken(interview.starts_at, interview.starts_at + interview.length, zone)


def _zone(request: HttpRequest, interview: Interview) -> ZoneInfo:
    asked = request.POST.get("tz") or request.GET.get("tz", "")
    return times.find(asked) or interview.zone


def _find(site: Site, pk: int | None) -> Interview | None:
    if pk is None:
        return None
    found = Interview.objects.filter(pk=pk, application__position__company=site.company)
    return found.select_related(
        "organiser__user",
        "application__candidate",
        "application__position__company__email_settings",
        "application__position__subcompany",
    ).first()


def _closed(site: Site, token: str, page: str = "interview") -> HttpResponse:
    return pages.render(site, "interview_closed", {}, page, {"token": token}, 404)
