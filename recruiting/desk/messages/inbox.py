"""Messages: the folders, their rows, and the thread that is open beside them."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject, Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view, require
from companies.models import Membership
from mailsettings.models import OutgoingMail
from recruiting import navigation
from recruiting.conversation.colleagues import notify, ownership
from recruiting.conversation.writing import composing
from recruiting.desk import back
from recruiting.desk.messages import folders
from recruiting.desk.people import listed, profile
from recruiting.models import Application, Message

PER_PAGE = 50
LATEST = 5  # years
BEGINNING = 140  # characters of a mail, more than its line in a list holds
NOTHING_HERE = {
    "title": gettext_lazy("Nothing here"),
    "text": gettext_lazy("What belongs here appears by itself."),
}
NOTHING = {
    "unreplied": {
        "title": gettext_lazy("Nobody waits for an answer"),
        "text": gettext_lazy("Who writes and is not answered appears here."),
    },
    "mine": {
        "title": gettext_lazy("Nothing is yours to answer"),
        "text": gettext_lazy("Conversations that are assigned to you appear here."),
    },
    "failed": {
        "title": gettext_lazy("Every mail has arrived"),
        "text": gettext_lazy("A mail that a server refuses or sends back appears here."),
    },
}
HOURS = {"3h": 3, "1d": 24, "3d": 72, "7d": 168}


@require_GET
@member_view(Can.VIEW_MESSAGES)
def index(
    request: HttpRequest, member: Membership, folder: str, pk: int | None = None
) -> HttpResponse:
    """A folder, and with ``pk`` the conversation that is open; ``?fragment=<version>`` asks for news."""
    if folder in folders.SORTERS:
        require(member, Can.SORT_MESSAGES)
    known = request.GET.get("fragment")
    if known is not None:
        count = folders.everything(folder, member).count()
        context = listing(request, member, folder, pk, count)
        if context["version"] == known:
            return HttpResponse(status=204)
        return render(request, "recruiting/maillist.html", context)
    counts = navigation.ask(request, member, folders.counts, folder)
    context = listing(request, member, folder, pk, counts["here"])
    if pk is not None:
        context |= thread(request, member, pk)
        context["onward"] = folders.after(context["page"], pk)
    context["folders"] = folders.listed(member, counts)
    return render(request, "recruiting/inbox.html", context)


def listing(
    request: HttpRequest, member: Membership, folder: str, pk: int | None, count: int
) -> dict[str, Any]:
    """The rows of a folder, of which there are ``count``, page by page."""
    is_threads = folder in folders.THREADS
    if is_threads:
        found = conversations(folders.threads(folder, member))
    else:
        found = folders.with_rows(folders.mails(folder, member))
    paginator = Paginator(found, PER_PAGE)
    paginator.count = count
    page = paginator.get_page(request.GET.get("page"))
    seen = [(row.pk, getattr(row, "last_message_at", None)) for row in page]
    version = hashlib.sha256(repr((page.paginator.count, seen)).encode()).hexdigest()[:12]
    return {
        "folder": folder,
        "count": count,
        "list_name": folders.NAMES[folder],
        "url": folders.url(folder),
        "row_template": f"recruiting/rows/{'conversation' if is_threads else 'mail'}.html",
        "bulk_template": "recruiting/chosen.html"
        if is_threads and member.can.write_messages
        else "",
        "nothing": NOTHING.get(folder, NOTHING_HERE),
        "page": page,
        "current": pk,
        "version": version,
    }


def conversations(found: Any) -> Any:
    """Conversations with what their rows show, and no more of it."""
    return with_last_mail(found).only(
        "waiting_since",
        "last_message_at",
        "unread_count",
        "candidate__first_name",
        "candidate__last_name",
        "position__name",
        "assignee__user__name",
        "assignee__user__email",
    )


def with_last_mail(found: Any) -> Any:
    """The conversations with ``subject`` and beginning (``text``) of their newest mail that was not stopped."""
    told = Message.objects.exclude(outgoing__state=OutgoingMail.State.CANCELLED)
    last = told.filter(application=OuterRef("pk")).order_by("-at", "-pk")
    said = JSONObject(subject="subject", text=Left("text", BEGINNING))
    return found.select_related("candidate", "position", "assignee__user").annotate(
        last_mail=Subquery(last.values(said=said)[:1])
    )


def thread(request: HttpRequest, member: Membership, pk: int) -> dict[str, Any]:
    """The open conversation with its composer; reading it clears its unread marks."""
    application = profile.visible(member, pk, also=())
    position = application.position
    lists = listed.of_thread(application, member)
    context = profile.conversation(application, member, lists=lists)
    context |= profile.sender_of(position, member)
    context |= {"colleagues": lists["colleagues"], "position": position}
    if member.can.write_messages and application.unread_count:
        composing.mark_read(application)
        notify.read(member, application=application)
    return context


def _back(
    request: HttpRequest, member: Membership, application: Application, *, stay: bool
) -> HttpResponse:
    """To the folder the member works in (and there to the next row, unless to ``stay``), or to the person's page."""
    folder = request.POST.get("folder", "")
    if folder not in folders.THREADS:
        return back.to(request, "recruiting:application", application.pk)
    if stay:
        return redirect(f"recruiting:thread-{folder}", pk=application.pk)
    return folders.onward(request, member, folder)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def hand_over(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Give the conversation to a colleague of this company, or to nobody."""
    application = profile.visible(member, pk)
    wanted = request.POST.get("assignee", "")
    chosen = (
        Membership.objects.active().filter(company=member.company_id, pk=wanted).first()
        if wanted.isdecimal() and len(wanted) < 10
        else None
    )
    if wanted and (chosen is None or not Application.objects.visible_to(chosen).filter(pk=pk)):
        messages.error(request, _("Choose a colleague who sees this application."))
        return _back(request, member, application, stay=True)
    ownership.hand_to(application, chosen, by=member)
    if chosen:
        text = _("%(name)s has it now") % {"name": chosen.user.get_full_name()}
    else:
        text = _("Nobody in particular has it now")
    messages.success(request, text)
    return _back(request, member, application, stay=True)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def snooze(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Hide the conversation for some hours, or until a moment in the future."""
    application = profile.visible(member, pk)
    until = _until(request.POST.get("for", ""), request.POST.get("until", ""))
    if until is None or until <= timezone.now():
        messages.error(request, _("Choose a moment in the future."))
        return _back(request, member, application, stay=True)
    ownership.snooze(application, until, by=member)
    messages.success(
        request, _("Snoozed"), extra_tags=back.undo(request, "recruiting:thread-reopen", pk)
    )
    return _back(request, member, application, stay=False)


def _until(hours: str, moment: str) -> datetime | None:
    if hours in HOURS:
        return timezone.now() + timedelta(hours=HOURS[hours])
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    if at is None or at.year > timezone.now().year + LATEST:
        return None
    return timezone.make_aware(at) if timezone.is_naive(at) else at


@require_POST
@member_view(Can.WRITE_MESSAGES)
def done(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Nothing needs to be answered here."""
    application = profile.visible(member, pk)
    if ownership.finish(application, by=member):
        messages.success(
            request, _("Done"), extra_tags=back.undo(request, "recruiting:thread-reopen", pk)
        )
    return _back(request, member, application, stay=False)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def reopen(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Undo done or snooze: it waits for an answer again."""
    application = profile.visible(member, pk)
    ownership.wake(application, by=member)
    return back.to(request, "recruiting:thread-unreplied", pk)
