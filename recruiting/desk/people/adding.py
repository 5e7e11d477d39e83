"""Bringing candidates in: one by hand, many from a file."""

import csv

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.desk.hiring.table import plain
from recruiting.forms.adding import CandidateForm, ImportForm, MappingForm
from recruiting.hiring.applications import applying
from recruiting.hiring.applications.applying import Applicant
from recruiting.hiring.starting import importing, tables
from recruiting.models import CandidateImport
from recruiting.models.applications import Door
from recruiting.people import categories, uploads

PREVIEW = 5  # rows
read_or_save = require_http_methods(["GET", "HEAD", "POST"])


@read_or_save
@member_view(Can.ADD_CANDIDATES)
def by_hand(request: HttpRequest, member: Membership) -> HttpResponse:
    """Add one candidate to a position; ``?position=`` chooses it beforehand."""
    if request.method == "POST":
        form = CandidateForm(request.POST, request.FILES, member=member)
        if form.is_valid() and (answer := _add(request, member, form)):
            return answer
    else:
        form = CandidateForm(member=member, initial={"position": request.GET.get("position")})
    status = 422 if form.is_bound else 200
    return render(request, "recruiting/candidate_new.html", {"form": form}, status=status)


def _add(request: HttpRequest, member: Membership, form: CandidateForm) -> HttpResponse | None:
    data = form.cleaned_data
    sent = [(upload, categories.guess(upload.name or "")) for upload in data["documents"]]
    papers = uploads.receive_all(member.company, sent)
    words = ("first_name", "last_name", "email", "phone", "location", "source", "message")
    applicant = Applicant(documents=papers, **{name: data[name] for name in words})
    try:
        application = applying.apply(data["position"], applicant, door=Door.RECRUITER, by=member)
    except applying.AlreadyApplied:
        form.add_error("email", _("This person already applied to this position."))
        return None
    messages.success(request, _("%(name)s was added") % {"name": application.candidate})
    return redirect("recruiting:application", pk=application.pk)


@read_or_save
@member_view(Can.ADD_CANDIDATES)
def imports(request: HttpRequest, member: Membership) -> HttpResponse:
    """Files that were brought, and a form for the next one."""
    form = ImportForm(request.POST or None, request.FILES or None, member=member)
    if request.method == "POST" and form.is_valid():
        table = form.cleaned_data["table"]
        try:
            made = importing.begin(
                form.cleaned_data["position"],
                table.read(tables.MAX_BYTES + 1),
                uploads.safe_name(table.name or ""),
                by=member,
            )
        except tables.Unreadable as error:
            text = _("This is no table we can read (%(why)s).") % {"why": error}
            form.add_error("table", text)
        else:
            return redirect("recruiting:import", pk=made.pk)
    context = {
        "form": form,
        "imports": CandidateImport.objects.visible_to(member).select_related("position")[:50],
    }
    status = 422 if form.is_bound else 200
    return render(request, "recruiting/imports.html", context, status=status)


@read_or_save
@member_view(Can.ADD_CANDIDATES)
def show_import(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """One import: first its columns and a preview, then what became of its rows."""
    source = _visible(member, pk)
    context: dict[str, object] = {"source": source}
    status = 200
    if source.state == CandidateImport.State.NEW:
        try:
            heads, rows = importing.content(source)
        except importing.LOST:
            importing.give_up(source)
            return redirect("recruiting:import", pk=pk)
        form = MappingForm(request.POST or None, heads=heads, mapping=source.mapping)
        if request.method == "POST" and form.is_valid():
            importing.start(source, form.mapping(), by=member)
            return redirect("recruiting:import", pk=pk)
        context |= {"form": form, "heads": heads, "preview": rows[:PREVIEW]}
        status = 422 if form.is_bound else 200
    else:
        failed = source.rows.exclude(error="")
        context |= {
            "done": source.rows.count(),
            "made": source.rows.exclude(application=None).count(),
            "failed": failed.count(),
            "errors": failed[:20],
        }
    return render(request, "recruiting/import.html", context, status=status)


@require_GET
@member_view(Can.ADD_CANDIDATES)
def import_errors(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """The rows that were not imported as CSV, each with its reason, to be put right and brought again."""
    source = _visible(member, pk)
    try:
        heads, rows = importing.content(source)
    except importing.LOST as error:
        raise Http404("the file is lost") from error
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([plain(value) for value in [*heads, _("Error")]])
    for line in source.rows.exclude(error=""):
        writer.writerow([plain(value) for value in [*rows[line.number], line.error]])
    response["Content-Disposition"] = f'attachment; filename="import-{source.pk}-errors.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@member_view(Can.ADD_CANDIDATES)
def undo_import(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Take an import back, but for what people have worked on since."""
    deleted, kept = importing.undo(_visible(member, pk), by=member)
    text = _(
        "%(deleted)d applications were taken back, %(kept)d stay because somebody worked on them."
    )
    messages.success(request, text % {"deleted": deleted, "kept": kept})
    return redirect("recruiting:import", pk=pk)


def _visible(member: Membership, pk: int) -> CandidateImport:
    return get_object_or_404(
        CandidateImport.objects.visible_to(member).select_related("position__company", "file"),
        pk=pk,
    )
