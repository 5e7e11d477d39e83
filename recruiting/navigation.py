"""What the shell around every page shows: the member, the place, and the counts of the navigation."""

from typing import Any

from django.http import HttpRequest

from companies.access import current_member
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
    """Context processor: ``member`` and ``navigation`` (``current``, ``unassigned``), one query more."""
    member = current_member(request) if hasattr(request, "user") else None
    if member is None:
        return {"member": None, "navigation": {}}
    return {
        "member": member,
        "navigation": {
            "current": _place(request),
            "unassigned": Message.objects.visible_to(member)
            .unassigned()
            .exclude(kind="test")
            .count()
            if member.can.sort_messages
            else None,
        },
    }


def _place(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return ""
    if match.view_name == "publishing:promotion":
        return "positions"
    if match.app_name == "recruiting":
        return PLACES.get(match.url_name or "", "")
    return "settings" if match.app_name in ("mailsettings", "companies", "publishing") else ""
