"""What the member is told of: the list behind the bell, and how they want to be told."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies import audit
from companies.access import Can, member_view
from companies.models import Membership
from recruiting.conversation import mentions, notify
from recruiting.desk import profile
from recruiting.forms.notifications import ChoicesForm, TeamForm
from recruiting.models import Notification, TeamNotifications

PER_PAGE = 50


@require_GET
@member_view(Can.VIEW_POSITIONS)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    mine = Notification.objects.visible_to(member).filter(is_told=True)
    listed = mine.select_related(
        "application__candidate", "application__position", "message", "mailbox", "actor__user"
    )
    page = Paginator(listed.order_by("-at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(row, row.sentence()) for row in page]
    return render(request, "recruiting/notifications.html", {"page": page, "rows": rows})


@require_GET
@member_view(Can.VIEW_POSITIONS)
def follow(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """To what it is about; it is read by that."""
    row = get_object_or_404(Notification.objects.visible_to(member), pk=pk)
    Notification.objects.filter(pk=pk, read_at=None).update(read_at=timezone.now())
    return redirect(row.path())


@require_POST
@member_view(Can.VIEW_POSITIONS)
def read(request: HttpRequest, member: Membership) -> HttpResponse:
    notify.read(member)
    return redirect("recruiting:notifications")


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.VIEW_POSITIONS)
def settings(request: HttpRequest, member: Membership) -> HttpResponse:
    """One's own choices and, for those who set up mail, what a shared address is told."""
    team = None
    if member.can.edit_mail_settings and not member.subcompany_id:
        found = TeamNotifications.objects.filter(company=member.company).first()
        team = found or TeamNotifications(company=member.company)
    is_team = "team" in request.POST and team is not None
    is_mine = request.method == "POST" and not is_team
    form = ChoicesForm(request.POST if is_mine else None, member=member)
    team_form = TeamForm(request.POST if is_team else None, instance=team) if team else None
    if is_mine and form.is_valid():
        notify.choose(member, form.wishes())
    elif is_team and team_form and team_form.is_valid():
        team_form.save()
        audit.record(member.company, "notifications.changed", member.company, by=member)
    else:
        context = {"form": form, "team_form": team_form}
        status = 422 if request.method == "POST" else 200
        return render(request, "recruiting/notification_settings.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect("recruiting:notification-settings")


@require_GET
@member_view(Can.ADD_NOTES)
def colleagues(request: HttpRequest, member: Membership, pk: int) -> JsonResponse:
    """Whom a note about the application may mention."""
    application = profile.visible(member, pk)
    names = [str(one.user) for one in mentions.colleagues(application) if one.pk != member.pk]
    return JsonResponse({"names": names})
