"""The list of people."""

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk.search import words
from recruiting.models import Application, Candidate
from recruiting.search import finding

PER_PAGE = 50


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """People the member sees, newest first; ``?q=`` searches names, addresses and phone numbers."""
    query = words(request)
    applications = Application.objects.visible_to(member).select_related("position", "stage")
    people, how = search(Candidate.objects.visible_to(member), member, query)
    found = people.prefetch_related("addresses", Prefetch("applications", queryset=applications))
    page = Paginator(found.order_by("-created_at", "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    matches = finding.explain_people(page, query, how) if query else {}
    context = {
        "page": page,
        "query": query,
        "how": how,
        "rows": [(person, matches.get(person.pk)) for person in page],
    }
    return render(request, "recruiting/candidates.html", context)


def search(
    people: QuerySet[Candidate], member: Membership, query: str
) -> tuple[QuerySet[Candidate], str]:
    """Narrow to people found by the words of ``query`` in name, address, phone or place, and say how."""
    if not finding.words(query):
        return people, ""
    found, how = finding.people(member.company_id, query)
    return people.filter(pk__in=found), how


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Lead to the person's newest application, where the conversation stands."""
    candidate = get_object_or_404(Candidate.objects.visible_to(member), pk=pk)
    newest = get_object_or_404(
        Application.objects.visible_to(member)
        .filter(candidate=candidate)
        .order_by("-applied_at")[:1]
    )
    return redirect("recruiting:application", pk=newest.pk)
