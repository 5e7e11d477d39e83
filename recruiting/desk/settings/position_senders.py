"""Which address and server write for each position, read from the same rule that sending uses."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import senders
from recruiting.models import Position


@require_GET
@member_view(Can.EDIT_MAIL_SETTINGS)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """Every position that is not archived, with its sender; a constant number of queries."""
    resolved = senders.resolve_all(member.company)
    found = Position.objects.visible_to(member).exclude(state=Position.State.ARCHIVED)
    rows = [
        {"position": position, "sender": resolved[position.subcompany_id]}
        for position in found.select_related("subcompany").order_by("name", "pk")
    ]
    return render(request, "recruiting/position_senders.html", {"rows": rows})
