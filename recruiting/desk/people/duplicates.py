"""Two rows for one person: look at both, merge them, take it back, or tell them apart."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk import back, search
from recruiting.desk.people.candidates import search as by_words
from recruiting.models import Candidate, CandidateMerge, PossibleDuplicate
from recruiting.people import duplicates, merging

FOUND = 8
PER_PAGE = 20
MERGED = 10  # the newest that the list offers to take back


@require_GET
@member_view(Can.ADD_CANDIDATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """All pairs of the company that may be one person, newest first, and what was merged lately."""
    if member.subcompany_id:
        raise PermissionDenied(Can.ADD_CANDIDATES)
    pairs = PossibleDuplicate.objects.visible_to(member).undecided().order_by("-created_at", "-pk")
    shown = *duplicates.facts("first__"), *duplicates.facts("second__")
    found = pairs.select_related("first", "second").prefetch_related(*shown)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    merges = CandidateMerge.objects.visible_to(member).standing()
    context = {
        "page": page,
        "pairs": [(pair, duplicates.REASONS.get(pair.reason, pair.reason)) for pair in page],
        "merges": _with_newer(merges[:MERGED] if page.number == 1 else merges.none()),
    }
    return render(request, "recruiting/duplicate_list.html", context)


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
        found = list(by_words(others, member, query)[0][:FOUND])
    shown = [candidate, *(each.person for each in likely), *found]
    prefetch_related_objects(shown, *duplicates.facts())
    context = {
        "candidate": candidate,
        "likely": likely,
        "query": query,
        "found": found,
        "merges": _with_newer(candidate.merges.all().standing()),
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
            extra_tags=back.undo(request, "recruiting:merge-undo", made.kept_id, made.pk),
        )
    return back.to(request, "recruiting:duplicates", pk)


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
    return back.to(request, "recruiting:duplicates", pk)


@require_POST
@member_view(Can.ADD_CANDIDATES)
def tell_apart(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Note that the posted ``other`` is somebody else."""
    candidate, other = _candidate(member, pk), _other(request, member)
    merging.dismiss(candidate, other, by=member)
    messages.success(request, _("They are not suggested again."))
    return back.to(request, "recruiting:duplicates", pk)


def _candidate(member: Membership, pk: int) -> Candidate:
    candidate = get_object_or_404(Candidate.objects.visible_to(member), pk=pk)
    if member.subcompany_id:  # would merge what they do not see
        raise PermissionDenied(Can.ADD_CANDIDATES)
    return candidate


def _other(request: HttpRequest, member: Membership) -> Candidate:
    wanted = request.POST.get("other", "")
    pk = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else 0
    return _candidate(member, pk)


def _with_newer(
    merges: QuerySet[CandidateMerge],
) -> list[tuple[CandidateMerge, list[merging.Newer]]]:
    """Merges, each with the applications that came since and whose they are when it is taken back."""
    rows = list(merges.select_related("kept", "other", "by__user"))
    return list(zip(rows, merging.came_since(rows), strict=True))
