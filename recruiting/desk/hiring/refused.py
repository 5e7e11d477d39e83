"""Refused applications: why each was refused, and what to do with it."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk import back
from recruiting.desk.people import documents
from recruiting.forms.messages import CreateApplicationForm
from recruiting.hiring.applications import refused as attempts
from recruiting.models import RefusedApplication, RefusedDocument

PER_PAGE = 50
BASIC = ("first_name", "last_name", "email", "phone")  # what the form corrects

REASONS = {
    "already applied": gettext_lazy("Has applied for this position before"),
    "not published": gettext_lazy("The position was not published"),
    "not stored": gettext_lazy("Could not be stored because of an error on our side"),
    "no such position": gettext_lazy("There is no position with that number"),
    "wrong value": gettext_lazy("A value is not what it should be"),
    "missing value": gettext_lazy("A required value is missing"),
    "unknown field": gettext_lazy("A field is none of this company's attributes"),
    "unknown channel": gettext_lazy("A channel is none of this company's"),
    "no such document": gettext_lazy("A document was not uploaded, or more than a day ago"),
    "unwanted file": gettext_lazy("A file is too large, or of a kind we do not take"),
}
LABELS = {
    "location": gettext_lazy("Location"),
    "gender": gettext_lazy("Gender"),
    "birthday": gettext_lazy("Birthday"),
    "available_from": gettext_lazy("Available from"),
    "salary_expectations": gettext_lazy("Salary expectations"),
    "source": gettext_lazy("Source"),
    "external_posting_id": gettext_lazy("External posting"),
    "job_position_id": gettext_lazy("Position number"),
}
# Shown in their own place, or for those who look at the whole.
NOT_FACTS = {*BASIC, "message", "documents", "errors"}


@require_GET
@member_view(Can.SORT_MESSAGES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """Attempts of the last 30 days, newest first; those accepted anyway stay, marked."""
    seen = RefusedApplication.objects.visible_to(member).select_related(
        "position", "credential", "application"
    )
    page = Paginator(seen.order_by("-at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(row, name(row), reason(row)) for row in page]}
    return render(request, "recruiting/refused.html", context)


@require_GET
@member_view(Can.SORT_MESSAGES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    refused = _find(member, pk)
    return page(request, refused, CreateApplicationForm(member=member, initial=initial(refused)))


def page(
    request: HttpRequest,
    refused: RefusedApplication,
    form: CreateApplicationForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "refused": refused,
        "person": name(refused),
        "reason": reason(refused),
        "errors": list(told(refused.data.get("errors"))),
        "facts": list(facts(refused.data)),
        "documents": refused.documents.select_related("file"),
        "form": form,
    }
    return render(request, "recruiting/refused_application.html", context, status=status)


@require_POST
@member_view(Can.SORT_MESSAGES)
def accept(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Make an application of it, with what the member corrected."""
    refused = _find(member, pk)
    form = CreateApplicationForm(request.POST, member=member)
    if not form.is_valid():
        return page(request, refused, form, 422)
    try:
        application = attempts.accept(refused, by=member, **form.cleaned_data)
    except attempts.AlreadyAccepted:
        messages.info(request, _("Somebody else has just accepted this application."))
        return redirect("recruiting:refused")
    messages.success(
        request, _("Application of %(name)s accepted") % {"name": application.candidate}
    )
    return back.to(request, "recruiting:application", application.pk)


@require_POST
@member_view(Can.SORT_MESSAGES)
def delete(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    attempts.delete(_find(member, pk), by=member)
    messages.success(request, _("Refused application deleted"))
    return redirect("recruiting:refused")


@require_GET
@member_view(Can.SORT_MESSAGES)
def document(
    request: HttpRequest, member: Membership, pk: int, document_id: int
) -> HttpResponseBase:
    found = get_object_or_404(
        RefusedDocument.objects.select_related("file"), refused=_find(member, pk), pk=document_id
    )
    return documents.download(found.file, found.name)


def name(refused: RefusedApplication) -> str:
    """Who it was, as far as we were told."""
    words = (str(refused.data.get(part) or "") for part in ("first_name", "last_name"))
    return " ".join(filter(None, words)) or str(refused.data.get("email") or "") or _("No name")


def reason(refused: RefusedApplication) -> str:
    """Why it was not taken, in sentences; doors join several reasons by semicolons."""
    return ". ".join(str(REASONS.get(part, part)) for part in refused.reason.split("; "))


def initial(refused: RefusedApplication) -> dict[str, Any]:
    return {part: refused.data.get(part, "") for part in BASIC} | {"position": refused.position_id}


def facts(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What else was sent, as label and text: known fields, attributes, and what meant nothing to us."""
    for key, value in data.items():
        if key in NOT_FACTS or not value:
            continue
        if isinstance(value, dict):
            yield from ((str(label), str(text)) for label, text in value.items())
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield str(LABELS.get(key, key)), text


def told(errors: Any) -> Iterator[str]:
    """Every sentence among the errors, however deep the door's own shape hides them."""
    if isinstance(errors, str):
        yield errors
    elif isinstance(errors, dict):
        for field, inner in errors.items():
            if inner and isinstance(inner, str) and field in ("field", "reason"):
                yield inner
            elif not isinstance(inner, str):
                yield from told(inner)
    elif isinstance(errors, list):
        for each in errors:
            yield from told(each)


def _find(member: Membership, pk: int) -> RefusedApplication:
    seen = RefusedApplication.objects.visible_to(member)
    return get_object_or_404(
        seen.select_related("company", "position", "credential", "application__candidate"), pk=pk
    )
