"""Attempts that were refused: kept with their files, so that nobody is lost over a client's mistake."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db import DatabaseError, models

from careers.applicant import forms, problems
from careers.applicant.forms import Fields
from careers.applicant.problems import Problem
from careers.receiving.uploads import Upload
from companies import sql
from companies.models import ApiCredential, Company
from recruiting.hiring.applications import applying
from recruiting.models import Position
from recruiting.models.applications import Door
from recruiting.people import uploads
from recruiting.people.uploads import Paper

logger = logging.getLogger(__name__)

Received = Sequence[tuple[Upload, str]]  # files, each with its category

# The words in which ``applying`` says the same, and recruiters read it.
REASONS = {
    problems.ALREADY_APPLIED: "already applied",
    problems.NOT_PUBLISHED: "not published",
    problems.FILES_NOT_KEPT: "not stored",
    problems.NO_POSITION: "no such position",
    problems.INVALID: "wrong value",
    problems.BAD_FILE: "unwanted file",
}


def keep_form(
    credential: ApiCredential, fields: Fields, received: Received, problem: Problem
) -> None:
    """Keep an authorised form for a recruiter to see."""
    company = credential.company
    keep(
        credential,
        _describe(fields, received, problem),
        lambda: [_keep_file(company, upload, category) for upload, category in received],
        REASONS.get(problem.message) or _name_field(problem),
        find_position(company, fields["job_position_id"]),
    )


def keep(
    credential: ApiCredential,
    data: Mapping[str, object],
    keep_files: Callable[[], Iterable[Paper | None]],
    reason: str,
    position: Position | None,
) -> None:
    """Keep an authorised attempt, with its files as far as storage lets us; never fails.

    ``data`` has the words of ``applying.snapshot`` and need not be more than what says something.
    """
    try:
        documents = [paper for paper in keep_files() if paper]
    except OSError:
        logger.exception("files of a refused application could not be kept")
        documents = []
    try:
        applying.keep_attempt(
            credential.company,
            {name: value for name, value in data.items() if value},
            documents,
            reason,
            door=Door.ENDPOINT,
            position=position,
            credential=credential,
        )
    except DatabaseError:
        logger.exception("a refused application could not be kept")


def find_position(company: Company, number: str) -> Position | None:
    """Return the company's position of that public number, None for what is no number, too."""
    wanted = forms.as_number(number)
    return None if wanted is None else next(iter(_numbered(company.pk, wanted)), None)


@sql.written_once
def _numbered(company: int, number: int) -> "models.QuerySet[Position]":
    return Position.objects.filter(company=company, number=number)


def _describe(fields: Fields, received: Received, problem: Problem) -> Mapping[str, object]:
    """Return the fields in the words of ``applying.snapshot``, with what was wrong."""
    known = {"recruiting_channel_id": "source"}
    hidden = ("company_id", "access_token", *fields.attributes(), *fields.ignored())
    words: dict[str, object] = {
        known.get(name, name): text for name, text in fields.values.items() if name not in hidden
    }
    words |= {
        "tags": list(fields.tags),
        "attributes": fields.attributes(),
        "extra": fields.ignored(),
        "documents": [uploads.safe_name(upload.name or "") for upload, _ in received],
        "errors": {name: list(texts) for name, texts in problem.errors.items()},
    }
    return words


def _name_field(problem: Problem) -> str:
    """Return what is wrong where the message names the field; the errors tell which one it is."""
    named = next(iter(problem.errors), "")
    known = {problems.missing(named): "missing value", problems.unknown(named): "unknown field"}
    return known.get(problem.message, problem.message)


def _keep_file(company: Company, upload: Upload, category: str) -> Paper | None:
    """Keep a file of whatever kind; one that is too large was not received and has its name kept only."""
    try:
        return uploads.receive(company, upload, category=category)
    except uploads.Refused:
        if (upload.size or 0) > uploads.MAX_SIZE:
            return None
    file = uploads.keep(company, upload)
    name = uploads.safe_name(upload.name or "")
    return Paper(file, name, uploads.OTHER_TYPE, uploads.as_category(category))
