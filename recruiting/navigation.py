"""What the shell around every page shows: the member, the place, and the counts of the navigation."""

from functools import partial
from typing import Any

from django.db.models import Case, Count, IntegerField, Subquery, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from companies.access import current_member
from companies.models import Company, Membership
from mailsettings import troubles
from recruiting.models import Message

# The entry of the navigation a page belongs to, by its URL's name; pages of other apps are settings.
FOLDERS = ("unreplied", "mine", "all", "failed", "machine", "tests")
PLACES = {
    "home": "home",
    "todo-new": "home",
    "todo-overdue": "home",
    "positions": "positions",
    "position": "positions",
    "position-new": "positions",
    "position-edit": "positions",
    "position-description": "positions",
    "position-form": "positions",
    "position-team": "positions",
    "board": "positions",
    "review": "positions",
    "table": "positions",
    "bulk": "positions",
    "search": "search",
    "reports": "reports",
    "report-rows": "reports",
    "candidates": "candidates",
    "candidate-new": "candidates",
    "imports": "candidates",
    "import": "candidates",
    "application": "candidates",
    "message-send": "candidates",
    "refused": "home",
    "refused-application": "home",
    "refused-accept": "home",
    "message-draft": "candidates",
    "mailing-new": "messages",
    "mailing": "messages",
    "mailing-stop": "messages",
    **{f"messages-{folder}": "messages" for folder in FOLDERS},
    **{f"thread-{folder}": "messages" for folder in FOLDERS},
    "unassigned": "messages",
    "mail-rules": "messages",
    "unassigned-message": "messages",
    "message-create-application": "messages",
    "incoming": "settings",
    "position-senders": "settings",
    "channels": "settings",
    "channel": "settings",
    "attributes": "settings",
    "attribute": "settings",
    "notices": "settings",
    "notice": "settings",
    "templates": "settings",
    "template": "settings",
    "template-new": "settings",
    "template-delete": "settings",
    "template-test": "settings",
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``member`` and ``navigation``, with one query.

    ``navigation`` has ``current``, ``unassigned``, and ``troubles`` (a function) while there are any.
    """
    member = current_member(request) if hasattr(request, "user") else None
    if member is None:
        return {"member": None, "navigation": {}}
    unassigned, is_troubled = _ask(member)
    return {
        "member": member,
        "navigation": {
            "current": _place(request),
            "unassigned": unassigned,
            "troubles": partial(troubles.report, member) if is_troubled else None,
        },
    }


def _ask(member: Membership) -> tuple[int | None, bool]:
    """Return how many mails nobody sorted, for those who may, and whether mail connections are broken."""
    mine = Company.objects.visible_to(member)
    if not member.can.sort_messages:
        return None, mine.filter(troubles.exist(member)).exists()
    waiting = Message.objects.visible_to(member).unassigned().exclude(kind="test")
    counted = waiting.order_by().values("company").annotate(total=Count("pk")).values("total")
    found: tuple[int, bool] = mine.values_list(
        Coalesce(Subquery(counted, output_field=IntegerField()), 0),
        Case(When(troubles.exist(member), then=True), default=False),
    ).get()
    return found


def _place(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return ""
    if match.view_name == "publishing:promotion":
        return "positions"
    if match.app_name == "recruiting":
        return PLACES.get(match.url_name or "", "")
    return "settings" if match.app_name in ("mailsettings", "companies", "publishing") else ""
