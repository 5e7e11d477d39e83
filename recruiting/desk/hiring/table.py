"""The applications of a position as a table: the board's set, its filter bar, and files to take along."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import senders
from recruiting.desk.hiring import board
from recruiting.desk.hiring import filters as filtering
from recruiting.models import Application, Position

PER_PAGE = 50
EXPORTED = 20_000  # rows of one file
Value = Callable[[Application], object]
COLUMNS: dict[str, tuple[Any, Value]] = {
    "email": (_("E-mail"), lambda each: each.applied_address),
    "phone": (_("Phone"), lambda each: each.candidate.phone),
    "location": (_("Location"), lambda each: each.candidate.location),
    "stage": (_("Stage"), lambda each: each.stage.name),
    "days": (_("Days in stage"), lambda each: each.days_in_stage),
    "applied": (_("Applied"), lambda each: timezone.localtime(each.applied_at).date()),
    "source": (_("Source"), lambda each: each.source.name if each.source else ""),
    "tags": (_("Tags"), lambda each: ", ".join(tag.name for tag in each.tags.all())),
    "available": (_("Available from"), lambda each: each.available_from),
    "salary": (_("Salary expectations"), lambda each: each.salary_expectations),
    "reason": (_("Reason"), lambda each: str(each.rejection_reason or "")),
}
USUAL = ["email", "stage", "days", "applied", "source", "tags"]
SORTS = {
    "applied": ["-applied_at", "-pk"],
    "name": ["candidate__last_name", "candidate__first_name", "pk"],
    "stage": ["stage__order", "-applied_at", "-pk"],
    "days": ["stage_entered_at", "pk"],
}
_FORMULA = re.compile(r"^[=+\-@\t\r](?![\d ()/.-]*$)")  # a telephone number is none


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """One page of the rows, or all of them as a file (``?format=csv`` or ``xlsx``)."""
    position = get_object_or_404(
        Position.objects.visible_to(member).select_related("company", "subcompany", "pipeline"),
        pk=pk,
    )
    filters = filtering.read(request, member)
    stages = board.with_notices(position)
    everybody = Application.objects.visible_to(member).filter(position=position)
    found = filters.apply(everybody, stages)
    if filters.stage:
        found = found.filter(stage=int(filters.stage))
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "applied"
    wanted = [name for name in request.GET.getlist("columns") if name in COLUMNS] or USUAL
    wanted = [name for name in COLUMNS if name in wanted]
    rows = with_row_data(found).order_by(*SORTS[sort])
    wanted_file = request.GET.get("format", "")
    if wanted_file in ("csv", "xlsx"):
        return export(position, rows[:EXPORTED], wanted, wanted_file)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = filtering.bar(member, position, filters) | {
        "position": position,
        "tab": "applications",
        "stages": stages,
        "page": page,
        "rows": [
            (each, [(label, _shown(value)) for label, value in cells(each, wanted)])
            for each in page
        ],
        "found": page.paginator.count,
        "total": everybody.count(),
        "sort": sort,
        "columns_offered": [(name, label, name in wanted) for name, (label, _v) in COLUMNS.items()],
        "heads": [(name, COLUMNS[name][0], name in SORTS) for name in wanted],
        "sender": senders.resolve(position.company, position.subcompany),
        "is_table": True,
    }
    return render(request, "recruiting/table.html", context)


def with_row_data(applications: QuerySet[Application]) -> QuerySet[Application]:
    """What a row shows, in two queries for any number of rows."""
    return applications.select_related(
        "candidate", "stage", "source", "rejection_reason"
    ).prefetch_related("tags")


def cells(application: Application, wanted: list[str]) -> list[tuple[Any, object]]:
    """Pairs of a column's label and its value."""
    return [(COLUMNS[name][0], COLUMNS[name][1](application)) for name in wanted]


def _shown(value: object) -> object:
    """Days in their short form: a column of long ones breaks each into two lines."""
    return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, date) else value


def export(
    position: Position, rows: QuerySet[Application], wanted: list[str], kind: str
) -> HttpResponse:
    """The rows as a file for spreadsheets, in which nothing is a formula."""
    lines = _lines(rows, wanted)
    if kind == "csv":
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response.write("\ufeff")  # or Excel takes it for Latin-1
        csv.writer(response).writerows([plain(value) for value in line] for line in lines)
    else:
        response = HttpResponse(
            _workbook(lines),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    name = f"applications-{position.number}-{timezone.localdate():%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(rows: QuerySet[Application], wanted: list[str]) -> Iterator[list[object]]:
    yield [str(_("Name")), *(str(COLUMNS[name][0]) for name in wanted)]
    for row in rows.iterator(chunk_size=500):
        yield [row.candidate.name, *(value for _label, value in cells(row, wanted))]


def plain(value: object) -> object:
    """A cell of a CSV file, in which no text is a formula."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _workbook(lines: Iterator[list[object]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(_("Applications")))
    for line in lines:
        row = []
        for value in line:
            text = (
                re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)
                if isinstance(value, str)
                else value
            )
            cell = WriteOnlyCell(sheet, value=text)
            if isinstance(value, str):
                cell.data_type = "s"
            row.append(cell)
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
