"""The first page: what waits for the member, with what to do about it in each row."""

import hashlib
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk.home import todo
from recruiting.hiring.starting import onboarding

PER_PAGE = 50
TITLES = {"new": _("New applications"), "overdue": _("Too long in a stage")}


@require_GET
@member_view(Can.VIEW_POSITIONS)
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """Mails that did not arrive, answers, mail to sort, new, overdue and refused applications.
    ``?fragment=<version>`` asks for news: 204 when there are none."""
    context = waiting(member)
    known = request.GET.get("fragment")
    if known == context["version"]:
        return HttpResponse(status=204)
    part = "" if known is None else "#rows"
    return render(request, f"recruiting/home.html{part}", context)


def waiting(member: Membership) -> dict[str, Any]:
    """What the page shows, in a fixed number of queries."""
    parts = {
        **todo.applications(member),
        **todo.mails(member),
        "interviews": todo.interviews(member),
    }
    if member.can.add_notes:
        parts["asked"] = todo.asked(member)
    if member.can.sort_messages:
        parts["refused"] = todo.refused_ones(member)
    steps = onboarding.checklist(member)
    seen = [(kind, part["count"], [row.pk for row in part["rows"]]) for kind, part in parts.items()]
    version = hashlib.sha256(repr(seen).encode()).hexdigest()[:12]
    return {
        **parts,
        "checklist": steps,
        "checklist_done": sum(step.is_done for step in steps),
        "version": version,
        "is_quiet": not any(part["count"] for part in parts.values()),
    }


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def rows(request: HttpRequest, member: Membership, kind: str) -> HttpResponse:
    """All rows of one kind of applications."""
    found = todo.with_next_stage(todo.APPLICATIONS[kind](member))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "kind": kind, "title": TITLES[kind]}
    return render(request, "recruiting/todo/all.html", context)
