"""A position's Promotion tab: its public address, links that name a channel, and forms to embed."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from careers.site import hosts, texts
from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import senders
from recruiting.models import Position, Source


@require_GET
@member_view(Can.EDIT_POSITIONS)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Everything ready to copy, with the company's data filled in; ``?channel=`` chooses a channel."""
    position = get_object_or_404(
        Position.objects.visible_to(member)
        .select_related("company", "subcompany")
        .prefetch_related("texts"),
        pk=pk,
    )
    channels = list(Source.objects.visible_to(member).filter(is_active=True))
    wanted = request.GET.get("channel", "")
    channel = next((row for row in channels if str(row.pk) == wanted), None)
    tracking = f"?_pc={channel.pk}" if channel else ""
    address = _address(position)
    facts = {
        "position": position,
        "title": texts.title(position, position.company.default_language),
        "channel": channel,
        "link": address + tracking,
        "frame_url": f"{address}/form{tracking}",
        "endpoint": f"{settings.PUBLIC_URL}/recruiting/applicant",
        "thanks_url": next(iter(position.company.thanks_urls.split()), ""),
    }
    context = facts | {
        "tab": "promotion",
        "total": position.applications.count(),
        "sender": senders.resolve(position.company, position.subcompany),
        "channels": channels,
        "frame": render_to_string("publishing/_frame.html", facts).strip(),
        "snippet": render_to_string("publishing/_snippet.html", facts).strip(),
    }
    return render(request, "publishing/promotion.html", context)


@require_GET
@member_view(Can.VIEW_POSITIONS)
def on_career_page(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Lead to what applicants see; what is not published is not there, and the position's page says so."""
    found = Position.objects.visible_to(member).select_related("company")
    position = get_object_or_404(found, pk=pk)
    if not position.is_published:
        text = _("The career page shows published positions only. This one is: %(state)s")
        messages.info(request, text % {"state": position.get_state_display()})
        return redirect("recruiting:position", pk=pk)
    return redirect(_address(position))


def _address(position: Position) -> str:
    return f"{hosts.site_url(position.company)}/job/{position.number}"
