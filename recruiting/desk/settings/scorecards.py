"""Settings: the scorecards that evaluations are given with."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.forms.evaluations import CriteriaFormSet, ScorecardForm
from recruiting.hiring.positions import scorecards
from recruiting.models import Scorecard

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@member_view(Can.EDIT_TEMPLATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    found = Scorecard.objects.visible_to(member).annotate(
        lines=Count("criteria", distinct=True), used=Count("positions", distinct=True)
    )
    return render(request, "recruiting/scorecards.html", {"scorecards": found})


@form_view
@member_view(Can.EDIT_TEMPLATES)
def create(request: HttpRequest, member: Membership) -> HttpResponse:
    return _edit(request, member, Scorecard(company=member.company))


@form_view
@member_view(Can.EDIT_TEMPLATES)
def edit(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found = Scorecard.objects.visible_to(member).select_related("company")
    return _edit(request, member, get_object_or_404(found, pk=pk))


def _edit(request: HttpRequest, member: Membership, scorecard: Scorecard) -> HttpResponse:
    form = ScorecardForm(request.POST or None, instance=scorecard)
    criteria = scorecard.criteria.all() if scorecard.pk else []
    initial = [
        {"section": each.section, "name": each.name, "kind": each.kind, "weight": each.weight}
        for each in criteria
    ]
    lines = CriteriaFormSet(request.POST or None, initial=initial, prefix="line")
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        written = [
            {name: line.cleaned_data[name] for name in ("section", "name", "kind", "weight")}
            for line in lines.lines()
        ]
        scorecards.save(scorecard, form.cleaned_data["name"], written, by=member)
        messages.success(request, _("Saved."))
        return redirect("recruiting:scorecards")
    context = {"form": form, "lines": lines, "scorecard": scorecard}
    status = 422 if form.is_bound else 200
    return render(request, "recruiting/scorecard.html", context, status=status)


@require_POST
@member_view(Can.EDIT_TEMPLATES)
def delete(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found = Scorecard.objects.visible_to(member).select_related("company")
    scorecard = get_object_or_404(found, pk=pk)
    scorecards.delete(scorecard, by=member)
    messages.success(request, _("“%(name)s” was deleted") % {"name": scorecard})
    return redirect("recruiting:scorecards")
