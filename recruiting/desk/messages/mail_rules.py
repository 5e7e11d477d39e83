"""Rules for unassigned mail: made from a message, listed, removed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.conversation.receiving import rules
from recruiting.desk.messages import unassigned_bulk
from recruiting.models import MailRule, Message


@require_GET
@member_view(Can.SORT_MESSAGES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    kept = MailRule.objects.visible_to(member).select_related("author__user", "subcompany")
    return render(request, "recruiting/mail_rules.html", {"rules": kept})


@require_POST
@member_view(Can.SORT_MESSAGES)
def add(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Treat all mail from the ``pattern`` of a message, what waits included, as ``treat``."""
    message = get_object_or_404(
        Message.objects.visible_to(member).filter(direction=Message.Direction.IN), pk=pk
    )
    pattern, treat = request.POST.get("pattern", ""), request.POST.get("treat", "")
    if pattern not in rules.patterns(message.from_address) or treat not in MailRule.Treat:
        messages.error(request, _("Choose from whom, and what it is."))
        return redirect("recruiting:unassigned-message", pk=pk)
    rule, is_new = rules.add(pattern, treat, by=member)
    done = unassigned_bulk.put_away(rules.waiting(rule, by=member), treat, member)
    text = _("All mail from %(pattern)s: %(treat)s") % {
        "pattern": pattern,
        "treat": rule.get_treat_display(),
    }
    unassigned_bulk.say(request, done, text, rule=rule if is_new else None)
    return redirect("recruiting:unassigned")


@require_POST
@member_view(Can.SORT_MESSAGES)
def remove(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    rule = get_object_or_404(MailRule.objects.visible_to(member), pk=pk)
    rules.remove(rule, by=member)
    messages.success(request, _("Mail from %(pattern)s is yours to sort again") % {"pattern": rule})
    return redirect("recruiting:mail-rules")
