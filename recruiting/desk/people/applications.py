"""One application: the page of a person, and what a recruiter does with it there."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.conversation.colleagues import mentions, notify
from recruiting.conversation.writing import composing
from recruiting.desk import back
from recruiting.desk.people import listed, profile
from recruiting.forms.applications import NoteForm, RejectForm
from recruiting.hiring.applications import ending, pipeline


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """The profile. Reading the conversation clears its unread marks for everybody who may write.

    ``?fragment=<version>`` asks for news of the conversation alone: 204 when there is none.
    """
    application = profile.visible(member, pk)
    known = request.GET.get("fragment")
    if known is None:
        context = profile.page(application, member)
    else:
        lists = listed.of_thread(application, member)
        context = profile.conversation(application, member, lists=lists)
        if context["version"] == known:
            return HttpResponse(status=204)
    if member.can.write_messages and application.unread_count:
        composing.mark_read(application)
        notify.read(member, application=application)
    template = "recruiting/application.html" + ("" if known is None else "#conversation")
    return render(request, template, context)


@require_POST
@member_view(Can.MOVE_APPLICATIONS)
def reject(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _close(request, member, pk, "rejection")


@require_POST
@member_view(Can.MOVE_APPLICATIONS)
def withdraw(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _close(request, member, pk, "withdrawal")


def _close(request: HttpRequest, member: Membership, pk: int, kind: str) -> HttpResponse:
    application = profile.visible(member, pk)
    form = RejectForm(request.POST, application=application, kind=kind)
    if not form.is_valid():
        messages.error(request, _("Choose a reason from the list."))
        return redirect("recruiting:application", pk=pk)
    wanted = form.ending()
    if wanted.template and Can.WRITE_MESSAGES not in member.can:
        raise PermissionDenied(Can.WRITE_MESSAGES)
    try:
        ending.end(application, kind, wanted, by=member)
    except composing.CannotSend as error:
        messages.error(request, str(error))
        return redirect("recruiting:application", pk=pk)
    if application.interviews.upcoming().exists():
        messages.warning(
            request, _("An interview is still arranged. Cancel it if it is not to take place.")
        )
    done = _("%(name)s was rejected") if kind == "rejection" else _("%(name)s has withdrawn")
    change = pipeline.newest_change(application)
    undo = reverse("recruiting:moves-undo", args=[application.position_id])
    messages.success(
        request,
        done % {"name": application.candidate},
        extra_tags=f"undo:{undo}?changes={change.pk}" if change else "",
    )
    return redirect("recruiting:application", pk=pk)


@require_POST
@member_view(Can.ADD_NOTES)
def add_note(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    application = profile.visible(member, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        mentions.add_note(application, form.cleaned_data["text"], by=member)
    else:
        messages.error(request, _("Write something before you save the note."))
    return back.to(request, "recruiting:application", pk)
