"""Settings: the pipelines that positions share, and their stages."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.forms.pipelines import PipelineForm, StagesFormSet
from recruiting.hiring.positions import pipelines
from recruiting.models import Pipeline


@require_GET
@member_view(Can.EDIT_POSITIONS)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """Every pipeline with its stages and how many positions use it."""
    _whole_company(member)
    found = (
        Pipeline.objects.visible_to(member)
        .annotate(used=Count("positions"))
        .prefetch_related("stages")
    )
    form = PipelineForm(instance=Pipeline(company=member.company))
    return render(request, "recruiting/pipelines.html", {"pipelines": found, "form": form})


@require_POST
@member_view(Can.EDIT_POSITIONS)
def create(request: HttpRequest, member: Membership) -> HttpResponse:
    """Make one with the usual stages, and go on to change them."""
    _whole_company(member)
    form = PipelineForm(request.POST, instance=Pipeline(company=member.company))
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors.get("name", [])))
        return redirect("recruiting:pipelines")
    made = pipelines.create(form.cleaned_data["name"], by=member)
    return redirect("recruiting:pipeline", pk=made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.EDIT_POSITIONS)
def edit(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Rename, order, add and remove stages."""
    pipeline = _pipeline(member, pk)
    here = Count("applications", filter=Q(applications__closed_at=None))
    stages = list(pipeline.stages.annotate(here=here))
    initial = [
        {"stage": each.pk, "kind": each.kind, "name": each.name, "max_days": each.max_days}
        for each in stages
    ]
    form = PipelineForm(request.POST or None, instance=pipeline)
    lines = StagesFormSet(request.POST or None, initial=initial, prefix="line")
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        try:
            pipelines.save(pipeline, form.cleaned_data["name"], lines.written(), by=member)
        except pipelines.StageInUse as error:
            text = _("Somebody is in “%(stage)s”: move them on before you remove it.")
            form.add_error(None, text % {"stage": error.stage.name})
        else:
            messages.success(request, _("Saved."))
            return redirect("recruiting:pipeline", pk=pk)
    context = {
        "form": form,
        "lines": lines,
        "pipeline": pipeline,
        "stages": stages,
        "positions": pipeline.positions.visible_to(member).order_by("name"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "recruiting/pipeline.html", context, status=status)


@require_POST
@member_view(Can.EDIT_POSITIONS)
def delete(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    pipeline = _pipeline(member, pk)
    if pipelines.delete(pipeline, by=member):
        messages.success(request, _("“%(name)s” was deleted") % {"name": pipeline.name})
        return redirect("recruiting:pipelines")
    messages.error(request, _("It is used by positions, or the last one you have."))
    return redirect("recruiting:pipeline", pk=pk)


def _pipeline(member: Membership, pk: int) -> Pipeline:
    found = Pipeline.objects.visible_to(member).select_related("company")
    pipeline = get_object_or_404(found, pk=pk)
    _whole_company(member)
    return pipeline


def _whole_company(member: Membership) -> None:
    """Pipelines are shared: who is limited to one subcompany would change the others' positions."""
    if member.subcompany_id:
        raise PermissionDenied(Can.EDIT_POSITIONS)
