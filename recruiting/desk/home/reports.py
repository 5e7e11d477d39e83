"""Reports: figures of a period, the rows behind each, and files."""

import csv
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk.hiring.table import plain
from recruiting.models import Pipeline
from recruiting.reports import behind, daily, figures, scope
from recruiting.reports.scope import Scope

PER_PAGE = 50
Table = tuple[list[str], list[list[Any]]]


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """All figures of ``?from=``, ``?to=``, ``?position=`` and ``?subcompany=``; ``?csv=`` is one as a file."""
    asked = scope.read(request.GET, member)
    positions = list(asked.positions().select_related("pipeline"))
    pipelines = list({each.pipeline_id: each.pipeline for each in positions}.values())
    pipeline = _pipeline(request, asked, positions, pipelines)
    counted = _figures(asked, pipeline)
    wanted = request.GET.get("csv", "")
    if wanted:
        return _file(wanted, counted)
    context = counted | {
        "scope": asked,
        "positions": positions,
        "pipelines": pipelines,
        "pipeline": pipeline,
        "subcompanies": [] if member.subcompany_id else list(member.company.subcompanies.all()),
    }
    return render(request, "recruiting/reports.html", context)


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def rows(request: HttpRequest, member: Membership) -> HttpResponse:
    """The applications that the figure in ``?figure=`` counts."""
    asked = scope.read(request.GET, member)
    figure = request.GET.get("figure", "applied")
    found = behind.applications(asked, figure)
    if found is None:
        raise Http404("no such figure")
    listed = found.select_related("candidate", "position", "stage", "source")
    page = Paginator(listed.order_by("-applied_at", "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    query = request.GET.copy()
    for name in ("figure", "page"):
        query.pop(name, None)
    context = {
        "page": page,
        "scope": asked,
        "back": query.urlencode(),
        "are_mails": figure in behind.MAILS,
    }
    return render(request, "recruiting/report_rows.html", context)


def _pipeline(
    request: HttpRequest, asked: Scope, positions: list[Any], pipelines: list[Pipeline]
) -> Pipeline | None:
    """The pipeline whose funnel is shown: the position's, the one asked for, or the first in use."""
    for each in positions:
        if str(each.pk) == asked.position:
            pipeline: Pipeline = each.pipeline
            return pipeline
    wanted = request.GET.get("pipeline", "")
    chosen = [each for each in pipelines if str(each.pk) == wanted]
    return next(iter(chosen or pipelines), None)


def _figures(asked: Scope, pipeline: Pipeline | None) -> dict[str, Any]:
    stages = list(pipeline.stages.all()) if pipeline else []
    counts = daily.counts(asked, pipeline)
    steps, spent = figures.funnel(counts, stages), figures.time_in_stage(counts, stages)
    hiring, sources = figures.time_to_hire(asked), figures.sources(counts, asked.member)
    return {
        "funnel": steps,
        "stage_times": [(each, *spent[each.pk]) for each in stages if each.pk in spent],
        "longest": max((days for _count, days in spent.values()), default=0),
        "hiring": hiring,
        "slowest": max((days for _month, _count, days in hiring.months), default=0),
        "sources": sources,
        "most": max((each.applications for each in sources), default=0),
        "answers": figures.answers(counts),
    }


def _file(wanted: str, counted: dict[str, Any]) -> HttpResponse:
    tables: dict[str, Table] = {
        "funnel": (
            [_("Stage"), _("Came this far"), "%"],
            [[step.stage.name, step.count, step.of_all] for step in counted["funnel"]],
        ),
        "stages": (
            [_("Stage"), _("Have left it"), _("Average days")],
            [[stage.name, count, days] for stage, count, days in counted["stage_times"]],
        ),
        "hires": (
            [_("Month"), _("Hired"), _("Days from application")],
            [[f"{month:%Y-%m}", count, days] for month, count, days in counted["hiring"].months],
        ),
        "sources": (
            [_("Source"), _("Applications"), _("Hired"), _("Cost"), _("Cost per hire")],
            [
                [str(each.source or ""), each.applications, each.hired, each.cost, each.per_hire]
                for each in counted["sources"]
            ],
        ),
    }
    if wanted not in tables:
        raise Http404("no such report")
    heads, lines = tables[wanted]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.write("\ufeff")
    csv.writer(response).writerows([plain(value) for value in line] for line in [heads, *lines])
    response["Content-Disposition"] = f'attachment; filename="{wanted}.csv"'
    return response
