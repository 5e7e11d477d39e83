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
from recruiting.conversation.colleagues import mentions, notify
from recruiting.desk.people import profile
from recruiting.forms.notifications import ChoicesForm, ReplyForm, TeamForm
from recruiting.models import Notification, TeamNotifications

PER_PAGE = 50


@require_GET
@member_view(Can.VIEW_POSITIONS)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """The list; ``?fragment=<unread>`` asks the bell alone whether there are more or fewer: 204 if not."""
    known = request.GET.get("fragment")
    if known is not None:
        unread = Notification.objects.visible_to(member).filter(is_told=True).unread().count()
        if str(unread) == known:
            return HttpResponse(status=204)
        return render(request, "components/bell.html", {"key": ""})
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
    posted = request.POST if request.method == "POST" else None
    form = ChoicesForm(posted, member=member)
    team_forms = _team_forms(request, member)
    is_team = "team" in request.POST and bool(team_forms)
    if is_team and all(each.is_valid() for each in team_forms):
        for each in team_forms:
            each.save()
        audit.record(member.company, "notifications.changed", member.company, by=member)
    elif not is_team and form.is_valid():
        notify.choose(member, form.wishes())
    else:
        context = {
            "form": ChoicesForm(member=member) if is_team else form,
            "team_form": team_forms[0] if team_forms else None,
            "reply_form": team_forms[-1] if team_forms else None,
        }
        status = 422 if posted is not None else 200
        return render(request, "recruiting/notification_settings.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect("recruiting:notification-settings")


def _team_forms(request: HttpRequest, member: Membership) -> list[TeamForm | ReplyForm]:
    """What is set for the whole company, by those who set up its mail."""
    if not member.can.edit_mail_settings or member.subcompany_id:
        return []
    posted = request.POST if "team" in request.POST else None
    kept = TeamNotifications.objects.filter(company=member.company).first()
    team = kept or TeamNotifications(company=member.company)
    return [TeamForm(posted, instance=team), ReplyForm(posted, instance=member.company)]


@require_GET
@member_view(Can.ADD_NOTES)
def colleagues(request: HttpRequest, member: Membership, pk: int) -> JsonResponse:
    """Whom a note about the application may mention."""
    application = profile.visible(member, pk)
    names = [str(one.user) for one in mentions.colleagues(application) if one.pk != member.pk]
    return JsonResponse({"names": names})
