"""The applicant endpoint: one multipart post is one application."""

import logging
from contextlib import suppress
from dataclasses import replace
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import csrf_exempt

from careers import auth, bodies, forms, papers, problems, throttle
from careers.problems import Problem
from careers.uploads import SpoolingHandler, Upload
from companies.models import ApiCredential, Company
from recruiting.hiring import applying
from recruiting.models import Position
from recruiting.models.applications import Door
from recruiting.people import uploads
from recruiting.people.uploads import Paper

logger = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
def apply(request: HttpRequest) -> HttpResponse:
    """Take an application from a career site, a form or a multiposter.

    200 once everything is stored; else the documented error. Any origin may post from a browser:
    what protects the door is the token and the limit, not the page it is posted from.
    """
    if request.method == "OPTIONS":
        response = HttpResponse(status=204, headers={"Allow": "POST, OPTIONS"})
        response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        response["Access-Control-Allow-Headers"] = "*"
        response["Access-Control-Max-Age"] = "86400"
    else:
        response = _answer(request)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        _receive(request)
    except Problem as problem:
        response = problems.answer(problem)
        if problem.status == 405:
            response["Allow"] = "POST, OPTIONS"
        elif problem.status == 429:
            response["Retry-After"] = str(throttle.WINDOW)
        return response
    except Exception:  # whatever we did not foresee has a documented answer too
        logger.exception("an application could not be taken")
        return problems.answer(Problem(500, problems.BROKEN))
    return problems.success()


def _receive(request: HttpRequest) -> None:
    """Check in the documented order: fields, token, values of the company, position, files."""
    if request.method != "POST":
        raise Problem(405, problems.NOT_POST)
    if not throttle.allows(request):
        raise Problem(429, problems.TOO_MANY)
    files = _read_body(request)
    fields = forms.read(request.POST)
    credential = auth.authorise(fields.number("company_id"), fields["access_token"])
    applicant = forms.read_applicant(fields, credential.company)
    position = _find_position(credential.company, fields.number("job_position_id"))
    documents = _keep(credential.company, request, files)
    _apply(position, replace(applicant, documents=documents), credential)


def _read_body(request: HttpRequest) -> MultiValueDict[str, Upload]:
    """Read fields and files, never more than ``bodies.MAX_BODY``; 400 for what is no whole form."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > bodies.MAX_BODY:
        bodies.drain(request)  # type: ignore[arg-type]  # a request is a stream
        raise Problem(400, problems.BAD_FILE)
    request.upload_handlers = [SpoolingHandler(request)]
    try:
        files = request.FILES
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise Problem(400, problems.INVALID) from error
    if bodies.is_cut_off(cast(WSGIRequest, request).environ):
        raise Problem(400, problems.INVALID)
    return files


def _find_position(company: Company, number: int) -> Position:
    position = Position.objects.filter(company=company, number=number).first()
    if position is None:
        raise Problem(400, problems.NO_POSITION)
    return position


def _keep(
    company: Company, request: HttpRequest, files: MultiValueDict[str, Upload]
) -> list[Paper]:
    """Store every file; 400 when one is not of a kind or size we take, 422 when storage fails."""
    received = list(papers.read(request.POST, files))
    try:
        for upload, _ in received:
            uploads.check(upload)
        return [
            uploads.receive(company, upload, category=category) for upload, category in received
        ]
    except uploads.Refused as error:
        raise Problem(400, problems.BAD_FILE) from error
    except OSError as error:
        logger.exception("files of an application could not be kept")
        raise Problem(422, problems.FILES_NOT_KEPT) from error


def _apply(position: Position, applicant: applying.Applicant, credential: ApiCredential) -> None:
    try:
        applying.apply(position, applicant, door=Door.ENDPOINT, credential=credential)
    except applying.AlreadyApplied as error:
        raise Problem(400, problems.ALREADY_APPLIED) from error
    except applying.PositionNotPublished as error:
        raise Problem(422, problems.NOT_PUBLISHED) from error
    except Exception:
        with suppress(DatabaseError):  # a recruiter still sees who wanted to apply, and how
            applying.refuse(
                position, applicant, "not stored", door=Door.ENDPOINT, credential=credential
            )
        raise
