"""The fields of a v1 application: one table, read both by who validates and by who describes.

A field is a name, a kind and whether it is required. A kind says in JSON Schema what it looks like
and reads a value, raising ``Wrong``. Values that say nothing (null, "") count as not given.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from careers.applicant import forms
from careers.v1 import problems
from careers.v1.problems import Wrong
from recruiting.choices import DocumentCategory, Gender
from recruiting.people import addresses

MAX_ITEMS = 100  # of one list
SYSTEM_PHASES = ("unassigned", "rejected", "withdrawn", "offer", "accepted")


@dataclass(frozen=True)
class Kind:
    """``read`` turns a JSON value that says something into ours, or raises ``Wrong``."""

    schema: Mapping[str, Any]
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind
    about: str
    required: bool = False


@dataclass
class Values:
    """What was sent and read, by field, what was wrong with it, and what nobody asked for."""

    sent: Mapping[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[Wrong]] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return str(self.found.get(name, ""))

    def blame(self, name: str, wrong: Wrong) -> None:
        self.errors.setdefault(name, []).append(wrong)


def read(table: Iterable[Field], sent: Mapping[str, Any], prefix: str = "") -> Values:
    """Read every field of the table; never fails."""
    values = Values(sent)
    rest = dict(sent)
    for row in table:
        value = _said(rest.pop(row.name, None))
        try:
            value = None if value is None else row.kind.read(value)
            if value not in (None, ""):
                values.found[row.name] = value
            elif row.required:
                raise Wrong(problems.REQUIRED)
        except Wrong as wrong:
            values.blame(prefix + row.name, wrong)
    for name, value in rest.items():
        if _said(value) is not None:
            values.ignored[forms.tidy("", name)] = forms.tidy("message", written(value))
    return values


def _said(value: Any) -> Any:
    return None if isinstance(value, str) and not forms.tidy("", value) else value


def written(value: Any) -> str:
    """Return a text as it is, anything else as JSON."""
    try:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""


# ---- kinds


def text(limit: int = 0, name: str = "") -> Kind:
    """A string; a ``message`` keeps its line breaks. Numbers are written out."""

    def read_text(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Wrong(problems.BAD_TYPE, expected="string")
        said = forms.tidy(name, str(value))
        if limit and len(said) > limit:
            raise Wrong(problems.BAD_TYPE, max_length=limit)
        return said

    return Kind({"type": "string"} | ({"maxLength": limit} if limit else {}), read_text)


def _read_integer(value: Any) -> int:
    is_one = isinstance(value, int | str) and not isinstance(value, bool)
    number = forms.as_number(str(value).strip()) if is_one else None
    if number is None:
        raise Wrong(problems.BAD_TYPE, expected="integer")
    return number


def _read_email(value: Any) -> str:
    address: str = text(forms.LENGTHS["email"]).read(value)
    if not addresses.is_valid(address):
        raise Wrong(problems.BAD_EMAIL)
    return address


def _read_day(value: Any) -> date:
    day = forms.as_day(value.strip()) if isinstance(value, str) else None
    if day is None:
        raise Wrong(problems.BAD_DATE, expected="yyyy-mm-dd")
    return day


def _read_past_day(value: Any) -> date:
    day = _read_day(value)
    if day > timezone.localdate():
        raise Wrong(problems.IN_THE_FUTURE)
    return day


def _read_birthday(value: Any) -> date:
    day = _read_past_day(value)
    if day < forms.FIRST_BIRTHDAY:
        raise Wrong(problems.BAD_DATE)
    return day


def _read_gender(value: Any) -> str:
    gender = value.strip().lower() if isinstance(value, str) else ""
    if gender not in Gender.values:
        raise Wrong(problems.UNKNOWN_OPTION, options=list(Gender.values))
    return gender


def _read_category(value: Any) -> str:
    category = value.strip().lower() if isinstance(value, str) else ""
    if category not in DocumentCategory.values:
        raise Wrong(problems.UNKNOWN_CATEGORY, categories=list(DocumentCategory.values))
    return category


def _read_uuid(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Wrong(problems.NO_FILE) from None


def _read_phase(value: Any) -> Mapping[str, Any]:
    """Whatever it is: a phase that does not exist is no reason to refuse an application."""
    return value if isinstance(value, dict) else {}


def _read_list(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_ITEMS:
        raise Wrong(problems.BAD_TYPE, expected="array", max_items=MAX_ITEMS)
    return value


def _read_objects(value: Any) -> list[dict[str, Any]]:
    items = [item for item in _read_list(value) if item is not None]
    if not all(isinstance(item, dict) for item in items):
        raise Wrong(problems.BAD_TYPE, expected="array of objects")
    return items


def _read_tags(value: Any) -> list[str]:
    read_tag = text(TAG_LENGTH).read
    return [tag for tag in map(read_tag, _read_list(value)) if tag]


def objects(table: Iterable[Field]) -> Kind:
    schema = {"type": "array", "maxItems": MAX_ITEMS, "items": describe(table)}
    return Kind(schema, _read_objects)


def describe(table: Iterable[Field]) -> dict[str, Any]:
    """Return a table as the JSON Schema of an object."""
    rows = list(table)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {row.name: {**row.kind.schema, "description": row.about} for row in rows},
    }
    required = [row.name for row in rows if row.required]
    return schema | ({"required": required} if required else {})


def _day(read: Callable[[Any], date]) -> Kind:
    return Kind({"type": "string", "format": "date"}, read)


def _choice(values: Iterable[str], read: Callable[[Any], Any]) -> Kind:
    return Kind({"type": "string", "enum": list(values)}, read)


TAG_LENGTH = 100
NUMBER = {"type": ["integer", "string"], "minimum": 0, "maximum": 10**18 - 1}
INTEGER = Kind({**NUMBER, "pattern": "^[0-9]{1,18}$"}, _read_integer)
NAME = Kind({**text(255).schema, "minLength": 1, "pattern": r"\S"}, text(255).read)
EMAIL = Kind({"type": "string", "format": "email", "maxLength": 255}, _read_email)
PHASE = Kind(
    {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["system", "custom"]},
            "id": {"type": ["string", "integer"]},
        },
    },
    _read_phase,
)
TAGS = Kind(
    {
        "type": "array",
        "maxItems": MAX_ITEMS,
        "items": {"type": "string", "maxLength": TAG_LENGTH},
    },
    _read_tags,
)

# ---- tables

FILE = [
    Field("uuid", Kind({"type": "string", "format": "uuid"}, _read_uuid), "Of the upload.", True),
    Field("original_filename", NAME, "The name the document shall have.", True),
    Field("category", _choice(DocumentCategory.values, _read_category), "What it is.", True),
]
ATTRIBUTE = [
    Field("id", NAME, "A name from the list, or custom_attribute_ and a number.", True),
    Field("value", Kind({"type": ["string", "null"]}, lambda value: value), "Empty means none."),
]
# What may stand in "attributes" besides the company's own.
ATTRIBUTES = [
    Field("birthday", _day(_read_birthday), "Birthday of the applicant."),
    Field("gender", _choice(Gender.values, _read_gender), "Gender of the applicant."),
    Field("location", text(255), "Where the applicant lives."),
    Field("phone", text(255), "Phone number of the applicant."),
    Field("available_from", text(100), "From when on the applicant is available."),
    Field("salary_expectations", text(255), "As the applicant wrote them; never parsed."),
]
APPLICATION = [
    Field("first_name", NAME, "First name of the applicant.", True),
    Field("last_name", NAME, "Last name of the applicant.", True),
    Field("email", EMAIL, "E-mail address of the applicant.", True),
    Field("job_position_id", INTEGER, "Id of a published position, from the XML feed.", True),
    Field("recruiting_channel_id", INTEGER, "Id of a source of the company; 0 means none."),
    Field("external_posting_id", text(255), "Id of the posting at an external job board."),
    Field("message", text(name="message"), "What the applicant writes; line breaks are kept."),
    Field("application_date", _day(_read_past_day), "When the applicant applied; today if empty."),
    Field("phase", PHASE, "Where to put the application; unassigned if there is no such phase."),
    Field("tags", TAGS, "Tags for the application; missing ones are created."),
    Field("files", objects(FILE), "Documents that were uploaded within the last 24 hours."),
    Field("attributes", objects(ATTRIBUTE), "More about the applicant."),
]
