"""The board of a position: one column per stage, cards that move by drag, menu or key."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import senders
from recruiting.desk import back
from recruiting.desk.hiring import filters as filtering
from recruiting.forms.applications import MoveForm
from recruiting.hiring.applications import pipeline
from recruiting.models import Application, Position, Stage, StageNotice
from recruiting.models.counting import newest

CARDS = 15  # a column shows its newest, more than a screen holds
MORE = 40  # come at a time as it is scrolled


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Columns with their newest cards, filtered; ``?stage=`` opens a closed column."""
    position = get_object_or_404(
        Position.objects.visible_to(member).select_related("company", "subcompany", "pipeline"),
        pk=pk,
    )
    filters = filtering.read(request, member)
    everybody = Application.objects.visible_to(member).filter(position=position)
    stages = with_notices(position)
    applications = filters.apply(everybody, stages)
    shown = columns(stages, applications, filters.stage)
    found = sum(column["total"] for column in shown)
    context = filtering.bar(member, position, filters) | {
        "position": position,
        "stages": stages,
        "columns": shown,
        "found": found,
        "total": everybody.count() if filters.narrows else found,
        "opened": filters.stage,
        "more_query": filters_query(request, CARDS),
        "sender": senders.resolve(position.company, position.subcompany),
    }
    return render(request, "recruiting/board.html", context)


def with_notices(position: Position) -> list[Stage]:
    """The stages of a position, each with the ``notice`` that tells what entering it writes."""
    rule = StageNotice.objects.brief(OuterRef("pk"), position.pk)
    return list(position.pipeline.stages.annotate(notice=rule))


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def column(request: HttpRequest, member: Membership, pk: int, stage_id: int) -> HttpResponse:
    """The next cards of one column, from ``?from=`` on: what a board fetches as it is scrolled."""
    position = get_object_or_404(Position.objects.visible_to(member), pk=pk)
    stage = get_object_or_404(position.pipeline.stages.all(), pk=stage_id)
    start = request.GET.get("from", "")
    first = int(start[:6]) if start.isascii() and start.isdecimal() else 0
    filters = filtering.read(request, member)
    everybody = Application.objects.visible_to(member).filter(position=position, stage=stage)
    found = filters.apply(everybody, [stage]).order_by("-applied_at", "-pk")
    cards = list(with_card_data(found)[first : first + MORE])
    more = max(found.count() - first - len(cards), 0)
    context = {
        "position": position,
        "column": {"stage": stage, "cards": cards, "more": more},
        "more_query": filters_query(request, first + MORE),
    }
    return render(request, "recruiting/board_cards.html", context)


def filters_query(request: HttpRequest, start: int) -> str:
    """The query string of a column's next cards."""
    query = request.GET.copy()
    query["from"] = str(start)
    query.pop("stage", None)
    return query.urlencode()


@require_POST
@member_view(Can.MOVE_APPLICATIONS)
def move(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Move one application; a script gets the new card, a plain form goes back to where it was."""
    application = get_object_or_404(
        Application.objects.visible_to(member).select_related(
            "candidate", "position__pipeline", "stage"
        ),
        pk=pk,
    )
    form = MoveForm(request.POST, application=application)
    if not form.is_valid():
        return _not_moved(request, application, form)
    wanted, seen_in = form.cleaned_data["stage"], form.cleaned_data["seen_in"]
    tone, text = "success", _("%(name)s moved to %(stage)s")
    try:
        pipeline.move(application, wanted, by=member, seen_in=seen_in)
    except pipeline.MovedMeanwhile:
        tone, text = "warning", _("%(who)s has moved %(name)s to %(stage)s meanwhile")
    application = with_card_data(Application.objects.filter(pk=pk)).get()
    change = pipeline.newest_change(application)
    who = change.by if change and change.by else _("Somebody")
    text %= {"name": application.candidate, "stage": application.stage, "who": who}
    undo = reverse("recruiting:moves-undo", args=[application.position_id])
    can_undo = tone == "success" and change and change.from_stage_id
    undo_url = f"{undo}?changes={change.pk}" if change and can_undo else ""
    if request.headers.get("HX-Request"):
        context = {
            "application": application,
            "tone": tone,
            "toast_text": text,
            "undo_url": undo_url,
        }
        return render(request, "recruiting/moved.html", context)
    messages.success(request, text, extra_tags=f"undo:{undo_url}" if undo_url else "")
    return back.to(request, "recruiting:application", pk)


def _not_moved(request: HttpRequest, application: Application, form: MoveForm) -> HttpResponse:
    text = " ".join(str(error) for error in form.errors.get("stage", [_("Choose a stage.")]))
    if request.headers.get("HX-Request"):
        return HttpResponse(text, status=422, content_type="text/plain")
    messages.error(request, text)
    return redirect("recruiting:application", pk=application.pk)


def with_card_data(applications: QuerySet[Application]) -> QuerySet[Application]:
    """What a card shows, in two queries for any number of cards."""
    return applications.select_related("candidate", "stage", "source").prefetch_related("tags")


def columns(
    stages: Sequence[Stage], applications: QuerySet[Application], opened: str
) -> list[dict[str, Any]]:
    """One dict per stage: ``stage``, ``total``, ``cards``, ``more``; closed stages have cards only when opened."""
    totals = dict(applications.values_list("stage").annotate(total=Count("pk")).order_by())
    heads = [
        applications.filter(stage=stage).order_by("-applied_at", "-pk")[:CARDS]
        for stage in stages
        if not stage.is_closed or str(stage.pk) == opened
    ]
    shown = (
        Application.objects.filter(pk__in=newest(heads)) if heads else Application.objects.none()
    )
    cards: dict[int, list[Application]] = {}
    for application in with_card_data(shown).order_by("-applied_at", "-pk"):
        cards.setdefault(application.stage_id, []).append(application)
    return [
        {
            "stage": stage,
            "total": totals.get(stage.pk, 0),
            "cards": cards.get(stage.pk, []),
            "more": max(totals.get(stage.pk, 0) - len(cards.get(stage.pk, [])), 0),
            "folded": stage.is_closed and str(stage.pk) != opened,
        }
        for stage in stages
    ]
