"""The review queue: one application at a time beside its CV."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from companies.access import Can, member_view, require
from companies.models import Membership
from recruiting.choices import DocumentCategory
from recruiting.desk.people import profile
from recruiting.forms.applications import RejectForm
from recruiting.hiring.applications import ending, pipeline, reviewing
from recruiting.models import (
    Application,
    Document,
    Position,
    RejectionReason,
    SearchEntry,
    Stage,
    Tag,
)

NOBODY = {"total": 0, "seen": 0, "left": 0}


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.ADD_NOTES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """The next application of ``?stage=`` that this member has not dealt with, or ``?application=``.

    Without a stage it is the first in which somebody waits for them.
    """
    position = get_object_or_404(
        Position.objects.visible_to(member).select_related("company", "subcompany", "pipeline"),
        pk=pk,
    )
    stages = [each for each in position.pipeline.stages.all() if not each.is_closed]
    progress = _progress(position, member)
    waited = [each for each in stages if progress.get(each.pk, NOBODY)["left"]]
    asked_for = [each for each in stages if str(each.pk) == request.GET.get("stage")]
    stage = next(iter(asked_for or waited or stages))
    if request.method == "POST":
        return _act(request, member, position, stage)
    waiting = reviewing.queue(position, stage, member)
    asked = request.GET.get("application", "")
    related = ("candidate", "position", "stage", "submission")
    current = None
    if asked.isdecimal() and len(asked) < 10:
        of_position = Application.objects.visible_to(member).filter(position=position)
        current = of_position.select_related(*related).filter(pk=asked).first()
    current = current or waiting.select_related(*related).first()
    context = {
        "position": position,
        "stages": [(each, progress.get(each.pk, NOBODY)["left"]) for each in stages],
        "stage": stage,
        "progress": progress.get(stage.pk, NOBODY),
        "further": next((each for each in waited if each != stage), None),
    }
    if current:
        context |= _application(current, member)
    return render(request, "recruiting/review.html", context)


def _progress(position: Position, member: Membership) -> dict[int, dict[str, int]]:
    """By stage: how many there are, how many the member has dealt with, and how many are left."""
    rows = (
        Application.objects.visible_to(member)
        .filter(position=position)
        .order_by()
        .values_list("stage")
        .annotate(
            total=Count("pk", distinct=True),
            seen=Count("pk", distinct=True, filter=Q(reviews__membership=member)),
        )
    )
    return {
        stage: {"total": total, "seen": seen, "left": total - seen} for stage, total, seen in rows
    }


def _application(application: Application, member: Membership) -> dict[str, Any]:
    documents = list(application.documents.select_related("file"))
    documents.sort(key=lambda each: each.category != DocumentCategory.CV)
    cv = documents[0] if documents else None
    return {
        "application": application,
        "candidate": application.candidate,
        "documents": documents,
        "cv": cv,
        "cv_text": _text(cv),
        "evaluation": reviewing.summary(application, member),
        "tags": list(application.tags.all()),
        "all_tags": Tag.objects.visible_to(member),
        "reasons": RejectionReason.objects.filter(company=member.company_id, kind="rejection"),
        "sent_in": profile.sent_in(getattr(application, "submission", None)),
        "stars": range(1, 6),
    }


def _text(cv: Document | None) -> str:
    """The words of a document that the browser cannot show, as the search knows them."""
    if cv is None or cv.content_type == "application/pdf":
        return ""
    entry = SearchEntry.objects.filter(document=cv).only("text").first()
    return entry.text if entry else ""


def _act(
    request: HttpRequest, member: Membership, position: Position, stage: Stage
) -> HttpResponse:
    application = profile.visible(member, _pk(request))
    if application.position_id != position.pk:
        return redirect(_queue(position, stage))
    action = request.POST.get("action", "")
    if action in ("advance", "reject"):
        require(member, Can.MOVE_APPLICATIONS)
        _move(request, member, application, action)
    elif action == "skip":
        reviewing.skip(application, by=member)
    elif action == "tag":
        require(member, Can.MOVE_APPLICATIONS)
        wanted = request.POST.get("tag", "")
        if wanted.isdecimal():
            application.tags.add(*Tag.objects.visible_to(member).filter(pk=int(wanted[:9])))
        return redirect(f"{_queue(position, stage)}&application={application.pk}")
    elif request.POST.get("stars") in {"1", "2", "3", "4", "5"}:
        text = request.POST.get("text", "").replace("\0", "")
        reviewing.rate(application, int(request.POST["stars"]), text, by=member)
        return redirect(f"{_queue(position, stage)}&application={application.pk}")
    return redirect(_queue(position, stage))


def _move(request: HttpRequest, member: Membership, application: Application, action: str) -> None:
    if action == "advance":
        moved = reviewing.advance(application, by=member)
        text = _("%(name)s moved to %(stage)s")
    else:
        form = RejectForm(request.POST, application=application)
        moved = form.is_valid() and ending.end(
            application, "rejection", ending.Ending(form.cleaned_data["reason"]), by=member
        )
        text = _("%(name)s was rejected")
    if not moved:
        messages.error(
            request, _("There is no next stage, or no such reason. Nothing was changed.")
        )
        return
    change = pipeline.newest_change(application)
    undo = reverse("recruiting:moves-undo", args=[application.position_id])
    values = {"name": application.candidate, "stage": application.stage}
    tags = f"undo:{undo}?changes={change.pk}" if change else ""
    messages.success(request, text % values, extra_tags=tags)


def _pk(request: HttpRequest) -> int:
    asked = request.POST.get("application", "")
    return int(asked) if asked.isdecimal() and len(asked) < 10 else 0


def _queue(position: Position, stage: Stage) -> str:
    return f"{reverse('recruiting:review', args=[position.pk])}?stage={stage.pk}"
