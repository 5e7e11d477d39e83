"""Settings > Stage notifications: what candidates are written who enter a stage, for all positions or for one."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.choices import StageKind
from recruiting.conversation.writing import notices
from recruiting.forms.notices import NoticeForm
from recruiting.models import Position, Stage, StageNotice
from recruiting.models.pipelines import StageQuerySet


def stages(member: Membership, position: Position | None) -> StageQuerySet:
    """Stages with a notification: not those of an end, whose letter is chosen when it is decided."""
    found = Stage.objects.visible_to(member)
    if position:
        found = found.filter(pipeline=position.pipeline_id)
    ends = (StageKind.REJECTED, StageKind.WITHDRAWN)
    shown = found.exclude(kind__in=ends).select_related("pipeline")
    return shown.order_by("pipeline__name", "order", "pk")


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.EDIT_TEMPLATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """The rules of every stage in one form; with ``?position=`` those in which a position differs."""
    positions = Position.objects.visible_to(member).exclude(state=Position.State.ARCHIVED)
    wanted = request.GET.get("position", "")
    position = get_object_or_404(positions, pk=int(wanted[:18])) if wanted.isdecimal() else None
    forms = _forms(request, member, position)
    valid = [form.is_valid() for form in forms]
    if request.method == "POST" and all(valid):
        with transaction.atomic():
            for form in forms:
                if form.has_changed():
                    notices.keep(form.instance, by=member)
        messages.success(request, _("Saved."))
        chosen = f"?position={position.pk}" if position else ""
        return redirect(reverse("recruiting:notices") + chosen)
    context = {"forms": forms, "position": position, "positions": positions.order_by("name")}
    status = 422 if any(form.errors for form in forms) else 200
    return render(request, "recruiting/notices.html", context, status=status)


def _forms(request: HttpRequest, member: Membership, position: Position | None) -> list[NoticeForm]:
    """A form for each stage; all of them offer the same templates, read once."""
    shown = list(stages(member, position))
    rules = StageNotice.objects.filter(position=position, stage__in=shown)
    known = {rule.stage_id: rule for rule in rules}
    forms = []
    templates = None
    for stage in shown:
        mode = StageNotice.Mode.OFF if position is None else ""
        rule = known.get(stage.pk) or StageNotice(stage=stage, position=position, mode=mode)
        rule.stage = stage
        form = NoticeForm(request.POST or None, instance=rule, member=member)
        field = form.fields["template"]
        templates = templates or list(field.choices)  # type: ignore[attr-defined]  # a choice field
        field.choices = templates  # type: ignore[attr-defined]  # as above
        forms.append(form)
    return forms
