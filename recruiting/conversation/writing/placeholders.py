"""Placeholders in templates: a fixed list of names, replaced by plain text.

Never a template engine over live objects: user text can name what stands here and nothing else.
``{{ first_name }}`` is filled in, ``{{ first_name|there }}`` says what stands there when nothing is
known, and ``{{ by_gender|Herr|Frau|Guten Tag }}`` chooses between words for men, women and all others.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from companies.models import User
from recruiting.models import Application

# What each one stands for, in the words of the page that lists them.
MEANINGS = {
    "first_name": _("First name of the person"),
    "last_name": _("Last name of the person"),
    "full_name": _("Full name of the person"),
    "position_name": _("Name of the position"),
    "company_name": _("Company or subcompany that hires"),
    "recruiter_name": _("Name of whoever sends it"),
}
NAMES = tuple(MEANINGS)
BY_GENDER = "by_gender"
EXAMPLE = {
    "first_name": "Mia",
    "last_name": "Muster",
    "full_name": "Mia Muster",
    "position_name": "Software Engineer",
    "gender": "female",
}
_PLACEHOLDER = re.compile(r"\{\{\s*([\w.-]{1,60})\s*((?:\|[^{}|]{0,200}){0,3})\}\}")


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
        "full_name": f"{candidate.first_name} {candidate.last_name}".strip(),
        "position_name": position.name,
        "company_name": position.employer.name,
        "recruiter_name": user.get_full_name() if user else "",
        "gender": candidate.gender,
    }


def example(company_name: str, user: User) -> dict[str, str]:
    """Return values of an invented person, for trying a template out."""
    return {**EXAMPLE, "company_name": company_name, "recruiter_name": user.get_full_name()}


def render(text: str, known: Mapping[str, str]) -> Rendered:
    """Fill in ``{{ name }}``; an unknown or empty one stays as it is and is told in ``unresolved``."""
    unresolved: list[str] = []

    def fill(match: re.Match[str]) -> str:
        name, words = match[1], [word.strip() for word in match[2].split("|")[1:]]
        if name == BY_GENDER:
            return _by_gender(words, known.get("gender", "")) if len(words) == 3 else _leave(match)
        value = (known.get(name, "") if name in NAMES else "") or "".join(words[:1])
        return value or _leave(match)

    def _leave(match: re.Match[str]) -> str:
        unresolved.append(match[1])
        return match[0]

    filled = _PLACEHOLDER.sub(fill, text)
    return Rendered(filled, tuple(dict.fromkeys(unresolved)))


def unknown(text: str) -> list[str]:
    """Return the placeholders in ``text`` that no mail can ever fill in."""
    wrong = {
        match[1]
        for match in _PLACEHOLDER.finditer(text)
        if not (match[1] in NAMES or (match[1] == BY_GENDER and match[2].count("|") == 3))
    }
    rest = _PLACEHOLDER.sub("", text)
    return sorted(wrong) + sorted(set(re.findall(r"\{\{[^\n]{0,40}|\}\}", rest)))


def _by_gender(words: list[str], gender: str) -> str:
    male, female, others = words
    return {"male": male, "female": female}.get(gender, others)
