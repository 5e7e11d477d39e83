"""Several applications at once: moving, rejecting with a look at what would be sent, and taking it back."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.outbound import senders
from recruiting.conversation.writing import composing
from recruiting.desk import ticked
from recruiting.desk.back import is_ours
from recruiting.forms.applications import MoveForm, RejectForm
from recruiting.hiring.applications import ending, pipeline
from recruiting.models import Application, MessageTemplate, Position, StageChange

LIMIT = 500  # applications of one action
UNDONE = 200  # as many as fit into an address


@require_POST
@member_view(Can.MOVE_APPLICATIONS)
def act(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Move those chosen to ``stage``; ``action=reject`` first shows whom, why and with which mail.

    ``action=preview`` shows what each of them would read.
    """
    position = _position(member, pk)
    chosen = _chosen(request, member, position)
    back = _back(request, position)
    if not chosen:
        messages.error(request, _("Choose somebody first."))
        return HttpResponseRedirect(back)
    if request.POST.get("action") in ("reject", "preview", "rejected"):
        return _reject(request, member, position, chosen, back)
    form = MoveForm(request.POST, application=chosen[0])
    if not form.is_valid():
        messages.error(request, _("Choose a stage."))
        return HttpResponseRedirect(back)
    stage = form.cleaned_data["stage"]
    moved = [each for each in chosen if pipeline.move(each, stage, by=member)]
    text = ngettext(
        "%(count)d application moved to %(stage)s",
        "%(count)d applications moved to %(stage)s",
        len(moved),
    ) % {"count": len(moved), "stage": stage}
    _say(request, position, moved, text)
    return HttpResponseRedirect(back)


def _reject(
    request: HttpRequest,
    member: Membership,
    position: Position,
    chosen: Sequence[Application],
    back: str,
) -> HttpResponse:
    action = request.POST.get("action")
    form = RejectForm(request.POST if action != "reject" else None, application=chosen[0])
    open_ones = [each for each in chosen if each.closed_at is None]
    if action != "rejected" or not form.is_valid():
        template = form.is_valid() and form.ending().template
        context = {
            "position": position,
            "form": form,
            "chosen": open_ones,
            "template": template,
            "letters": _letters(template, open_ones, member) if template else [],
            "left_out": len(chosen) - len(open_ones),
            "back": back,
            "tab": "applications",
            "total": position.applications.count(),
            "sender": senders.resolve(position.company, position.subcompany),
        }
        return render(request, "recruiting/bulk_reject.html", context)
    wanted = form.ending()
    if wanted.template and Can.WRITE_MESSAGES not in member.can:
        raise PermissionDenied(Can.WRITE_MESSAGES)
    rejected, problems = [], []
    for each in open_ones:
        try:
            if ending.end(each, "rejection", wanted, by=member):
                rejected.append(each)
        except composing.CannotSend as error:
            problems.append(f"{each.candidate}: {error}")
    text = ngettext(
        "%(count)d application rejected", "%(count)d applications rejected", len(rejected)
    ) % {"count": len(rejected)}
    _say(request, position, rejected, text)
    if problems:
        messages.error(request, _("Not rejected: %(why)s") % {"why": "; ".join(problems[:5])})
    return HttpResponseRedirect(back)


def _letters(
    template: MessageTemplate, chosen: Sequence[Application], member: Membership
) -> list[tuple[Application, composing.Preview]]:
    """What each person would read; nothing is sent."""
    letter = composing.Letter(template.subject, template.body)
    return [(each, composing.preview(each, letter, by=member)) for each in chosen]


@require_POST
@member_view(Can.MOVE_APPLICATIONS)
def undo(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Take back the moves of ``?changes=``; who has been moved since stays, and is counted."""
    position = _position(member, pk)
    changes = StageChange.objects.filter(
        pk__in=ticked.keys(request.GET.get("changes", "").split(","), UNDONE),
        application__in=Application.objects.visible_to(member).filter(position=position),
    ).select_related("application__position__company", "from_stage")
    done = [ending.undo(change, by=member) for change in changes]
    if all(done) and done:
        messages.success(request, _("Taken back."))
    else:
        text = _("%(count)d of %(all)d were taken back; the others have been moved since.")
        messages.warning(request, text % {"count": sum(done), "all": len(done)})
    return HttpResponseRedirect(_back(request, position))


def _position(member: Membership, pk: int) -> Position:
    return get_object_or_404(
        Position.objects.visible_to(member).select_related("company", "subcompany", "pipeline"),
        pk=pk,
    )


def _chosen(request: HttpRequest, member: Membership, position: Position) -> list[Application]:
    ids = ticked.keys(request.POST.getlist("application"), LIMIT)
    return list(
        Application.objects.visible_to(member)
        .filter(position=position, pk__in=ids)
        .select_related(
            "candidate", "position__company", "position__subcompany", "position__pipeline", "stage"
        )
        .prefetch_related("candidate__addresses")
    )


def _back(request: HttpRequest, position: Position) -> str:
    """Where the action came from, as it was filtered there."""
    came = request.POST.get("next") or request.headers.get("Referer", "")
    return came if is_ours(request, came) else reverse("recruiting:board", args=[position.pk])


def _say(request: HttpRequest, position: Position, moved: list[Application], text: str) -> None:
    tags = ""
    if moved and len(moved) <= UNDONE:
        changes = [pipeline.newest_change(each) for each in moved]
        ids = ",".join(str(change.pk) for change in changes if change)
        tags = f"undo:{reverse('recruiting:moves-undo', args=[position.pk])}?changes={ids}"
    messages.success(request, text, extra_tags=tags)
