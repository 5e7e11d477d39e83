"""The list of people."""

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk.search import words
from recruiting.models import Application, Candidate, CandidateAddress

PER_PAGE = 50


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """People the member sees, newest first; ``?q=`` searches names and addresses."""
    query = words(request)
    applications = Application.objects.visible_to(member).select_related("position", "stage")
    found = search(Candidate.objects.visible_to(member), query).prefetch_related(
        "addresses", Prefetch("applications", queryset=applications)
    )
    page = Paginator(found.order_by("-created_at", "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "recruiting/candidates.html", {"page": page, "query": query})


def search(people: QuerySet[Candidate], query: str) -> QuerySet[Candidate]:
    """Narrow to people of whom a name or an address contains every word of ``query``."""
    for word in query.split()[:5]:
        address = CandidateAddress.objects.filter(
            candidate=OuterRef("pk"), normalised__icontains=word
        )
        people = people.filter(
            Q(first_name__icontains=word) | Q(last_name__icontains=word) | Exists(address)
        )
    return people


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
