"""The list of a company's openings and the questions visitors ask of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from careers.site import changes, texts
from companies.models import Company
from recruiting.models import Position

REMEMBERED = 3600  # seconds
QUERY_LENGTH = 100


@dataclass(frozen=True)
class Opening:
    """A published position as a line of the list. ``language`` is that of its title."""

    number: int
    title: str
    language: str
    offices: Sequence[str]
    department: str
    employer: str
    employment_type: str
    schedule: str
    category: str
    is_general: bool  # takes unsolicited applications


@dataclass(frozen=True)
class Choice:
    """What visitors may choose of one filter; empty ``options`` leave nothing to choose."""

    name: str
    label: str
    options: Sequence[str]
    chosen: str


def list_all(company: Company, language: str) -> list[Opening]:
    """Return the published positions, the newest first.

    Read once until something changes; a deployment may say it otherwise, hence for an hour at most.
    """
    key = f"openings:{company.pk}:{language}:{changes.fingerprint(company)}"
    openings: list[Opening] | None = cache.get(key)
    if openings is None:
        openings = _read(company, language)
        cache.set(key, openings, timeout=REMEMBERED)
    return openings


def _read(company: Company, language: str) -> list[Opening]:
    positions = (
        company.positions.published()
        .select_related("subcompany")
        .prefetch_related("texts")
        .order_by("-published_at", "-number")
    )
    return [_opening(position, language) for position in positions]


def choices(request: HttpRequest, openings: Iterable[Opening]) -> list[Choice]:
    """Return the filters with what there is to choose among; what a visitor asks beyond that is kept."""
    openings = list(openings)
    offices = {office for opening in openings for office in opening.offices}
    departments = {opening.department for opening in openings if opening.department}
    employers = {opening.employer for opening in openings}
    filters = [
        ("office", _("Office"), offices),
        ("department", _("Department"), departments),
        ("employer", _("Company"), employers),
    ]
    return [
        Choice(name, label, sorted(found, key=str.casefold), request.GET.get(name, "").strip())
        for name, label, found in filters
    ]


def query(request: HttpRequest) -> str:
    return " ".join(request.GET.get("q", "").split())[:QUERY_LENGTH]


def choose(openings: Iterable[Opening], words: str, chosen: Iterable[Choice]) -> list[Opening]:
    """Return the openings that have every word somewhere and fit every choice."""
    wanted = [choice for choice in chosen if choice.chosen]
    parts = words.casefold().split()
    return [
        opening
        for opening in openings
        if all(_fits(opening, choice) for choice in wanted)
        and all(part in _searched(opening) for part in parts)
    ]


def _opening(position: Position, language: str) -> Opening:
    text = texts.find(position, language)
    return Opening(
        number=position.number,
        title=texts.title(position, language),
        language=text.language if text else "",
        offices=texts.offices(position),
        department=position.department,
        employer=position.employer.name,
        employment_type=position.get_employment_type_display(),
        schedule=position.get_schedule_display(),
        category=position.recruiting_category,
        is_general=position.is_general,
    )


def _fits(opening: Opening, choice: Choice) -> bool:
    if choice.name == "office":
        return choice.chosen in opening.offices
    return bool(getattr(opening, choice.name) == choice.chosen)


def _searched(opening: Opening) -> str:
    words = [opening.title, opening.department, opening.employer, opening.category]
    return " ".join([*words, *opening.offices, opening.employment_type]).casefold()
