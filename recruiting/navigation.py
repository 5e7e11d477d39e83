"""What the shell around every page shows: the member, the place, and the counts of the navigation."""

from functools import partial
from typing import Any

from django.db.models import Case, When
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from companies.access import current_member
from companies.models import Company, Membership
from mailsettings import troubles
from recruiting.models import Message, Notification
from recruiting.models.counting import counted

# The entry of the navigation a page belongs to, by its URL's name; pages of other apps are settings.
FOLDERS = ("unreplied", "mine", "all", "failed", "machine", "tests")
PLACES = {
    "home": "home",
    "notifications": "notifications",
    "notification-settings": "notifications",
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
    "onboarding": "home",
    "interviews": "interviews",
    "interview": "interviews",
    "interview-new": "interviews",
    "calendar": "interviews",
    "interview-types": "settings",
    "interview-type": "settings",
    "incoming": "settings",
    "position-senders": "settings",
    "channels": "settings",
    "channel": "settings",
    "attributes": "settings",
    "attribute": "settings",
    "notices": "settings",
    "notice": "settings",
    "pipelines": "settings",
    "pipeline": "settings",
    "scorecards": "settings",
    "scorecard": "settings",
    "scorecard-new": "settings",
    "evaluations": "candidates",
    "duplicates": "candidates",
    "duplicate-list": "candidates",
    "signatures": "settings",
    "signature-save": "settings",
    "templates": "settings",
    "template": "settings",
    "template-new": "settings",
    "template-delete": "settings",
    "template-test": "settings",
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``member`` and ``navigation``, with one query where a template shows it.

    ``navigation`` has ``current``, ``news`` (unread notifications), ``unassigned`` for those who sort
    mail, and ``troubles`` (asked for when a page shows them) while there are any.
    """
    member = current_member(request) if hasattr(request, "user") else None
    if member is None:
        return {"member": None, "navigation": {}}
    return {"member": member, "navigation": SimpleLazyObject(partial(_shell, request, member))}


def _shell(request: HttpRequest, member: Membership) -> dict[str, Any]:
    counts: dict[str, int] = getattr(request, "shell", None) or ask(request, member)
    return {
        **counts,
        "current": _place(request),
        "troubles": SimpleLazyObject(partial(troubles.report, member))
        if counts["is_troubled"]
        else None,
    }


def ask(request: HttpRequest, member: Membership, **more: Any) -> dict[str, int]:
    """Counts for the shell, whether mail connections are broken, and what ``more`` a page counts.

    One query, which the shell of this request does not ask again.
    """
    mine = Notification.objects.visible_to(member).filter(is_told=True).unread()
    asked: dict[str, Any] = {
        "news": counted(mine),
        "is_troubled": Case(When(troubles.exist(member), then=True), default=False),
    }
    if member.can.sort_messages:
        waiting = Message.objects.visible_to(member).unassigned().exclude(kind="test")
        asked["unassigned"] = counted(waiting)
    rows: Any = Company.objects.visible_to(member).values(
        **asked, **more
    )  # the stubs know no such names
    found: dict[str, int] = rows.get()
    request.shell = found  # type: ignore[attr-defined]  # see ``_shell``
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
