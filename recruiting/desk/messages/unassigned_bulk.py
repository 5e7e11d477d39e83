"""Unassigned messages: many at once, and the way back."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.conversation.receiving import proposing, rules, sorting, suggesting
from recruiting.desk import ticked
from recruiting.desk.messages import unassigned
from recruiting.models import Application, MailRule, Message, Position

LIMIT = 100  # as many as fit into the address of an undo


@require_POST
@member_view(Can.SORT_MESSAGES)
def act(request: HttpRequest, member: Membership) -> HttpResponse:
    """Do ``action`` with each ``message``: assign it to whom it suggests first, or put it away.

    What suggests nobody, or has been sorted by somebody else, stays and is counted.
    """
    chosen = _chosen(member, request.POST.getlist("message"))
    if not chosen:
        messages.error(request, _("Choose a message first."))
        return redirect("recruiting:unassigned")
    action = request.POST.get("action", "")
    if action == "assign":
        done = _assign(chosen, member)
        text = ngettext("%(count)d message assigned", "%(count)d messages assigned", len(done))
    else:
        done = put_away(chosen, unassigned.put_away_as(action), member)
        text = ngettext("%(count)d message put away", "%(count)d messages put away", len(done))
    say(request, done, text % {"count": len(done)})
    if left := len(chosen) - len(done):
        text = ngettext("%(count)d message stays", "%(count)d messages stay", left)
        messages.info(request, text % {"count": left})
    return redirect("recruiting:unassigned")


def say(
    request: HttpRequest, done: list[Message], text: str, *, rule: MailRule | None = None
) -> None:
    """Tell what was done, with its undo; that of a new ``rule`` removes it."""
    query = {"messages": ",".join(str(message.pk) for message in done[:LIMIT])}
    if rule:
        query["rule"] = str(rule.pk)
    undo = f"undo:{reverse('recruiting:unassigned-undo')}?{urlencode(query, safe=',')}"
    messages.success(request, text, extra_tags=undo if done or rule else "")


@require_POST
@member_view(Can.SORT_MESSAGES)
def undo(request: HttpRequest, member: Membership) -> HttpResponse:
    """Put back what of ``?messages=`` was sorted, and remove ``?rule=``."""
    for rule in MailRule.objects.visible_to(member).filter(
        pk__in=ticked.keys([request.GET.get("rule", "")], LIMIT)
    ):
        rules.remove(rule, by=member)
    asked = ticked.keys(request.GET.get("messages", "").split(","), LIMIT)
    found = Message.objects.visible_to(member).filter(pk__in=asked)
    count = len(
        sort_each(list(found.select_related("candidate")), partial(sorting.undo, by=member))
    )
    text = ngettext("%(count)d message is back", "%(count)d messages are back", count)
    messages.success(request, text % {"count": count})
    return redirect("recruiting:unassigned")


def _chosen(member: Membership, listed: list[str]) -> list[Message]:
    waiting = Message.objects.visible_to(member).unassigned()
    waiting = waiting.filter(pk__in=ticked.keys(listed, LIMIT))
    return list(waiting.select_related("delivery", "company"))


def _assign(chosen: list[Message], member: Membership) -> list[Message]:
    """Assign each to the application it suggests first."""
    openings = proposing.Openings(Position.objects.visible_to(member))
    likely = suggesting.suggest(chosen, Application.objects.visible_to(member), openings)
    best = {pk: found[0].application for pk, found in likely.items() if found}
    return sort_each(
        [message for message in chosen if message.pk in best],
        lambda message: sorting.assign(message, best[message.pk], by=member),
    )


def put_away(chosen: list[Message], as_: str, member: Membership) -> list[Message]:
    return sort_each(chosen, lambda message: sorting.archive(message, by=member, as_=as_))


def sort_each(chosen: list[Message], sort: Callable[[Message], bool | None]) -> list[Message]:
    """Sort these one by one and return those that nobody else was quicker with."""
    done = []
    for message in chosen:
        try:
            was_sorted = sort(message)
        except (sorting.AlreadySorted, sorting.WorkedOn):
            continue
        if was_sorted is not False:
            done.append(message)
    return done
