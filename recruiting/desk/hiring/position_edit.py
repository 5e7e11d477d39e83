"""Opening a position and changing what it is, says and asks, and who hires for it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import senders
from recruiting.forms.positions import FieldsForm, PositionForm, TeamForm, TextForm
from recruiting.hiring.positions import positions
from recruiting.models import Position

read_or_save = require_http_methods(["GET", "HEAD", "POST"])


@read_or_save
@member_view(Can.EDIT_POSITIONS)
def create(request: HttpRequest, member: Membership) -> HttpResponse:
    """Open a draft; its description is what comes next."""
    initial = {"subcompany": member.subcompany_id}
    form = PositionForm(request.POST or None, member=member, initial=initial)
    if request.method == "POST" and form.is_valid():
        position = positions.create(member.company, by=member, **form.cleaned_data)
        messages.success(request, _("%(name)s is a draft now.") % {"name": position.name})
        return redirect("recruiting:position-description", pk=position.pk)
    return _answer(request, "recruiting/position_new.html", {"form": form}, form.is_bound)


@read_or_save
@member_view(Can.EDIT_POSITIONS)
def edit(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Change the details."""
    position = visible(member, pk)
    form = PositionForm(request.POST or None, member=member, instance=_fresh(position))
    if request.method == "POST" and form.is_valid():
        positions.update(position, by=member, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("recruiting:position", pk=pk)
    context = _tab(position, "details") | {"form": form}
    return _answer(request, "recruiting/position_edit.html", context, form.is_bound)


@read_or_save
@member_view(Can.EDIT_POSITIONS)
def description(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Write what applicants read, in the language of ``?language=``."""
    position = visible(member, pk)
    texts = {each.language: each for each in position.texts.prefetch_related("sections")}
    languages = dict(settings.LANGUAGES)
    language = request.GET.get("language", "")
    if language not in languages:
        language = next((each for each in languages if each in texts), next(iter(languages)))
    posted = request.POST if request.method == "POST" else None
    form = TextForm(posted, text=texts.get(language))
    if posted is not None and form.is_valid():
        title, sections = form.cleaned_data["title"], form.written()
        positions.write_text(position, language, title, sections, by=member)
        messages.success(request, _("Saved."))
        return redirect(f"{request.path}?language={language}")
    context = _tab(position, "description") | {
        "form": form,
        "language": language,
        "languages": [(code, name, code in texts) for code, name in languages.items()],
    }
    return _answer(request, "recruiting/position_description.html", context, form.is_bound)


@read_or_save
@member_view(Can.EDIT_POSITIONS)
def fields(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Choose what the application form asks for."""
    position = visible(member, pk)
    form = FieldsForm(request.POST or None, position=position)
    if request.method == "POST" and form.is_valid():
        positions.update(position, by=member, form_fields=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("recruiting:position-form", pk=pk)
    context = _tab(position, "form") | {"form": form}
    return _answer(request, "recruiting/position_form.html", context, form.is_bound)


@read_or_save
@member_view(Can.EDIT_POSITIONS)
def team(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Choose who hires for the position."""
    position = visible(member, pk)
    posted = request.POST if request.method == "POST" else None
    form = TeamForm(posted, position=position)
    if posted is not None and form.is_valid():
        positions.set_team(position, list(form.cleaned_data["members"]), by=member)
        messages.success(request, _("Saved."))
        return redirect("recruiting:position-team", pk=pk)
    context = _tab(position, "team") | {"form": form}
    return _answer(request, "recruiting/position_team.html", context, form.is_bound)


@require_POST
@member_view(Can.EDIT_POSITIONS)
def duplicate(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Open a draft like this one, and go to its details."""
    copy = positions.duplicate(visible(member, pk), by=member)
    messages.success(request, _("This is a copy, as a draft. Give it a name of its own."))
    return redirect("recruiting:position-edit", pk=copy.pk)


def visible(member: Membership, pk: int) -> Position:
    """Return the position with its company and pipeline, or 404 for a stranger."""
    return get_object_or_404(
        Position.objects.visible_to(member).select_related("company", "subcompany", "pipeline"),
        pk=pk,
    )


def _fresh(position: Position) -> Position:
    """A copy for a form to write on, so that what changed can be told."""
    return Position.objects.get(pk=position.pk)


def _tab(position: Position, tab: str) -> dict[str, Any]:
    return {
        "position": position,
        "tab": tab,
        "total": position.applications.count(),
        "sender": senders.resolve(position.company, position.subcompany),
    }


def _answer(
    request: HttpRequest, template: str, context: dict[str, Any], is_bound: bool
) -> HttpResponse:
    return render(request, template, context, status=422 if is_bound else 200)
