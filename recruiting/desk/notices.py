"""Settings > Stage notifications: what candidates are written who enter a stage."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies import audit
from companies.access import Can, member_view
from companies.models import Membership
from recruiting.choices import StageKind
from recruiting.forms.notices import NoticeForm
from recruiting.models import Stage
from recruiting.models.notices import StageNotice
from recruiting.models.pipelines import StageQuerySet


def stages(member: Membership) -> StageQuerySet:
    """Stages with a notification: not those of an end, whose letter is chosen when it is decided."""
    ends = (StageKind.REJECTED, StageKind.WITHDRAWN)
    return (
        Stage.objects.visible_to(member)
        .exclude(kind__in=ends)
        .select_related("pipeline", "notice__template")
        .order_by("pipeline__name", "order", "pk")
    )


def _notice(stage: Stage) -> StageNotice:
    return getattr(stage, "notice", None) or StageNotice(stage=stage)


@require_GET
@member_view(Can.EDIT_TEMPLATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    return _page(request, member)


def _page(
    request: HttpRequest, member: Membership, refused: NoticeForm | None = None
) -> HttpResponse:
    forms = [NoticeForm(instance=_notice(stage), member=member) for stage in stages(member)]
    templates = None
    for form in forms:  # the same choices for all, read once
        field = form.fields["template"]
        templates = templates or list(field.choices)  # type: ignore[attr-defined]  # a choice field
        field.choices = templates  # type: ignore[attr-defined]  # as above
    if refused:
        forms = [refused if one.prefix == refused.prefix else one for one in forms]
    status = 422 if refused else 200
    return render(request, "recruiting/notices.html", {"forms": forms}, status=status)


@require_POST
@member_view(Can.EDIT_TEMPLATES)
def save(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Keep the rule of one stage."""
    stage = get_object_or_404(stages(member), pk=pk)
    form = NoticeForm(request.POST, instance=_notice(stage), member=member)
    if not form.is_valid():
        return _page(request, member, form)
    form.save()
    audit.record(member.company, "stage_notice.changed", stage, by=member, mode=form.instance.mode)
    messages.success(request, _("Saved."))
    return redirect("recruiting:notices")
