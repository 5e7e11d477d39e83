"""What the shell around every page shows: the member, the place, and the counts of the navigation."""

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from companies import sql
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


Counts = Callable[[str, Membership, datetime], dict[str, Any]]


def ask(
    request: HttpRequest, member: Membership, more: Counts | None = None, about: str = ""
) -> dict[str, int]:
    """Counts for the shell, whether mail connections are broken, and what ``more`` counts for a page.

    One query, which the shell of this request does not ask again; its SQL is written once for each kind
    of member, ``more`` and ``about``.
    """
    count = _counting(member.role, member.subcompany_id is not None, more, about)
    ids = (member.company_id, member.pk, member.user_id, member.subcompany_id or 0)
    [found] = count(*ids, timezone.now(), troubles.lasting())
    request.shell = found  # type: ignore[attr-defined]  # see ``_shell``
    return found


@cache
def _counting(
    role: str, is_limited: bool, more: Counts | None, about: str
) -> Callable[..., list[dict[str, int]]]:
    @sql.written_once
    def count(
        company: Any, member: Any, user: Any, subcompany: Any, now: Any, lasting: Any
    ) -> QuerySet[Any]:
        somebody = Membership(role=role)
        somebody.company_id, somebody.pk, somebody.user_id = company, member, user
        somebody.subcompany_id = subcompany if is_limited else None
        mine = Notification.objects.visible_to(somebody).filter(is_told=True).unread()
        asked: dict[str, Any] = {
            "news": counted(mine),
            "is_troubled": Case(When(troubles.exist(somebody, lasting), then=True), default=False),
        }
        if somebody.can.sort_messages:
            waiting = Message.objects.visible_to(somebody).unassigned().exclude(kind="test")
            asked["unassigned"] = counted(waiting)
        if more:
            asked |= more(about, somebody, now)
        rows: Any = Company.objects.visible_to(somebody).values(
            **asked
        )  # the stubs know no such names
        return rows  # type: ignore[no-any-return]

    return count


def _place(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return ""
    if match.view_name == "publishing:promotion":
        return "positions"
    if match.app_name == "recruiting":
        return PLACES.get(match.url_name or "", "")
    return "settings" if match.app_name in ("mailsettings", "companies", "publishing") else ""
