"""Reading the fields of an application as clients really spell them.

The wire's words (job_position_id, recruiting_channel_id, custom_attribute_…) end in this module.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from careers import problems
from careers.problems import Problem
from companies.models import Company
from recruiting.choices import Gender
from recruiting.hiring.applying import Applicant
from recruiting.hiring.attributes import ATTRIBUTE_PREFIX
from recruiting.models import Attribute, AttributeOption, Source
from recruiting.people import addresses

REQUIRED = ("company_id", "access_token", "job_position_id", "first_name", "last_name", "email")
NUMBERS = ("company_id", "job_position_id")
LENGTHS = {
    "first_name": 255,
    "last_name": 255,
    "email": 255,
    "external_posting_id": 255,
    "phone": 255,
    "location": 255,
    "salary_expectations": 255,
    "available_from": 100,
}
# What JavaScript writes for a value that was never set. For gender, "undefined" is a real answer.
UNSET = frozenset({"undefined", "null"})
_NUMBER = re.compile(r"[0-9]{1,18}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_QUOTES = re.compile("['\"]|%22|%27")
_TAGS = re.compile(r"tags(\[\d*\])?")


@dataclass(frozen=True)
class Fields:
    """The plain fields of one request: each name with its last value that says something."""

    values: Mapping[str, str]
    tags: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def number(self, name: str) -> int:
        return int(self[name])


def read(post: QueryDict) -> Fields:
    """Collect the fields; raises a 400 that names every field which is missing or malformed."""
    values: dict[str, str] = {}
    tags: list[str] = []
    for spelling, sent in post.lists():
        name = bare_name(spelling)
        if _TAGS.fullmatch(name):
            tags += [tag for value in sent for tag in _split_tags(str(value))]
            continue
        said = [value for value in (_clean(name, str(value)) for value in sent) if value]
        if said or name not in values:
            values[name] = said[-1] if said else ""
    fields = Fields(values, tuple(tags))
    _check(fields)
    return fields


def bare_name(spelling: str) -> str:
    """Return a field's name without quotes: ``a[0]['file']``, ``a[0][%22file%22]`` are ``a[0][file]``."""
    return _QUOTES.sub("", spelling).strip()


def read_applicant(fields: Fields, company: Company) -> Applicant:
    """Turn checked fields into an applicant of the company; 400 for a custom attribute it lacks.

    A channel the company does not have is no reason to lose somebody: it is kept as it came.
    """
    source = _read_source(fields["recruiting_channel_id"], company)
    unknown_channel = fields["recruiting_channel_id"] if source is None else ""
    return Applicant(
        email=fields["email"],
        first_name=fields["first_name"],
        last_name=fields["last_name"],
        phone=fields["phone"],
        location=fields["location"],
        gender=fields["gender"].lower(),
        birthday=_day(fields["birthday"]),
        available_from=fields["available_from"],
        salary_expectations=fields["salary_expectations"],
        external_posting_id=fields["external_posting_id"],
        message=fields["message"],
        source=source,
        tags=fields.tags,
        attributes=_read_attributes(fields, company),
        extra={"unknown source": unknown_channel[:255]} if unknown_channel else {},
    )


def _clean(name: str, value: str) -> str:
    """Drop what no field may hold; line breaks stay where people write texts."""
    value = value.replace("\x00", "")
    if name == "gender" and value.strip().lower() == "undefined":
        return value.strip()
    if name == "message" or name.startswith(ATTRIBUTE_PREFIX):
        value = value.replace("\r\n", "\n").replace("\r", "\n").strip()
        return "" if value.lower() in UNSET else value
    value = " ".join(value.split())
    return "" if value.lower() in UNSET else value


def _split_tags(value: str) -> Iterable[str]:
    """A tag, or a JSON list of tags."""
    value = _clean("tags", value)
    if value.startswith("["):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = [value]
        return [_clean("tags", str(tag)) for tag in found if str(tag).strip()]
    return [value] if value else []


def _check(fields: Fields) -> None:
    errors: dict[str, list[str]] = {}
    for name in REQUIRED:
        if not fields[name]:
            errors[name] = [problems.missing(name)]
    first = next(iter(errors.values()), [problems.INVALID])[0]
    for name, text in _malformed(fields):
        errors.setdefault(name, []).append(text)
    if errors:
        raise Problem(400, first, errors)


def _malformed(fields: Fields) -> Iterable[tuple[str, str]]:
    for name in NUMBERS:
        if fields[name] and not _NUMBER.fullmatch(fields[name]):
            yield name, f"The {name} must be an integer."
    for name, limit in LENGTHS.items():
        if len(fields[name]) > limit:
            yield name, f"The {name} may not be greater than {limit} characters."
    if fields["email"] and not addresses.is_valid(fields["email"]):
        yield "email", "The email must be a valid email address."
    if fields["gender"] and fields["gender"].lower() not in Gender.values:
        yield "gender", "The selected gender is invalid."
    if fields["birthday"] and _day(fields["birthday"]) is None:
        yield "birthday", "The birthday does not match the format YYYY-MM-DD."


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        return None


def _read_source(value: str, company: Company) -> Source | None:
    if not _NUMBER.fullmatch(value):
        return None
    return Source.objects.filter(company=company, pk=int(value)).first()


def _read_attributes(
    fields: Fields, company: Company
) -> dict[Attribute, str | date | AttributeOption]:
    sent = {name: text for name, text in fields.values.items() if name.startswith(ATTRIBUTE_PREFIX)}
    known = {
        attribute.api_name: attribute
        for attribute in Attribute.objects.filter(company=company, api_name__in=sent)
    }
    for name in sent:
        if name not in known:
            raise Problem(400, problems.unknown(name), {name: [problems.unknown(name)]})
    values: dict[Attribute, Any] = {}
    for name, text in sent.items():
        if text:
            values[known[name]] = _attribute_value(known[name], text)
    return values


def _attribute_value(attribute: Attribute, text: str) -> str | date | AttributeOption:
    value: str | date | AttributeOption | None = text
    wanted = ""
    if attribute.type == Attribute.Type.DATE:
        value, wanted = _day(text), "a date like 2027-01-31"
    elif attribute.type == Attribute.Type.OPTIONS:
        value = attribute.options.filter(api_name=text).first()
        wanted = "one of the attribute's options"
    if value is None:
        name = attribute.api_name
        raise Problem(400, problems.INVALID, {name: [f"The {name} must be {wanted}."]})
    return value
