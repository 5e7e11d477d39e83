"""Reading the fields of an application as clients really spell them.

The wire's words (job_position_id, recruiting_channel_id, custom_attribute_…) end in this module.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice

from django.http import QueryDict
from django.utils import timezone

from careers.applicant import problems
from careers.applicant.problems import Problem
from companies.models import Company
from recruiting.choices import Gender
from recruiting.hiring.applications.applying import Applicant
from recruiting.hiring.positions.attributes import ATTRIBUTE_PREFIX
from recruiting.models import Attribute, AttributeOption, Source
from recruiting.people import addresses

IDENTITY = ("company_id", "access_token")
REQUIRED = (*IDENTITY, "job_position_id", "first_name", "last_name", "email")
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
THANKS_URL = "thanks_url"  # ours: where a plain HTML form wants its visitor to end
KNOWN = frozenset(
    {*REQUIRED, *LENGTHS, "gender", "recruiting_channel_id", "birthday", "message", THANKS_URL}
)
CATEGORISED = ("categorised_documents", "categorized_documents")
FIRST_BIRTHDAY = date(1900, 1, 1)
# Of what nobody asked for, so much is kept for the recruiter.
MAX_IGNORED = 50  # fields
MAX_IGNORED_NAME = 100  # characters
MAX_IGNORED_TEXT = 1000  # characters
# What JavaScript writes for a value that was never set. For gender, "undefined" is a real answer.
UNSET = frozenset({"undefined", "null"})
_IMPOSSIBLE = re.compile("[\x00\ud800-\udfff]")  # no database keeps these
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

    def attributes(self) -> dict[str, str]:
        """Return what was sent for attributes of the company, by API name, empty values included."""
        return {
            name: text for name, text in self.values.items() if name.startswith(ATTRIBUTE_PREFIX)
        }

    def ignored(self) -> dict[str, str]:
        """Return what says something and has no meaning here: kept beside the application, cut short."""
        said = {
            name: text
            for name, text in self.values.items()
            if text and name not in KNOWN and not name.startswith((ATTRIBUTE_PREFIX, *CATEGORISED))
        }
        return cut_short(said)


def cut_short(said: Mapping[str, str]) -> dict[str, str]:
    """Return as much of what nobody asked for as is kept."""
    first = islice(said.items(), MAX_IGNORED)
    return {name[:MAX_IGNORED_NAME]: text[:MAX_IGNORED_TEXT] for name, text in first}


def read(post: QueryDict) -> Fields:
    """Collect the fields; never fails, see the checks below."""
    values: dict[str, str] = {}
    tags: list[str] = []
    for spelling, sent in post.lists():
        name = bare_name(spelling)
        if _TAGS.fullmatch(name):
            tags += [tag for value in sent for tag in _split_tags(str(value))]
            continue
        said = [value for value in (clean(name, str(value)) for value in sent) if value]
        if said or name not in values:
            values[name] = said[-1] if said else ""
    return Fields(values, tuple(tags))


def check_identity(fields: Fields) -> None:
    """Raise a 400 unless a company and a token are named."""
    if not all(fields[name] for name in IDENTITY):
        check_required(fields)
    _check_number(fields, "company_id")


def check_required(fields: Fields) -> None:
    """Raise a 400 that names every required field without a value, the first one in its message."""
    errors = {name: [problems.missing(name)] for name in REQUIRED if not fields[name]}
    if errors:
        raise Problem(400, next(iter(errors.values()))[0], errors)
    _check_number(fields, "job_position_id")


def check_values(fields: Fields, company: Company) -> None:
    """Raise a 400 that names every value which breaks a rule; attributes are read_applicant's."""
    errors: dict[str, list[str]] = {}
    for name, text in chain(_malformed(fields), _unknown(fields, company)):
        errors.setdefault(name, []).append(text)
    if errors:
        raise Problem(400, problems.INVALID, errors)


def bare_name(spelling: str) -> str:
    """Return a field's name without quotes: ``a[0]['file']``, ``a[0][%22file%22]`` are ``a[0][file]``."""
    return _QUOTES.sub("", spelling).strip()


def read_applicant(fields: Fields, company: Company) -> Applicant:
    """Turn checked fields into an applicant of the company; 400 for a custom attribute it lacks.

    What has no meaning here is kept as it came, a channel the company does not have among it: the
    endpoint refuses those beforehand, behind a visitor's link they are no reason to lose somebody.
    """
    source = find_source(fields["recruiting_channel_id"], company)
    unknown_channel = fields["recruiting_channel_id"].lstrip("0") if source is None else ""
    extra = {"unknown source": unknown_channel[:255]} if unknown_channel else {}
    return Applicant(
        email=fields["email"],
        first_name=fields["first_name"],
        last_name=fields["last_name"],
        phone=fields["phone"],
        location=fields["location"],
        gender=fields["gender"].lower(),
        birthday=_birthday(fields["birthday"]),
        available_from=fields["available_from"],
        salary_expectations=fields["salary_expectations"],
        external_posting_id=fields["external_posting_id"],
        message=fields["message"],
        source=source,
        tags=fields.tags,
        attributes=_read_attributes(fields, company),
        extra=fields.ignored() | extra,
    )


def clean(name: str, value: str) -> str:
    """Drop what no field may hold, and the words that mean there was nothing."""
    value = tidy(name, value)
    is_answer = name == "gender" and value.lower() == "undefined"
    return "" if value.lower() in UNSET and not is_answer else value


def tidy(name: str, value: str) -> str:
    """Drop what no field may hold; line breaks stay where people write texts."""
    value = _IMPOSSIBLE.sub("", value)
    if name == "message" or name.startswith(ATTRIBUTE_PREFIX):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return " ".join(value.split())


def _split_tags(value: str) -> Iterable[str]:
    """A tag, or a JSON list of tags."""
    value = clean("tags", value)
    if value.startswith("["):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = [value]
        return [clean("tags", str(tag)) for tag in found if str(tag).strip()]
    return [value] if value else []


def as_number(text: str) -> int | None:
    """Return the number that stands there, None for what is none or no id of anything."""
    return int(text) if _NUMBER.fullmatch(text) else None


def _check_number(fields: Fields, name: str) -> None:
    if as_number(fields[name]) is None:
        raise Problem(400, problems.INVALID, {name: [f"The {name} must be an integer."]})


def _malformed(fields: Fields) -> Iterable[tuple[str, str]]:
    for name, limit in LENGTHS.items():
        if len(fields[name]) > limit:
            yield name, f"The {name} may not be greater than {limit} characters."
    if fields["email"] and not addresses.is_valid(fields["email"]):
        yield "email", "The email must be a valid email address."
    if fields["gender"] and fields["gender"].lower() not in Gender.values:
        yield "gender", "The selected gender is invalid."
    if fields["birthday"] and _birthday(fields["birthday"]) is None:
        yield "birthday", "The birthday does not match the format YYYY-MM-DD, or is impossible."


def _unknown(fields: Fields, company: Company) -> Iterable[tuple[str, str]]:
    """What the company does not have. A channel of 0 says the same as none."""
    channel = fields["recruiting_channel_id"]
    if channel.strip("0") and find_source(channel, company) is None:
        yield "recruiting_channel_id", "The selected recruiting_channel_id is invalid."
    names = company.tags.values_list("name", flat=True) if fields.tags else ()
    existing = {name.casefold() for name in names}
    for tag in fields.tags:
        if tag.casefold() not in existing:
            yield "tags", f"The tag {tag[:MAX_IGNORED_NAME]} does not exist."


def as_day(value: str) -> date | None:
    """Return the day of YYYY-MM-DD, None for what is none."""
    try:
        return date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        return None


def _birthday(value: str) -> date | None:
    """Return a day on which somebody who applies may have been born."""
    day = as_day(value)
    return day if day and FIRST_BIRTHDAY <= day <= timezone.localdate() else None


def find_source(value: str, company: Company) -> Source | None:
    """Return the company's source of that id, None for 0 and what is no number."""
    number = as_number(value)
    return Source.objects.filter(company=company, pk=number).first() if number else None


def _read_attributes(
    fields: Fields, company: Company
) -> dict[Attribute, str | date | AttributeOption]:
    sent = fields.attributes()
    if not sent:
        return {}
    known = {
        attribute.api_name: attribute
        for attribute in Attribute.objects.filter(company=company, api_name__in=sent)
    }
    for name in sent:
        if name not in known:
            raise Problem(400, problems.unknown(name), {name: [problems.unknown(name)]})
    values: dict[Attribute, str | date | AttributeOption] = {}
    for name, text in sent.items():
        if text:
            value = attribute_value(known[name], text)
            if value is None:
                raise Problem(
                    400, problems.INVALID, {name: [f"The {name} must be {_wanted(known[name])}."]}
                )
            values[known[name]] = value
    return values


def attribute_value(attribute: Attribute, text: str) -> str | date | AttributeOption | None:
    """Return what the text stands for, None where that is no date or no option of the attribute."""
    if attribute.type == Attribute.Type.DATE:
        return as_day(text)
    if attribute.type == Attribute.Type.OPTIONS:
        return attribute.options.filter(api_name=text).first()
    return text


def _wanted(attribute: Attribute) -> str:
    is_date = attribute.type == Attribute.Type.DATE
    return "a date like 2027-01-31" if is_date else "one of the attribute's options"
