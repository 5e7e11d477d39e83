"""The list of positions and the state of one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import senders
from recruiting.desk import search
from recruiting.hiring.positions import positions
from recruiting.models import Position

STATES = [
    Position.State.PUBLISHED,
    Position.State.DRAFT,
    Position.State.PAUSED,
    Position.State.ARCHIVED,
]
MAIN = "main"  # the main company, beside the ids of its subcompanies


@require_GET
@member_view(Can.VIEW_POSITIONS)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """Positions the member sees, filtered by ``?q=``, ``?state=`` and ``?subcompany=``."""
    wanted = request.GET.get("state", "")
    query = search.words(request)
    subcompany = request.GET.get("subcompany", "")
    found = (
        Position.objects.visible_to(member)
        .with_counts()
        .select_related("company", "subcompany")
        .order_by("-created_at", "-pk")
    )
    if query:
        found = found.filter(name__icontains=query)
    if subcompany == MAIN:
        found = found.filter(subcompany=None)
    elif subcompany.isdecimal():
        chosen = member.company.subcompanies.filter(pk=int(subcompany))
        found = found.filter(subcompany__in=chosen)
    found = found.filter(state=wanted) if wanted in STATES else found.exclude(state="archived")
    by_subcompany = senders.resolve_all(member.company)
    context = {
        "rows": [(position, by_subcompany[position.subcompany_id]) for position in found],
        "subcompanies": [] if member.subcompany_id else list(member.company.subcompanies.all()),
        "states": STATES,
        "wanted": wanted,
        "query": query,
        "subcompany": subcompany,
    }
    return render(request, "recruiting/positions.html", context)


@require_GET
@member_view(Can.VIEW_POSITIONS)
def detail(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """What the position says, in which languages, and which address and server write for it."""
    position = get_object_or_404(
        Position.objects.visible_to(member)
        .select_related("company", "subcompany", "pipeline")
        .prefetch_related("texts__sections", "team__membership__user"),
        pk=pk,
    )
    sender = senders.resolve(position.company, position.subcompany)
    context = {
        "position": position,
        "total": position.applications.count(),
        "sender": sender,
        "sender_name": senders.from_name(sender, member.user),
    }
    return render(request, "recruiting/position.html", context)


@require_POST
@member_view(Can.EDIT_POSITIONS)
def set_state(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Publish, pause or archive a position; what is not a state is refused with a message."""
    position = get_object_or_404(Position.objects.visible_to(member), pk=pk)
    state = request.POST.get("state", "")
    if state not in Position.State.values:
        messages.error(request, _("Choose one of the states on this page."))
    else:
        positions.set_state(position, Position.State(state), by=member)
        messages.success(
            request,
            _("%(name)s is now: %(state)s")
            % {"name": position.name, "state": Position.State(state).label},
        )
    return redirect("recruiting:position", pk=position.pk)
