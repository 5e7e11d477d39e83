"""The search over everything: people, positions, messages and documents."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk import search
from recruiting.models import SearchEntry
from recruiting.search import finding

FIRST = 8  # of each kind on the first page
PER_PAGE = 50


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """The newest finds of each kind for ``?q=``; ``?kind=`` shows all of one."""
    query = search.words(request)[:200]
    kinds = [
        kind
        for kind in SearchEntry.Kind
        if kind != SearchEntry.Kind.MESSAGE or Can.VIEW_MESSAGES in member.can
    ]
    kind = request.GET.get("kind", "")
    context: dict[str, Any] = {"query": query, "kinds": kinds, "kind": kind, "groups": []}
    if query and kind in kinds:
        found = finding.find(member, query, kind)
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        hits = finding.explain(list(page), query)
        context |= {"page": page, "groups": [(SearchEntry.Kind(kind), hits, False)]}
    elif query:
        context["groups"] = _groups(member, query, kinds)
        if not context["groups"]:
            context["groups"] = _similar(member, query)
            context["is_similar"] = bool(context["groups"])
    return render(request, "recruiting/search.html", context)


def _groups(member: Membership, query: str, kinds: list[SearchEntry.Kind]) -> list[Any]:
    groups = []
    for kind in kinds:
        found = list(finding.find(member, query, kind)[: FIRST + 1])
        if found:
            hits = finding.explain(found[:FIRST], query)
            groups.append((kind, hits, len(found) > FIRST))
    return groups


def _similar(member: Membership, query: str) -> list[Any]:
    groups = []
    for kind in (SearchEntry.Kind.PERSON, SearchEntry.Kind.POSITION):
        found = list(finding.find_similar(member, query, kind)[:FIRST])
        if found:
            groups.append((kind, finding.explain(found, query), False))
    return groups
