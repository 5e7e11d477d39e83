"""The first page: what waits for the member."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.models import Mailbox, OutgoingMail
from recruiting.choices import StageKind
from recruiting.models import Application, Message, RefusedApplication

ROWS = 8


@require_GET
@member_view(Can.VIEW_POSITIONS)
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """New applications, unread replies, mails that did not leave, unassigned messages, refused
    applications, paused accounts."""
    applications = Application.objects.visible_to(member).select_related(
        "candidate", "position", "stage"
    )
    failed = Message.objects.visible_to(member).filter(
        outgoing__state__in=[
            OutgoingMail.State.FAILED,
            OutgoingMail.State.UNCONFIRMED,
            OutgoingMail.State.BOUNCED,
        ]
    )
    context = {
        "new": applications.filter(stage__kind=StageKind.UNASSIGNED).order_by("-applied_at")[:ROWS],
        "unread": applications.filter(unread_count__gt=0).order_by("-last_message_at")[:ROWS],
        "failed": failed.select_related("candidate", "outgoing", "application__position").order_by(
            "-at"
        )[:ROWS],
        "unassigned": Message.objects.visible_to(member).unassigned().order_by("-at")[:ROWS]
        if member.can.sort_messages
        else None,
        "refused": RefusedApplication.objects.visible_to(member).waiting().count()
        if member.can.sort_messages
        else 0,
        "paused": Mailbox.objects.visible_to(member).exclude(paused_at=None)
        if member.can.edit_mail_settings
        else None,
    }
    return render(request, "recruiting/home.html", context)
