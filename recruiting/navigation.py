"""What the shell around every page shows: the member and the counts of the navigation."""

from typing import Any

from django.http import HttpRequest

from companies.access import current_member
from recruiting.models import Message


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``member`` and ``navigation`` (``current``, ``unassigned``), one query more."""
    member = current_member(request) if hasattr(request, "user") else None
    if member is None:
        return {"member": None, "navigation": {}}
    match = request.resolver_match
    return {
        "member": member,
        "navigation": {
            "current": match.url_name if match else "",
            "unassigned": Message.objects.visible_to(member).unassigned().count()
            if member.can.sort_messages
            else None,
        },
    }
