"""Settings > Templates: the texts a company writes its mails with."""

from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.conversation.writing import letters, placeholders
from recruiting.forms.messages import read_files
from recruiting.forms.templates import TemplateForm
from recruiting.models import MessageTemplate, TemplateFile

form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@member_view(Can.EDIT_TEMPLATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """All templates, one row for each name with its languages; ``?category=`` narrows."""
    wanted = request.GET.get("category", "")
    found = MessageTemplate.objects.visible_to(member).order_by("category", "name", "language")
    if wanted in MessageTemplate.Category.values:
        found = found.filter(category=wanted)
    rows = [
        _row(list(versions))
        for _key, versions in groupby(found, lambda one: (one.category, one.name))
    ]
    context = {"rows": rows, "categories": MessageTemplate.Category.choices, "wanted": wanted}
    return render(request, "recruiting/templates.html", context)


def _row(versions: list[MessageTemplate]) -> dict[str, Any]:
    """One template in all its languages, and the languages it could still be written in."""
    written = {one.language for one in versions}
    return {
        "first": versions[0],
        "versions": versions,
        "missing": [(code, name) for code, name in settings.LANGUAGES if code not in written],
        "uses": sum(one.uses for one in versions),
        "last_used_at": max(
            (one.last_used_at for one in versions if one.last_used_at), default=None
        ),
    }


@form_view
@member_view(Can.EDIT_TEMPLATES)
def create(request: HttpRequest, member: Membership) -> HttpResponse:
    """A new template; ``?name=&category=&language=`` begin it as another language of one that exists."""
    asked = {name: request.GET.get(name, "") for name in ("name", "category", "language")}
    initial = {"language": member.company.default_language} | {
        name: value for name, value in asked.items() if value
    }
    return _edit(request, member, MessageTemplate(), initial)


@form_view
@member_view(Can.EDIT_TEMPLATES)
def edit(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _edit(request, member, _template(member, pk), {})


def _edit(
    request: HttpRequest, member: Membership, template: MessageTemplate, initial: dict[str, str]
) -> HttpResponse:
    form = TemplateForm(
        request.POST or None,
        request.FILES or None,
        instance=template,
        initial=initial,
        company=member.company,
    )
    if request.method == "POST" and form.is_valid():
        letters.save(form.instance, by=member)
        letters.attach(form.instance, read_files(form.cleaned_data["attachments"]), by=member)
        messages.success(request, _("Saved."))
        if "stay" in request.POST:
            return redirect("recruiting:template", pk=form.instance.pk)
        return redirect("recruiting:templates")
    known = placeholders.example(member.company.name, member.user)
    context = {
        "form": form,
        "template": template,
        "kept": template.files.select_related("file") if template.pk else (),
        "meanings": placeholders.MEANINGS.items(),
        "preview": {
            "subject": placeholders.render(template.subject, known).text,
            "text": placeholders.render(template.body, known).text,
        }
        if template.pk and not form.errors
        else None,
    }
    status = 422 if form.errors else 200
    return render(request, "recruiting/template.html", context, status=status)


@require_POST
@member_view(Can.EDIT_TEMPLATES)
def delete(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    template = _template(member, pk)
    letters.delete(template, by=member)
    messages.success(request, _("“%(name)s” was deleted") % {"name": template})
    return redirect("recruiting:templates")


@require_POST
@member_view(Can.EDIT_TEMPLATES)
def send_test(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Mail the template to oneself, as a candidate would get it."""
    letters.send_test(_template(member, pk), by=member)
    text = _("A test is on its way to %(address)s") % {"address": member.user.email}
    messages.success(request, text)
    return redirect("recruiting:template", pk=pk)


@require_POST
@member_view(Can.EDIT_TEMPLATES)
def drop_file(request: HttpRequest, member: Membership, pk: int, file_id: int) -> HttpResponse:
    """Let a file go along no more."""
    kept = get_object_or_404(TemplateFile, template=_template(member, pk), pk=file_id)
    letters.drop(kept, by=member)
    messages.success(request, _("“%(name)s” goes along no more") % {"name": kept})
    return redirect("recruiting:template", pk=pk)


def _template(member: Membership, pk: int) -> MessageTemplate:
    return get_object_or_404(MessageTemplate.objects.visible_to(member), pk=pk)
