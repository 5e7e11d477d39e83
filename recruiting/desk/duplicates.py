"""Two rows for one person: look at both, merge them, take it back, or tell them apart."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk import search
from recruiting.desk.candidates import search as by_words
from recruiting.models import Candidate, CandidateMerge
from recruiting.people import duplicates, merging

FOUND = 8


@require_GET
@member_view(Can.ADD_CANDIDATES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Who may be the same person, who is named like ``?q=``, and what was merged before."""
    candidate = _candidate(member, pk)
    query = search.words(request)
    likely = duplicates.of(candidate, member)
    found: list[Candidate] = []
    if query:
        others = Candidate.objects.visible_to(member).exclude(pk=pk)
        shown = ("addresses", "applications__position", "applications__stage")
        found = list(by_words(others, query).prefetch_related(*shown)[:FOUND])
    context = {
        "candidate": candidate,
        "applications": candidate.applications.select_related("position", "stage"),
        "likely": likely,
        "query": query,
        "found": found,
        "merges": candidate.merges.filter(undone_at=None).select_related("other", "by__user"),
    }
    return render(request, "recruiting/duplicates.html", context)


@require_POST
@member_view(Can.ADD_CANDIDATES)
def merge(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Merge the posted ``other`` into this person."""
    candidate, other = _candidate(member, pk), _other(request, member)
    try:
        made = merging.merge(candidate, other, by=member)
    except merging.CannotMerge:
        messages.error(request, _("These two cannot be merged. Nothing was changed."))
    else:
        text = _("%(other)s is one with %(kept)s now")
        messages.success(
            request,
            text % {"other": other, "kept": candidate},
            extra_tags=f"undo:{_undo(made)}",
        )
    return redirect("recruiting:duplicates", pk=pk)


@require_POST
@member_view(Can.ADD_CANDIDATES)
def take_back(request: HttpRequest, member: Membership, pk: int, merge_id: int) -> HttpResponse:
    """Make two people again of a merge."""
    candidate = _candidate(member, pk)
    merged = get_object_or_404(CandidateMerge.objects.filter(kept=candidate), pk=merge_id)
    try:
        merging.take_back(merged, by=member)
    except merging.CannotMerge:
        messages.error(request, _("This merge cannot be taken back. Nothing was changed."))
    else:
        messages.success(request, _("They are two people again."))
    return redirect("recruiting:duplicates", pk=pk)


@require_POST
@member_view(Can.ADD_CANDIDATES)
def tell_apart(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Note that the posted ``other`` is somebody else."""
    candidate, other = _candidate(member, pk), _other(request, member)
    merging.dismiss(candidate, other, by=member)
    messages.success(request, _("They are not suggested again."))
    return redirect("recruiting:duplicates", pk=pk)


def _candidate(member: Membership, pk: int) -> Candidate:
    found = Candidate.objects.visible_to(member).prefetch_related("addresses")
    candidate = get_object_or_404(found, pk=pk)
    if member.subcompany_id:  # would merge what they do not see
        raise PermissionDenied(Can.ADD_CANDIDATES)
    return candidate


def _other(request: HttpRequest, member: Membership) -> Candidate:
    wanted = request.POST.get("other", "")
    pk = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else 0
    return _candidate(member, pk)


def _undo(made: CandidateMerge) -> str:
    return reverse("recruiting:merge-undo", args=[made.kept_id, made.pk])
