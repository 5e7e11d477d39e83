"""From the values of a v1 application to an application."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from careers.applicant import attempts, forms
from careers.v1 import fields as v1_fields
from careers.v1 import problems
from careers.v1.fields import Values
from careers.v1.problems import Problem, Wrong
from companies.models import ApiCredential, ApiRequest, Company
from recruiting.choices import StageKind
from recruiting.hiring.applications import applying, pipeline
from recruiting.hiring.applications.applying import Applicant
from recruiting.models import Application, Attribute, Position, Stage, Tag, UploadedDocument
from recruiting.models.applications import Door
from recruiting.people import uploads
from recruiting.people.uploads import Paper

SYSTEM_STAGES = {
    "unassigned": StageKind.UNASSIGNED,
    "rejected": StageKind.REJECTED,
    "withdrawn": StageKind.WITHDRAWN,
    "offer": StageKind.OFFER,
    "accepted": StageKind.ACCEPTED,
}
NOON = time(12)
# The words in which ``applying`` says the same, and recruiters read it.
WORDS = {
    problems.ALREADY_APPLIED: "already applied",
    problems.NOT_PUBLISHED: "not published",
    problems.NO_POSITION: "no such position",
    problems.NO_CHANNEL: "unknown channel",
    problems.NO_FILE: "no such document",
    problems.UNKNOWN: "unknown field",
    problems.REQUIRED: "missing value",
    problems.BAD_DATE: "wrong value",
    problems.BAD_EMAIL: "wrong value",
    problems.BAD_TYPE: "wrong value",
    problems.IN_THE_FUTURE: "wrong value",
    problems.UNKNOWN_OPTION: "wrong value",
    problems.UNKNOWN_CATEGORY: "wrong value",
}


@dataclass
class Reading:
    """What the company's own lists make of the values."""

    position: Position | None
    attributes: dict[Attribute, Any] = field(default_factory=dict)
    documents: list[Paper] = field(default_factory=list)


def take(credential: ApiCredential, values: Values, *, log: ApiRequest) -> None:
    """Make an application; who is refused is kept for the recruiters to see. Raises ``Problem``.

    ``log`` is inserted in the transaction that makes the application.
    """
    company = credential.company
    number = values.found.get("job_position_id")
    reading = Reading(company.positions.filter(number=number).first() if number else None)
    try:
        position = _check_position(reading.position, values)
        _read_attributes(company, values, reading)
        _read_files(company, values, reading)
        applicant = _read_applicant(company, values, reading)
        if values.errors:
            raise problems.of_fields(values.errors)
        if applying.has_applied(position, applicant.email):
            raise _already_applied()
    except Problem as problem:
        attempts.keep(
            credential,
            _describe(values, problem),
            lambda: reading.documents,
            _name(problem),
            reading.position,
        )
        raise
    application = _apply(position, applicant, credential, log)
    stage = _find_stage(position, values.found.get("phase", {}))
    if stage:
        pipeline.move(application, stage, by=None)


def _apply(
    position: Position,
    applicant: Applicant,
    credential: ApiCredential,
    log: ApiRequest,
) -> Application:
    _create_tags(credential.company, applicant.tags)
    try:
        return applying.apply(
            position, applicant, door=Door.ENDPOINT, credential=credential, also=[log]
        )
    except applying.AlreadyApplied as error:  # both were checked at once, a moment ago
        raise _already_applied() from error
    except applying.PositionNotPublished as error:
        raise _not_published() from error


def _check_position(position: Position | None, values: Values) -> Position:
    if "job_position_id" in values.errors:
        raise problems.of_fields(values.errors)
    if position is None:
        raise problems.of_field("job_position_id", problems.NO_POSITION)
    if not position.is_published:
        raise _not_published()
    return position


def _not_published() -> Problem:
    return problems.of_field("job_position_id", problems.NOT_PUBLISHED)


def _already_applied() -> Problem:
    return problems.of_field("email", problems.ALREADY_APPLIED)


def _read_attributes(company: Company, values: Values, reading: Reading) -> None:
    """Sort the list of attributes into our own columns and the company's attributes."""
    sent: dict[str, Any] = {}
    for item in values.found.get("attributes", []):
        row = v1_fields.read(v1_fields.ATTRIBUTE, item, "attributes.")
        values.errors |= row.errors
        if not row.errors and "value" in row.found:  # the last one that says something counts
            sent[row.text("id")] = row.found["value"]
    ours = {row.name for row in v1_fields.ATTRIBUTES}
    facts = v1_fields.read(
        v1_fields.ATTRIBUTES, {name: sent.pop(name) for name in list(sent) if name in ours}
    )
    values.found |= facts.found
    values.errors |= facts.errors
    known = {
        attribute.api_name: attribute
        for attribute in Attribute.objects.filter(company=company, api_name__in=sent)
    }
    for name, value in sent.items():
        try:
            reading.attributes |= _read_attribute(known.get(name), name, value)
        except Wrong as wrong:
            values.blame(name, wrong)


def _read_attribute(attribute: Attribute | None, name: str, value: Any) -> dict[Attribute, Any]:
    if attribute is None:
        raise Wrong(problems.UNKNOWN)
    text = v1_fields.text(name=name).read(value)
    read = forms.attribute_value(attribute, text) if text else ""
    if read is None:
        is_date = attribute.type == Attribute.Type.DATE
        raise Wrong(problems.BAD_DATE if is_date else problems.UNKNOWN_OPTION)
    return {attribute: read} if read else {}


def _read_files(company: Company, values: Values, reading: Reading) -> None:
    waiting = UploadedDocument.objects.waiting().filter(company=company).select_related("file")
    for number, item in enumerate(values.found.get("files", [])):
        place = f"files.{number}."
        row = v1_fields.read(v1_fields.FILE, item, place)
        values.errors |= row.errors
        kept = waiting.filter(uuid=row.found["uuid"]).first() if "uuid" in row.found else None
        if kept:
            name = uploads.safe_name(row.text("original_filename") or kept.name)
            category = uploads.as_category(row.text("category"))
            reading.documents.append(Paper(kept.file, name, kept.content_type, category))
        elif "uuid" in row.found:
            values.blame(place + "uuid", Wrong(problems.NO_FILE))


def _read_applicant(company: Company, values: Values, reading: Reading) -> Applicant:
    channel = values.found.get("recruiting_channel_id", 0)
    source = forms.find_source(str(channel), company)
    if channel and source is None:
        values.blame("recruiting_channel_id", Wrong(problems.NO_CHANNEL))
    return Applicant(
        **{name: values.text(name) for name in (*forms.LENGTHS, "message", "gender")},
        birthday=values.found.get("birthday"),
        source=source,
        tags=values.found.get("tags", ()),
        attributes=reading.attributes,
        documents=reading.documents,
        extra=forms.cut_short(values.ignored),
        applied_at=_as_time(values.found.get("application_date")),
    )


def _as_time(day: date | None) -> datetime | None:
    """Return noon of a past day, None for today: then it is now."""
    if day is None or day == timezone.localdate():
        return None
    return timezone.make_aware(datetime.combine(day, NOON))


def _create_tags(company: Company, names: Any) -> None:
    existing = {name.casefold() for name in company.tags.values_list("name", flat=True)}
    new: dict[str, str] = {}
    for name in names:
        if name.casefold() not in existing:
            new.setdefault(name.casefold(), name)
    Tag.objects.bulk_create(
        [Tag(company=company, name=name) for name in new.values()], ignore_conflicts=True
    )


def _find_stage(position: Position, phase: Mapping[str, Any]) -> Stage | None:
    """Return the stage a phase names, None where there is no such stage: the first one, then."""
    stages = Stage.objects.filter(pipeline=position.pipeline_id)
    kind, wanted = phase.get("type"), str(phase.get("id"))
    if kind == "system" and wanted in SYSTEM_STAGES:
        return stages.filter(kind=SYSTEM_STAGES[wanted]).first()
    number = forms.as_number(wanted)
    if kind == "custom" and number is not None:
        return stages.filter(kind=StageKind.CUSTOM, pk=number).first()
    return None


def _describe(values: Values, problem: Problem) -> dict[str, object]:
    """Return what was sent in the words of ``applying.snapshot``, with what was wrong."""
    sent = values.sent
    files, attributes = values.found.get("files", []), values.found.get("attributes", [])
    words: dict[str, object] = {
        row.name: _written(sent[row.name])
        for row in v1_fields.APPLICATION
        if sent.get(row.name) and row.name not in ("files", "attributes", "recruiting_channel_id")
    }
    return words | {
        "source": _written(sent.get("recruiting_channel_id") or ""),
        "tags": values.found.get("tags", []),
        "attributes": {_written(row.get("id")): _written(row.get("value")) for row in attributes},
        "documents": [_written(row.get("original_filename")) for row in files],
        "extra": forms.cut_short(values.ignored),
        "errors": problem.body,
    }


def _written(value: Any) -> str:
    return forms.tidy("message", v1_fields.written(value))


def _name(problem: Problem) -> str:
    """Return what was wrong in the words of ``applying``, each of them once."""
    return "; ".join(dict.fromkeys(WORDS.get(reason, reason) for reason in problem.reasons))
