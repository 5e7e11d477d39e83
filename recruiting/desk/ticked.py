"""The rows of a list that a browser names."""

from collections.abc import Iterable


def keys(named: Iterable[str], limit: int) -> list[int]:
    """Return the first ``limit`` keys; what is no number is left out, one that is too long finds nothing."""
    return [int(each[:18]) for each in named if each.isascii() and each.isdecimal()][:limit]
