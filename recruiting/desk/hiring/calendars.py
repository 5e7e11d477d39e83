"""A member's own interviews in their calendar program: the page with the address, and what is behind it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.interviews import calendars, links
from recruiting.models import CalendarFeed


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """The address; POST makes it, or another one that ends it."""
    if request.method == "POST":
        calendars.subscribe(member)
        messages.success(request, _("Here is your new address. An earlier one has ended."))
        return redirect("recruiting:calendar")
    found = CalendarFeed.objects.filter(membership=member).first()
    context = {"feed": found, "address": links.feed(found) if found else ""}
    return render(request, "recruiting/calendar.html", context)


@login_not_required
@require_safe
def feed(_request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of whose address this is; calendar programs cannot log in."""
    member = links.subscriber(token)
    if member is None:
        raise Http404
    response = HttpResponse(calendars.render(member), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=300"
    return response
