"""One letter to many: written with a look at what each person gets, then watched and stopped."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.conversation.writing import composing, mailings, placeholders, signatures
from recruiting.desk import ticked
from recruiting.forms.messages import MailingForm
from recruiting.models import Application, Message, MessageTemplate, TemplateFile
from recruiting.models.mailings import Mailing, MailingRecipient

LIMIT = 500  # people of one mailing


@require_POST
@member_view(Can.WRITE_MESSAGES)
def write(request: HttpRequest, member: Membership) -> HttpResponse:
    """The form for the chosen ``application`` ids, with a preview for each; ``action=send`` begins it.

    A ``candidate`` id stands for the person's newest application.
    A letter that would leave a placeholder open for anybody is refused (422).
    """
    chosen = _chosen(request, member)
    if not chosen:
        messages.error(request, _("Choose somebody first."))
        return redirect(request.headers.get("Referer") or "recruiting:positions")
    action = request.POST.get("action", "")
    typed = action in ("preview", "send")
    form = MailingForm(request.POST if typed else None, initial=_template(request, member))
    open_for: list[str] = []
    if typed and form.is_valid():
        data = form.cleaned_data
        open_for = [
            f"{each.candidate} ({', '.join(names)})"
            for each in chosen
            if (names := mailings.unresolved(each, data["subject"], data["text"], by=member))
        ]
        if action == "send" and not open_for:
            begun = mailings.start(
                chosen,
                subject=data["subject"],
                text=data["text"],
                by=member,
                template=MessageTemplate.objects.visible_to(member)
                .filter(pk=data["template"])
                .first(),
            )
            return redirect("recruiting:mailing", pk=begun.pk)
        if open_for:
            why = _("Nothing is known for: %(names)s. Add words for that, or leave them out.")
            form.add_error("text", why % {"names": ", ".join(open_for[:10])})
    context = {
        "form": form,
        "rows": [_row(each, form, member) for each in chosen],
        "templates": MessageTemplate.objects.visible_to(member),
        "files": _files(form, member),
        "meanings": placeholders.MEANINGS.items(),
    }
    status = 422 if form.errors else 200
    return render(request, "recruiting/mailing_new.html", context, status=status)


def _chosen(request: HttpRequest, member: Membership) -> list[Application]:
    asked = Q(pk__in=ticked.keys(request.POST.getlist("application"), LIMIT))
    if people := ticked.keys(request.POST.getlist("candidate"), LIMIT):
        asked |= Q(candidate__in=people)
    received = Message.objects.filter(direction=Message.Direction.IN, needs_confirmation=False)
    read = received.only("application", "direction", "from_address", "needs_confirmation")
    found = (
        Application.objects.visible_to(member)
        .filter(asked)
        .select_related("candidate", "position__company", "position__subcompany")
        .annotate(**signatures.annotation(member.company_id))
        .prefetch_related("candidate__addresses", Prefetch("messages", read.order_by("at", "pk")))
        .distinct()
    )
    return sorted(mailings.once_each(found), key=lambda each: str(each.candidate))[:LIMIT]


def _template(request: HttpRequest, member: Membership) -> dict[str, Any]:
    """What the form begins with: the chosen template's words."""
    wanted = request.POST.get("begin_with", "")
    if not wanted.isdecimal():
        return {}
    found = MessageTemplate.objects.visible_to(member).filter(pk=wanted[:18]).first()
    if found is None:
        return {}
    return {"subject": found.subject, "text": found.body, "template": found.pk}


def _files(form: MailingForm, member: Membership) -> list[str]:
    """Names of the files that go along because of the template the letter was begun with."""
    wanted = str(form["template"].value() or "")
    if not wanted.isdecimal():
        return []
    kept = TemplateFile.objects.filter(
        template=int(wanted[:18]), template__company=member.company_id
    )
    return list(kept.values_list("name", flat=True))


def _row(
    application: Application, form: MailingForm, member: Membership
) -> tuple[Application, composing.Preview]:
    """Whom the letter is for, and what they would read."""
    subject, text = (str(form[name].value() or "") for name in ("subject", "text"))
    to = composing.recipient(application, application.messages.all())
    letter = composing.Letter(subject, text, to=[to])
    return application, composing.preview(application, letter, by=member)


@require_GET
@member_view(Can.WRITE_MESSAGES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """How far it got with each person; ``?fragment=`` asks for that part alone."""
    mailing = _mailing(member, pk)
    rows = list(
        mailing.recipients.select_related(
            "application__candidate", "application__position", "message__outgoing__mailbox"
        )
    )
    counts = mailing.recipients.aggregate(
        left=Count("pk", filter=Q(message__outgoing__state="sent")),
        waiting=Count(
            "pk",
            filter=Q(state=MailingRecipient.State.PENDING)
            | Q(message__outgoing__state__in=["queued", "sending"]),
        ),
    )
    context = {"mailing": mailing, "rows": rows, "total": len(rows), **counts}
    part = "#progress" if "fragment" in request.GET else ""
    return render(request, f"recruiting/mailing.html{part}", context)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def stop(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Stop what has not left yet."""
    spared = mailings.stop(_mailing(member, pk), by=member)
    text = ngettext("%(count)d mail was stopped", "%(count)d mails were stopped", spared)
    messages.success(request, text % {"count": spared})
    return redirect("recruiting:mailing", pk=pk)


def _mailing(member: Membership, pk: int) -> Mailing:
    return get_object_or_404(Mailing.objects.visible_to(member).select_related("company"), pk=pk)
