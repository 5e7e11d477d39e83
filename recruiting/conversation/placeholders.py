"""Placeholders in templates: a fixed list of names, replaced by plain text.

Never a template engine over live objects: user text can name what stands here and nothing else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from companies.models import User
from recruiting.models import Application

NAMES = (
    "first_name",
    "last_name",
    "position_name",
    "company_name",
    "recruiter_name",
)
_PLACEHOLDER = re.compile(r"\{\{\s*([\w.-]{1,60})\s*\}\}")


@dataclass(frozen=True)
class Rendered:
    """A text with its placeholders filled in; ``unresolved`` names those that could not be."""

    text: str
    unresolved: tuple[str, ...]


def values(application: Application, user: User | None) -> dict[str, str]:
    """Return what each placeholder stands for in mail about this application."""
    candidate, position = application.candidate, application.position
    return {
        "first_name": candidate.first_name,
        "last_name": candidate.last_name,
        "position_name": position.name,
        "company_name": position.employer.name,
        "recruiter_name": user.get_full_name() if user else "",
    }


def render(text: str, known: Mapping[str, str]) -> Rendered:
    """Fill in ``{{ name }}``; an unknown or empty one stays as it is and is told in ``unresolved``."""
    unresolved: list[str] = []

    def fill(match: re.Match[str]) -> str:
        value = known.get(match[1], "")
        if not value:
            unresolved.append(match[1])
        return value or match[0]

    filled = _PLACEHOLDER.sub(fill, text)
    return Rendered(filled, tuple(dict.fromkeys(unresolved)))


def unknown(text: str) -> list[str]:
    """Return the placeholders in ``text`` that no mail can ever fill in."""
    return sorted({name for name in _PLACEHOLDER.findall(text) if name not in NAMES})
