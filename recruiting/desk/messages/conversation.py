"""Writing to a candidate, and what can be done with one message of a conversation."""

from collections.abc import Iterator
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import looking
from recruiting.conversation.receiving import sorting
from recruiting.conversation.writing import composing, drafts, failures, placeholders
from recruiting.conversation.writing.composing import Letter
from recruiting.desk import back
from recruiting.desk.messages import folders
from recruiting.desk.people import profile
from recruiting.forms.messages import AttachForm, ComposeForm, read_files
from recruiting.models import Application, DraftFile, Message, MessageTemplate


@require_POST
@member_view(Can.WRITE_MESSAGES)
def send(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Queue the message; what is missing is told at its field and nothing typed is lost (422).

    It waits some seconds, so that its writer can undo it. With ``preview`` nothing is sent: the page
    shows what would be. Files that came along are in the draft first, where they stay unless it leaves.
    """
    application = profile.visible(member, pk)
    typed = request.POST.copy()
    added, problem = _attach(request, application, member)
    if added:
        typed.setlistdefault("kept").extend(each.code for each in added)
        _keep(application, typed, member)
    form = ComposeForm(typed, application=application, by=member)
    if problem:
        form.add_error("attachments", problem)
    shown = None
    if form.is_valid():
        letter = form.letter()
        if "preview" in request.POST:
            shown = composing.preview(application, letter, by=member)
        elif message := _queue(application, letter, form, member):
            text = _("Message to %(name)s queued") % {"name": application.candidate}
            undo = reverse("recruiting:message-cancel", args=[message.pk])
            messages.success(request, text, extra_tags=f"undo:{undo}")
            if (folder := request.POST.get("folder", "")) in folders.THREADS:
                return folders.onward(request, member, folder)
            return redirect("recruiting:application", pk=pk)
    context = profile.page(application, member, compose=form) | {"preview": shown}
    status = 200 if shown else 422
    return render(request, "recruiting/application.html", context, status=status)


def _queue(
    application: Application, letter: Letter, form: ComposeForm, member: Membership
) -> Message | None:
    """Send, or tell the form why not."""
    soon = timezone.now() + composing.UNDO
    letter = replace(letter, not_before=max(letter.not_before or soon, soon))
    try:
        return composing.send(application, letter, by=member)
    except composing.CannotSend as error:
        form.add_error(error.field, str(error))
    return None


@require_POST
@member_view(Can.WRITE_MESSAGES)
def draft(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Keep what is typed so far and the files that come along; ``drop`` takes the file of that code out.

    A plain form gets the page again. Scripts get 204, or its files where they are what changed (422
    with the reason when they are too large).
    """
    application = profile.visible(member, pk)
    is_script = request.headers.get("X-Requested-With") == "autosave"
    if "discard" in request.POST:
        drafts.discard(application, by=member)
        return _written_on(pk)
    drafts.drop(application, request.POST.get("drop", ""), by=member)
    _added, problem = _attach(request, application, member)
    kept = _keep(application, request.POST, member)
    if is_script and problem:
        return HttpResponse(problem, status=422, content_type="text/plain")
    if is_script and (request.FILES or "drop" in request.POST):
        attached = drafts.uploaded(application, by=member).select_related("file")
        context = {"attached": attached, "application": application}
        return render(request, "recruiting/draft_files.html", context)
    if is_script:
        return HttpResponse(status=204)
    if problem:
        messages.error(request, problem)
    if kept:
        messages.success(request, _("The draft is kept."))
    return _written_on(pk)


def _written_on(pk: int) -> HttpResponse:
    return redirect(reverse("recruiting:application", args=[pk]) + "#write")


def _keep(application: Application, typed: QueryDict, member: Membership) -> bool:
    return drafts.keep(application, typed, by=member, again=typed.getlist("again"))


def _attach(
    request: HttpRequest, application: Application, member: Membership
) -> tuple[list[DraftFile], str]:
    """Keep the files that came with the request in the member's draft, or say why that cannot be."""
    if not request.FILES:
        return [], ""
    form = AttachForm(files=request.FILES)
    if not form.is_valid():
        return [], " ".join(str(each) for each in form.errors["attachments"])
    chosen = read_files(form.cleaned_data["attachments"])
    try:
        return drafts.attach(application, chosen, by=member), ""
    except drafts.TooLarge as error:
        return [], str(error)


@require_GET
@member_view(Can.WRITE_MESSAGES)
def templates(request: HttpRequest, member: Membership, pk: int) -> JsonResponse:
    """What a composer offers for this application: templates by name, and addresses to write to."""
    application = profile.visible(member, pk)
    known = MessageTemplate.objects.visible_to(member).order_by("category", "name", "language")
    return JsonResponse(
        {
            "templates": [
                {
                    "name": f"{each.name} ({each.get_language_display()})",
                    "url": reverse("recruiting:message-template", args=[application.pk, each.pk]),
                }
                for each in known
            ],
            "addresses": [
                {"label": f"{name} <{address}>", "value": address}
                for name, address in _correspondents(application, member)
            ],
        }
    )


def _correspondents(application: Application, member: Membership) -> Iterator[tuple[str, str]]:
    """The person under each address, and the colleagues."""
    for row in application.candidate.addresses.all():
        yield application.candidate.name, row.address
    colleagues = Membership.objects.active().filter(company=member.company_id)
    for colleague in colleagues.select_related("user").order_by("user__name"):
        yield colleague.user.get_full_name(), colleague.user.email


@require_GET
@member_view(Can.WRITE_MESSAGES)
def template(request: HttpRequest, member: Membership, pk: int, template_id: int) -> HttpResponse:
    """A template filled in for this application, as JSON for the composer."""
    application = profile.visible(member, pk)
    chosen = get_object_or_404(MessageTemplate.objects.visible_to(member), pk=template_id)
    known = placeholders.values(application, member.user)
    subject = placeholders.render(chosen.subject, known)
    text = placeholders.render(chosen.body, known)
    return JsonResponse(
        {
            "subject": subject.text,
            "text": text.text,
            "unresolved": [*subject.unresolved, *text.unresolved],
            "files": list(chosen.files.values_list("name", flat=True)),
        }
    )


def _sent(member: Membership, pk: int) -> Message:
    sent = Message.objects.visible_to(member).filter(outgoing__isnull=False)
    return get_object_or_404(
        sent.select_related("application", "outgoing__mailbox", "outgoing__company", "company"),
        pk=pk,
    )


@require_POST
@member_view(Can.WRITE_MESSAGES)
def retry(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Send a failed or unconfirmed message again: always a person's decision."""
    message = _sent(member, pk)
    if failures.send_again(message, by=member):
        messages.success(request, _("The message is queued again"))
    else:
        messages.info(request, _("This message does not need to be sent again"))
    return back.to(request, "recruiting:application", message.application_id)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def leave(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Decide that a message which did not arrive is not sent again."""
    message = _sent(member, pk)
    failures.leave(message, by=member)
    undo = back.undo(request, "recruiting:message-ask-again", pk)
    messages.success(request, _("“%(subject)s” stays unsent") % {"subject": message}, undo)
    return back.to(request, "recruiting:application", message.application_id)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def ask_again(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    message = _sent(member, pk)
    failures.ask_again(message, by=member)
    return back.to(request, "recruiting:application", message.application_id)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def look(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Have the Sent folder searched for an unconfirmed message."""
    message = _sent(member, pk)
    if message.outgoing and looking.ask(message.outgoing, by=member):
        messages.success(
            request, _("The Sent folder is searched. Load the page again in a moment.")
        )
    return back.to(request, "recruiting:application", message.application_id)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def cancel(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Stop a message that has not left yet; its text is a draft again."""
    message = _sent(member, pk)
    if composing.recall(message, by=member):
        messages.success(request, _("The message was stopped. Its text is a draft again."))
    else:
        messages.error(request, _("Too late: the message is already on its way"))
    return redirect(reverse("recruiting:application", args=[message.application_id]) + "#write")


@require_POST
@member_view(Can.SORT_MESSAGES)
def confirm_address(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Confirm that a reply from another address is the candidate's own."""
    message = get_object_or_404(
        Message.objects.visible_to(member).filter(candidate__isnull=False), pk=pk
    )
    sorting.confirm_address(message, by=member)
    messages.success(request, _("%(address)s is remembered") % {"address": message.from_address})
    return redirect("recruiting:application", pk=message.application_id)


@require_POST
@member_view(Can.SORT_MESSAGES)
def detach(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Send a wrongly filed message back to Unassigned messages, or away where those are not its place."""
    message = get_object_or_404(
        Message.objects.visible_to(member).filter(candidate__isnull=False, delivery__isnull=False),
        pk=pk,
    )
    application_id = message.application_id
    sorting.detach(message, by=member)
    if Message.objects.filter(pk=pk).exists():
        messages.success(request, _("The message is back in Unassigned messages"))
    else:
        messages.success(request, _("The message was taken out of the conversation"))
    if application_id is None:
        return redirect("recruiting:unassigned")
    return redirect("recruiting:application", pk=application_id)
