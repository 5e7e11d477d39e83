"""The successor of the applicant endpoint: documents first, then the application as JSON."""

import json
import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from careers.receiving import uploads as receiving
from careers.v1 import applications as v1_applications
from careers.v1 import auth as v1_auth
from careers.v1 import fields as v1_fields
from careers.v1 import problems
from companies import sql
from recruiting.models import UploadedDocument
from recruiting.people import uploads
from recruiting.people.uploads import TYPES, VIDEOS, Paper

logger = logging.getLogger(__name__)

DOCUMENT_TYPES = TYPES | VIDEOS


@v1_auth.endpoint
def documents(request: HttpRequest) -> HttpResponse:
    """Keep the one file of a form for ``UploadedDocument.LIFETIME``; 200 with its uuid."""
    company = v1_auth.authorise(request, "documents").company
    upload = _read_upload(request)
    try:
        extension = uploads.check(upload, DOCUMENT_TYPES)
        paper = uploads.receive(company, upload, types=DOCUMENT_TYPES)
    except uploads.Refused as error:
        if (upload.size or 0) > uploads.MAX_SIZE:
            raise _too_big(413) from error
        raise problems.of_field(
            "file", problems.BAD_FILE_TYPE, 422, extensions=list(DOCUMENT_TYPES)
        ) from error
    except OSError as error:
        logger.exception("a document could not be kept")
        raise problems.of_us(500, "The document could not be stored") from error
    kept = UploadedDocument(
        company=company, file=paper.file, name=paper.name, content_type=paper.content_type
    )
    sql.insert(kept, v1_auth.line(request, 200))  # one flush of the disk for both
    return problems.as_json(
        {
            "uuid": str(kept.uuid),
            "size": paper.file.size,
            "mimetype": kept.content_type,
            "original_filename": kept.name,
            "extension": _extension(paper, extension),
        }
    )


@v1_auth.endpoint
def applications(request: HttpRequest) -> HttpResponse:
    """Make an application; 201 without a body."""
    sent = _read_json(request)
    values = v1_fields.read(v1_fields.APPLICATION, sent)
    missing = {
        name: wrongs
        for name, wrongs in values.errors.items()
        if any(wrong.reason == problems.REQUIRED for wrong in wrongs)
    }
    if missing:  # told to everybody, as it was recorded
        raise problems.of_fields(missing)
    credential = v1_auth.authorise(request, "applications")
    v1_applications.take(credential, values, log=v1_auth.line(request, 201))
    response = HttpResponse(status=201)
    del response["Content-Type"]
    return response


def _extension(paper: Paper, found: str) -> str:
    """Return the name's extension where it agrees with the bytes, else the bytes' own."""
    named = uploads.extension_of(paper.name)
    return named if DOCUMENT_TYPES.get(named) == paper.content_type else found


def _too_big(status: int) -> problems.Problem:
    return problems.of_field("file", problems.FILE_TOO_BIG, status, max_bytes=uploads.MAX_SIZE)


def _read_upload(request: HttpRequest) -> receiving.Upload:
    """Return the one file of the form, whatever its field is called."""
    try:
        files = receiving.receive(request)
    except receiving.TooLarge as error:
        raise _too_big(413) from error
    except receiving.NotWhole as error:
        raise problems.unreadable(problems.BAD_FORM) from error
    sent = [upload for _, several in files.lists() for upload in several]
    if len(sent) != 1:
        raise problems.unreadable(problems.BAD_FORM)
    return sent[0]


def _read_json(request: HttpRequest) -> dict[str, Any]:
    """Return the object of the body; what Content-Type says does not matter."""
    try:
        sent = json.loads(request.body, parse_constant=_refuse_constant)
    except RequestDataTooBig as error:
        raise problems.of_us(413, "The body is too large") from error
    except (UnreadablePostError, ValueError, RecursionError) as error:
        raise problems.unreadable(problems.BAD_BODY) from error
    if not isinstance(sent, dict):
        raise problems.unreadable(problems.BAD_BODY)
    return sent


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are no JSON (RFC 8259, 6)."""
    raise ValueError(name)
