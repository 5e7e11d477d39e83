"""The board of a position: one column per stage, cards that move by drag, menu or key."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import senders
from recruiting.desk import search
from recruiting.forms.applications import MoveForm
from recruiting.hiring import pipeline
from recruiting.models import Application, Position, Stage

CARDS = 40  # a column shows its newest; the rest is one click away
OPENED_CARDS = 500


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Columns with their newest cards; ``?q=`` filters by name, ``?stage=`` opens one column whole."""
    position = get_object_or_404(
        Position.objects.visible_to(member).select_related("company", "subcompany", "pipeline"),
        pk=pk,
    )
    query = search.words(request)
    everybody = Application.objects.visible_to(member).filter(position=position)
    applications = filtered(everybody, query)
    stages = list(position.pipeline.stages.all())
    opened = request.GET.get("stage", "")
    shown = columns(stages, applications, opened)
    found = sum(column["total"] for column in shown)
    context = {
        "position": position,
        "stages": stages,
        "columns": shown,
        "found": found,
        "total": everybody.count() if query else found,
        "opened": opened if opened.isdecimal() else "",
        "query": query,
        "sender": senders.resolve(position.company, position.subcompany),
    }
    return render(request, "recruiting/board.html", context)


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
    pipeline.move(application, form.cleaned_data["stage"], by=member)
    application = with_card_data(Application.objects.filter(pk=pk)).get()
    if request.headers.get("HX-Request"):
        return render(request, "recruiting/board.html#card", {"application": application})
    messages.success(
        request,
        _("%(name)s moved to %(stage)s")
        % {"name": application.candidate, "stage": application.stage},
    )
    return redirect("recruiting:application", pk=pk)


def _not_moved(request: HttpRequest, application: Application, form: MoveForm) -> HttpResponse:
    text = " ".join(str(error) for error in form.errors.get("stage", [_("Choose a stage.")]))
    if request.headers.get("HX-Request"):
        return HttpResponse(text, status=422, content_type="text/plain")
    messages.error(request, text)
    return redirect("recruiting:application", pk=application.pk)


def filtered(applications: QuerySet[Application], query: str) -> QuerySet[Application]:
    """Narrow to people whose name contains every word of ``query``."""
    for word in query.split()[:5]:
        applications = applications.filter(
            Q(candidate__first_name__icontains=word) | Q(candidate__last_name__icontains=word)
        )
    return applications


def with_card_data(applications: QuerySet[Application]) -> QuerySet[Application]:
    """What a card shows, in two queries for any number of cards."""
    return applications.select_related("candidate", "stage", "source").prefetch_related("tags")


def columns(
    stages: Sequence[Stage], applications: QuerySet[Application], opened: str
) -> list[dict[str, Any]]:
    """One dict per stage: ``stage``, ``total``, ``cards``, ``more``; closed stages have cards only when opened."""
    totals = dict(applications.values_list("stage").annotate(total=Count("pk")).order_by())
    newest = Q(pk=None)
    for stage in stages:
        if not stage.is_closed or str(stage.pk) == opened:
            limit = OPENED_CARDS if str(stage.pk) == opened else CARDS
            column = applications.filter(stage=stage).order_by("-applied_at", "-pk")
            newest |= Q(pk__in=column.values("pk")[:limit])
    cards: dict[int, list[Application]] = {}
    for application in with_card_data(applications.filter(newest)).order_by("-applied_at", "-pk"):
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
