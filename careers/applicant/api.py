"""The applicant endpoint: one multipart post is one application."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from careers.applicant import attempts, auth, forms, papers, problems, replies
from careers.applicant.attempts import Received
from careers.applicant.forms import Fields
from careers.applicant.problems import Problem
from careers.applicant.replies import Sender
from careers.receiving import bodies, throttle
from careers.receiving import uploads as receiving
from companies import credentials
from companies.models import ApiCredential, Company
from recruiting.hiring.applications import applying
from recruiting.hiring.applications.applying import Applicant
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
        response["Access-Control-Allow-Headers"] = _asked_headers(request)
        response["Access-Control-Max-Age"] = "86400"
    else:
        response = _answer(request)
        response["Access-Control-Expose-Headers"] = "Retry-After"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _asked_headers(request: HttpRequest) -> str:
    """Allow what the browser asks for: ``*`` leaves out Authorization, and old browsers do not know it."""
    return request.headers.get("Access-Control-Request-Headers", "*")


def _answer(request: HttpRequest) -> HttpResponse:
    credential, sender = None, Sender()
    try:
        fields, received = _read(request)
        credential = auth.authorise(fields)
        sender = Sender(credential.company, fields[forms.THANKS_URL])
        _take(credential, fields, received)
    except Problem as problem:
        bodies.drain(request)  # type: ignore[arg-type]  # a request is a stream
        response = replies.refuse(request, problem, sender)
        if problem.status == 405:
            response["Allow"] = "POST, OPTIONS"
        _note(credential, problem.status, problem.explanation)
        return response
    except Exception:  # whatever we did not foresee has a documented answer too
        logger.exception("an application could not be taken")
        _note(credential, 500, problems.BROKEN)
        return replies.refuse(request, Problem(500, problems.BROKEN), sender)
    return replies.accept(request, sender)


def rehearse(values: Mapping[str, str]) -> Problem | None:
    """Take an application of these fields as if it had been posted, and undo all of it.

    Returns what it would have been refused with. It counts for no limit, sends nothing, leaves nothing.
    """
    fields = Fields(values)
    try:
        with transaction.atomic():
            credential = auth.authorise(fields)
            position, applicant = _check(credential.company, fields)
            _apply(position, applicant, credential)
            transaction.set_rollback(True)
    except Problem as problem:
        return problem
    return None


def _note(credential: ApiCredential | None, status: int, reason: str = "") -> None:
    if credential:
        credentials.note_request(credential, auth.ENDPOINT, status, reason)


def _read(request: HttpRequest) -> tuple[Fields, Received]:
    """Read the whole form; 503, 429 before that, 400 for what is no whole form."""
    if settings.MAINTENANCE:
        raise Problem(503, problems.AWAY, wait=throttle.WINDOW)
    if request.method != "POST":
        raise Problem(405, problems.NOT_POST)
    if wait := throttle.seconds_to_wait(request):
        raise Problem(429, problems.TOO_MANY, wait=wait)
    try:
        files = receiving.receive(request)
    except receiving.TooLarge as error:
        raise Problem(400, problems.BAD_FILE) from error
    except receiving.NotWhole as error:
        raise Problem(400, problems.INVALID) from error
    return forms.read(request.POST), list(papers.read(request.POST, files))


def _take(credential: ApiCredential, fields: Fields, received: Received) -> None:
    """Make an application of an authorised form; who is refused is kept for the recruiters to see."""
    try:
        position, applicant = _check(credential.company, fields)
        # spares us the files; without any the constraint is asked only
        if received and applying.has_applied(position, applicant.email):
            raise Problem(400, problems.ALREADY_APPLIED)
        documents = _keep(credential.company, received)
    except Problem as problem:
        attempts.keep_form(credential, fields, received, problem)
        raise
    _apply(position, replace(applicant, documents=documents), credential)


def _check(company: Company, fields: Fields) -> tuple[Position, Applicant]:
    """Check in the documented order: fields, position, values."""
    forms.check_required(fields)
    position = attempts.find_position(company, fields["job_position_id"])
    if position is None:
        raise Problem(400, problems.NO_POSITION)
    if not position.is_published:
        raise Problem(422, problems.NOT_PUBLISHED)
    forms.check_values(fields, company)
    return position, forms.read_applicant(fields, company)


def _keep(company: Company, received: Received) -> list[Paper]:
    """Store every file; 400 when one is not of a kind or size we take, 422 when storage fails."""
    try:
        return uploads.receive_all(company, received)
    except uploads.Refused as error:
        raise Problem(400, problems.BAD_FILE) from error
    except OSError as error:
        logger.exception("files of an application could not be kept")
        raise Problem(422, problems.FILES_NOT_KEPT) from error


def _apply(position: Position, applicant: Applicant, credential: ApiCredential) -> None:
    accepted = credentials.line(credential, auth.ENDPOINT, 200)  # in the same commit
    try:
        applying.apply(
            position, applicant, door=Door.ENDPOINT, credential=credential, also=[accepted]
        )
    except applying.AlreadyApplied as error:  # both were checked at once, a moment ago
        raise Problem(400, problems.ALREADY_APPLIED) from error
    except applying.PositionNotPublished as error:
        raise Problem(422, problems.NOT_PUBLISHED) from error
    except Exception:
        with suppress(DatabaseError):  # a recruiter still sees who wanted to apply, and how
            applying.refuse(
                position, applicant, "not stored", door=Door.ENDPOINT, credential=credential
            )
        raise
    credentials.trim(accepted)
