"""One application: the person, the documents, the conversation, the way through the stages."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import senders
from recruiting.conversation import composing
from recruiting.forms.applications import MoveForm, NoteForm, RejectForm
from recruiting.forms.messages import ComposeForm
from recruiting.hiring import pipeline
from recruiting.models import Application, MessageTemplate, Note


def visible(member: Membership, pk: int) -> Application:
    """Return the application with its person and position, or 404 for a stranger."""
    return get_object_or_404(
        Application.objects.visible_to(member).select_related(
            "candidate",
            "position__company",
            "position__subcompany",
            "position__pipeline",
            "stage",
            "source",
            "submission",
            "rejection_reason",
        ),
        pk=pk,
    )


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """The profile. Reading the conversation clears its unread marks for everybody who may write."""
    application = visible(member, pk)
    context = page(application, member)
    if member.can.write_messages and application.unread_count:
        composing.mark_read(application)
    return render(request, "recruiting/application.html", context)


def page(
    application: Application, member: Membership, *, compose: ComposeForm | None = None
) -> dict[str, Any]:
    """Everything the profile shows, in a fixed number of queries."""
    position, candidate = application.position, application.candidate
    sender = senders.resolve(position.company, position.subcompany)
    conversation = (
        application.messages.select_related("author", "outgoing", "delivery")
        .prefetch_related("attachments__file", "outgoing__recipients")
        .order_by("at", "pk")
    )
    to = composing.recipient(application)
    others = (
        Application.objects.visible_to(member)
        .filter(candidate=candidate)
        .exclude(pk=application.pk)
        .select_related("position", "stage")
    )
    return {
        "application": application,
        "candidate": candidate,
        "position": position,
        "sender": sender,
        "sender_name": senders.from_name(sender, member.user),
        "recipient": to,
        "addresses": list(candidate.addresses.all()),
        "documents": application.documents.select_related("file"),
        "conversation": conversation if member.can.view_messages else [],
        "notes": application.notes.select_related("author"),
        "history": application.stage_changes.select_related("from_stage", "to_stage", "by"),
        "attributes": application.attribute_values.select_related("attribute", "option"),
        "tags": application.tags.all(),
        "others": others,
        "stages": list(position.pipeline.stages.all()),
        "move_form": MoveForm(application=application),
        "reject_form": RejectForm(application=application),
        "note_form": NoteForm(),
        "compose": compose or ComposeForm(application=application, initial={"to": to}),
        "templates": MessageTemplate.objects.visible_to(member),
    }


@require_POST
@member_view(Can.MOVE_APPLICATIONS)
def reject(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _close(request, member, pk, "rejection")


@require_POST
@member_view(Can.MOVE_APPLICATIONS)
def withdraw(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _close(request, member, pk, "withdrawal")


def _close(request: HttpRequest, member: Membership, pk: int, kind: str) -> HttpResponse:
    application = visible(member, pk)
    form = RejectForm(request.POST, application=application, kind=kind)
    if not form.is_valid():
        messages.error(request, _("Choose a reason from the list."))
        return redirect("recruiting:application", pk=pk)
    end = pipeline.reject if kind == "rejection" else pipeline.withdraw
    end(application, form.cleaned_data["reason"], by=member)
    done = _("%(name)s was rejected") if kind == "rejection" else _("%(name)s has withdrawn")
    messages.success(request, done % {"name": application.candidate})
    return redirect("recruiting:application", pk=pk)


@require_POST
@member_view(Can.ADD_NOTES)
def add_note(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    application = visible(member, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        Note.objects.create(
            application=application, author=member.user, text=form.cleaned_data["text"]
        )
    else:
        messages.error(request, _("Write something before you save the note."))
    return redirect("recruiting:application", pk=pk)
