"""Positions for pages of the layers below, which know none."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django import template

from companies.models import Membership
from recruiting.models import Position

register = template.Library()
SHOWN = 8  # positions of one unit; the rest has a page of its own


@register.simple_tag
def with_positions(member: Membership, owners: Iterable[Any]) -> list[dict[str, Any]]:
    """Return each unit with its first positions, and how many more it has; one query."""
    found = Position.objects.visible_to(member).exclude(state=Position.State.ARCHIVED)
    of_unit = defaultdict(list)
    for position in found.order_by("name", "pk"):
        of_unit[position.subcompany_id].append(position)
    return [
        {
            "owner": owner,
            "positions": of_unit[owner.subcompany_id][:SHOWN],
            "more": max(0, len(of_unit[owner.subcompany_id]) - SHOWN),
        }
        for owner in owners
    ]
