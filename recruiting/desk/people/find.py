"""The search over everything: people, positions, messages and documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk import search
from recruiting.forms.search import NarrowForm
from recruiting.models import SearchEntry
from recruiting.search import finding
from recruiting.search.narrowing import Narrowing

FIRST = 8  # of each kind on the first page
PER_PAGE = 50


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """The newest finds of each kind for ``?q=`` and what narrows it; ``?kind=`` shows all of one."""
    query = search.words(request)[:200]
    form = NarrowForm(request.GET, member=member)
    narrowing = form.narrowing()
    asked = Asked(member, query, narrowing)
    kinds = [
        kind
        for kind in SearchEntry.Kind
        if kind != SearchEntry.Kind.MESSAGE or Can.VIEW_MESSAGES in member.can
    ]
    kind = request.GET.get("kind", "")
    context: dict[str, Any] = {
        "query": query,
        "kinds": kinds,
        "kind": kind,
        "groups": [],
        "form": form,
        "narrows": bool(narrowing),
        "is_asked": bool(query or narrowing),
    }
    if context["is_asked"] and kind in kinds:
        found = finding.find(member, query, kind, narrowing)
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        context["is_bounded"] = page.paginator.count == finding.MOST
        context |= {"page": page, "groups": [(SearchEntry.Kind(kind), asked.explain(page), False)]}
    elif context["is_asked"]:
        context["groups"] = _groups(asked, kinds)
        if not context["groups"]:
            context["groups"], context["how"] = _similar(asked)
    return render(request, "recruiting/search.html", context)


@dataclass(frozen=True)
class Asked:
    """Who looks for what."""

    member: Membership
    query: str
    narrowing: Narrowing

    def explain(self, found: Iterable[SearchEntry], *, how: str = "") -> list[finding.Hit]:
        return finding.explain(list(found), self.query, self.member, self.narrowing, how=how)


def _groups(asked: Asked, kinds: list[SearchEntry.Kind]) -> list[Any]:
    groups = []
    for kind in kinds:
        entries = finding.find(asked.member, asked.query, kind, asked.narrowing, FIRST + 1)
        found = list(entries[: FIRST + 1])
        if found:
            groups.append((kind, asked.explain(found[:FIRST]), len(found) > FIRST))
    return groups


def _similar(asked: Asked) -> tuple[list[Any], str]:
    """What has the words inside, or else near it."""
    groups: list[Any] = []
    before = ""
    for kind, how, entries in finding.find_similar(asked.member, asked.query, asked.narrowing):
        if groups and how != before:
            break
        found = list(entries[:FIRST])
        if found:
            groups.append((SearchEntry.Kind(kind), asked.explain(found, how=how), False))
        before = how
    return groups, before if groups else ""
