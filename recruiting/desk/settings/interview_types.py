"""Settings: the types of interviews a company has, with what each begins with."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from companies import audit
from companies.access import Can, member_view
from companies.models import Membership
from recruiting.forms.interviews import InterviewTypeForm
from recruiting.models import InterviewType

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
@member_view(Can.EDIT_TEMPLATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """All of them; POST adds one."""
    form = InterviewTypeForm(request.POST or None, instance=InterviewType(company=member.company))
    if request.method == "POST" and form.is_valid():
        return _save(request, form, member, "interview_type.created")
    found = InterviewType.objects.visible_to(member).annotate(used=Count("interviews"))
    context = {"form": form, "rows": found}
    return render(request, "recruiting/interview_types.html", context, status=_status(form))


@form_view
@member_view(Can.EDIT_TEMPLATES)
def edit(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found = get_object_or_404(InterviewType.objects.visible_to(member), pk=pk)
    form = InterviewTypeForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        return _save(request, form, member, "interview_type.changed")
    context = {"form": form, "type": found}
    return render(request, "recruiting/interview_type.html", context, status=_status(form))


@require_POST
@member_view(Can.EDIT_TEMPLATES)
def delete(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Interviews of the type stay as they are."""
    found = get_object_or_404(InterviewType.objects.visible_to(member), pk=pk)
    audit.record(member.company, "interview_type.deleted", found, by=member, name=found.name)
    found.delete()
    messages.success(request, _("“%(name)s” was deleted") % {"name": found})
    return redirect("recruiting:interview-types")


def _save(
    request: HttpRequest, form: InterviewTypeForm, member: Membership, verb: str
) -> HttpResponse:
    saved = form.save()
    audit.record(member.company, verb, saved, by=member, name=saved.name)
    messages.success(request, _("Saved."))
    return redirect("recruiting:interview-types")


def _status(form: InterviewTypeForm) -> int:
    return 422 if form.is_bound and form.errors else 200
