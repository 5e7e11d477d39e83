"""Unassigned messages: mail that belongs to no conversation yet, and what to do with it."""

import hashlib
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting import navigation
from recruiting.choices import ArchivedAs, Why
from recruiting.conversation.receiving import proposing, rules, sorting, suggesting
from recruiting.desk import back, search
from recruiting.desk.messages import folders
from recruiting.forms.messages import AssignForm, CreateApplicationForm
from recruiting.hiring.applications.applying import AlreadyApplied
from recruiting.models import Application, MailRule, Message, MessageAttachment, Position
from recruiting.models.messages import MessageQuerySet

PER_PAGE = 50
CHOICES = 20
ROW = (
    "at",
    "subject",
    "text",
    "kind",
    "from_name",
    "from_address",
    "archived_as",
    "subcompany__name",
)
SUGGESTIONS = 4
SAID = {
    ArchivedAs.NOT_CANDIDATE: gettext_lazy("“%(subject)s” was archived"),
    ArchivedAs.SPAM: gettext_lazy("“%(subject)s” is spam"),
    ArchivedAs.DELETED: gettext_lazy("“%(subject)s” was deleted"),
}
NOTHING_WAITS = {
    "title": gettext_lazy("Nothing to sort"),
    "text": gettext_lazy(
        "Mail that belongs to no conversation appears here. Everything else files itself."
    ),
}
NOTHING_ARCHIVED = {
    "title": gettext_lazy("Nothing archived"),
    "text": gettext_lazy("What you archive stays here and can be brought back."),
}


@require_GET
@member_view(Can.SORT_MESSAGES)
def index(request: HttpRequest, member: Membership, pk: int | None = None) -> HttpResponse:
    """The list, and with ``pk`` the opened message with its forms.

    ``?fragment=<version>`` asks for news of the list alone: 204 when there is none.
    """
    known = request.GET.get("fragment")
    if known is None:
        return page(request, member, pk)
    waiting = _listed(request, member)
    context = listing(request, waiting, pk, waiting.count())
    if context["version"] == known:
        return HttpResponse(status=204)
    context["count"] -= waiting.filter(kind="test").count()
    return render(request, "recruiting/maillist.html", context)


def page(
    request: HttpRequest,
    member: Membership,
    pk: int | None,
    *,
    create_form: CreateApplicationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = _listed(request, member)
    counts = navigation.ask(request, member, folders.counts, _here(request))
    context = listing(request, waiting, pk, counts["here"])
    if not context["is_archive"]:  # a test mail is nobody's work
        context["count"] -= counts["tests"]
    context["folders"] = folders.listed(member, counts)
    if pk is not None:
        message = get_object_or_404(with_content(waiting), pk=pk)
        query = search.words(request)
        open_to = Position.objects.visible_to(member).exclude(state=Position.State.ARCHIVED)
        openings = proposing.Openings(open_to)
        proposal = proposing.propose(message, openings)
        likely = suggesting.suggest([message], Application.objects.visible_to(member), openings)
        context |= {
            "message": message,
            "onward": folders.after(context["page"], pk),
            "query": query,
            "files": sum(not each.is_inline for each in message.attachments.all()),
            "choices": choices(member, query),
            "suggestions": likely[message.pk][:SUGGESTIONS],
            "patterns": rules.patterns(message.from_address),
            "treats": MailRule.Treat.choices,
            "create_form": create_form
            or CreateApplicationForm(member=member, initial=vars(proposal)),
            "proposal": proposal if proposal.position and proposal.email else None,
        }
        # A mail about which we know nothing is read first, and then sorted.
        is_asked = context["suggestions"] or context["proposal"] or query or create_form
        is_waiting = message.archived_at is None and message.kind != "test"
        context["asks_below"] = is_waiting and not is_asked
    return render(request, "recruiting/unassigned.html", context, status=status)


def _listed(request: HttpRequest, member: Membership) -> MessageQuerySet:
    """The waiting messages, or with ``?folder=archived`` those put away; newest first."""
    found: MessageQuerySet = folders.everything(_here(request), member)
    return found.order_by("-at", "-pk")


def _here(request: HttpRequest) -> str:
    return "archived" if request.GET.get("folder") == "archived" else "unassigned"


def listing(
    request: HttpRequest, waiting: MessageQuerySet, pk: int | None, count: int
) -> dict[str, Any]:
    """The list of ``waiting``, of which there are ``count``; ``current`` is the opened one."""
    is_archive = _here(request) == "archived"
    paginator = Paginator(waiting.select_related("subcompany").only(*ROW), PER_PAGE)
    paginator.count = count
    listed = paginator.get_page(request.GET.get("page"))
    shown = ".".join(str(message.pk) for message in listed)
    version = hashlib.sha256(f"{listed.paginator.count} {shown}".encode()).hexdigest()[:12]
    return {
        "page": listed,
        "count": count,
        "current": pk,
        "version": version,
        "is_archive": is_archive,
        "folder": "unassigned",
        "url": folders.url("unassigned"),
        "list_name": _("Archived") if is_archive else folders.NAMES["unassigned"],
        "row_template": "recruiting/rows/unassigned.html",
        "head_template": "recruiting/unassigned_head.html",
        "bulk_template": "" if is_archive else "recruiting/unassigned_bulk.html",
        "nothing": NOTHING_ARCHIVED if is_archive else NOTHING_WAITS,
    }


def with_content(waiting: MessageQuerySet) -> MessageQuerySet:
    """What an opened message shows, in three queries; its HTML is for a frame of its own."""
    attachments = MessageAttachment.objects.select_related("file")
    return (
        waiting.without_html()
        .select_related("delivery", "subcompany")
        .prefetch_related(Prefetch("attachments", queryset=attachments))
    )


def choices(member: Membership, query: str) -> list[Application]:
    """Applications to assign to that ``query`` finds."""
    words = query.split()[:5]
    if not words:
        return []
    found = Application.objects.visible_to(member)
    for word in words:
        found = found.filter(
            Q(candidate__first_name__icontains=word)
            | Q(candidate__last_name__icontains=word)
            | Q(applied_address__icontains=word)
        )
    return list(
        found.select_related("candidate", "position", "stage").order_by("-applied_at")[:CHOICES]
    )


def _waiting(member: Membership, pk: int) -> Message:
    return get_object_or_404(Message.objects.visible_to(member).unassigned(), pk=pk)


@require_POST
@member_view(Can.SORT_MESSAGES)
def assign(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    message = _waiting(member, pk)
    form = AssignForm(request.POST, member=member)
    if not form.is_valid():
        messages.error(request, _("Choose an application to assign the message to."))
        return redirect("recruiting:unassigned-message", pk=pk)
    application = form.cleaned_data["application"]
    try:
        sorting.assign(
            message,
            application,
            by=member,
            remember_address=form.cleaned_data["remember_address"],
        )
    except sorting.AlreadySorted:
        messages.info(request, _("Somebody else has just sorted this message."))
        return _onward(request, member)
    messages.success(
        request,
        _("Assigned to %(name)s") % {"name": application.candidate},
        extra_tags=back.undo(request, "recruiting:message-restore", pk),
    )
    return _onward(request, member)


def _onward(request: HttpRequest, member: Membership) -> HttpResponse:
    """Where the member came from, else to the next message."""
    if "back" in request.POST:
        return back.to(request, "recruiting:unassigned")
    return folders.onward(request, member, "unassigned")


@require_POST
@member_view(Can.SORT_MESSAGES)
def create_application(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Make an application of the mail: person, attachments as documents, the mail in the conversation."""
    message = _waiting(member, pk)
    form = CreateApplicationForm(request.POST, member=member)
    if form.is_valid():
        try:
            application = sorting.create_application(message, by=member, **form.cleaned_data)
        except AlreadyApplied:
            form.add_error(
                "email",
                _("This person already applied to this position. Assign the message instead."),
            )
        except sorting.AlreadySorted:
            messages.info(request, _("Somebody else has just sorted this message."))
            return redirect("recruiting:unassigned")
        else:
            messages.success(
                request,
                _("Application of %(name)s created") % {"name": application.candidate},
                extra_tags=back.undo(request, "recruiting:message-restore", pk),
            )
            return back.to(request, "recruiting:application", application.pk)
    return page(request, member, pk, create_form=form, status=422)


@require_POST
@member_view(Can.SORT_MESSAGES)
def archive(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Take the message out of the list ``as`` no candidate's, spam or deleted, with an undo."""
    message = _waiting(member, pk)
    try:
        sorting.archive(message, by=member, as_=put_away_as(request.POST.get("as", "")))
    except sorting.AlreadySorted:
        messages.info(request, _("Somebody else has just sorted this message."))
    else:
        messages.success(
            request,
            SAID[ArchivedAs(message.archived_as)] % {"subject": message},
            extra_tags=back.undo(request, "recruiting:message-restore", message.pk),
        )
    return _onward(request, member)


def put_away_as(said: str) -> str:
    """What a form says the mail is; nothing it does not know is believed."""
    return said if said in SAID else ArchivedAs.NOT_CANDIDATE


@require_POST
@member_view(Can.SORT_MESSAGES)
def unarchive(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Undo: bring an archived message back, or one that was assigned by hand or made an application of."""
    undoable = Q(candidate=None, archived_at__isnull=False) | Q(why=Why.ASSIGNED)
    message = get_object_or_404(Message.objects.visible_to(member).filter(undoable), pk=pk)
    try:
        sorting.undo(message, by=member)
    except sorting.WorkedOn:
        messages.error(request, _("The application stays: it has been worked on since."))
        return redirect("recruiting:application", message.application_id)
    return back.to(request, "recruiting:unassigned-message", pk)
