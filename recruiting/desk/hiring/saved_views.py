"""Keeping a filter under a name, for oneself or for colleagues."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk.hiring import filters
from recruiting.models import Position, SavedView


@require_POST
@member_view(Can.VIEW_CANDIDATES)
def save(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Keep the posted query string under a name; the same name again replaces one's own view."""
    position = get_object_or_404(Position.objects.visible_to(member), pk=pk)
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())[:60]
    query = filters.kept(request.POST.get("query", ""))
    is_table = request.POST.get("is_table") == "1"
    if name:
        SavedView.objects.update_or_create(
            position=position,
            owner=member,
            name=name,
            defaults={
                "company": member.company,
                "query": query,
                "is_table": is_table,
                "is_shared": request.POST.get("is_shared") == "on",
            },
        )
        messages.success(request, _("Saved as “%(name)s”") % {"name": name})
    else:
        messages.error(request, _("Give the view a name."))
    page = "recruiting:table" if is_table else "recruiting:board"
    return redirect(f"{reverse(page, args=[pk])}?{query}")


@require_POST
@member_view(Can.VIEW_CANDIDATES)
def delete(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Forget a view of one's own; a shared one may be forgotten by those who edit positions."""
    views = SavedView.objects.visible_to(member)
    if Can.EDIT_POSITIONS not in member.can:
        views = views.filter(owner=member)
    view = get_object_or_404(views, pk=pk)
    position_id = view.position_id
    view.delete()
    messages.success(request, _("The view is gone."))
    return redirect("recruiting:board", pk=position_id)
