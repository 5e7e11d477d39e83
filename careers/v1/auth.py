"""The door of the v1 interface: who asks, how often, and what every answer has in common."""

import functools
import logging
import re
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from careers.applicant import forms
from careers.receiving import bodies, throttle, unauthorised
from careers.v1 import problems
from careers.v1.problems import Problem
from companies import credentials
from companies.models import ApiCredential, ApiRequest

logger = logging.getLogger(__name__)

_BEARER = re.compile(r"bearer\s+(\S+)\s*", re.IGNORECASE)
View = Callable[[HttpRequest], HttpResponse]


def endpoint(view: View) -> View:
    """Make an address of the interface of a view that answers POST and raises ``Problem``."""

    @csrf_exempt
    @login_not_required
    @functools.wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        reason = ""
        try:
            if settings.MAINTENANCE:
                raise problems.of_us(503, "Service Unavailable", wait=throttle.WINDOW)
            response = view(request)
        except Problem as problem:
            bodies.drain(request)  # type: ignore[arg-type]  # a request is a stream
            response, reason = problems.answer(problem), problem.explanation
        except Exception:  # whatever we did not foresee has a documented answer too
            logger.exception("a request of the v1 interface could not be answered")
            response = problems.answer(problems.of_us(500, "Something went wrong"))
        note(request, response.status_code, reason)
        return response

    return wrapped


def authorise(request: HttpRequest, name: str) -> ApiCredential:
    """Return the credential of the headers, and count the request for its company.

    400 without a company, 401 without the right token, 429 above ``V1_REQUESTS_PER_MINUTE`` at the
    address of that ``name``.
    """
    company_id = forms.as_number(request.headers.get("X-Company-ID", "").strip())
    if company_id is None:
        raise problems.of_field("X-Company-ID", problems.REQUIRED)
    bearer = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    credential = credentials.verify(company_id, bearer[1]) if bearer else None
    if credential is None:
        unauthorised.note(company_id, bearer[1] if bearer else "", f"v1 {name}", 401)
        raise Problem(401)
    request.proven = (credential, name)  # type: ignore[attr-defined]  # for the log of requests
    key = f"v1-limit:{name}:{company_id}"
    if wait := throttle.count(key, settings.V1_REQUESTS_PER_MINUTE):
        raise Problem(429, wait=wait)
    return credential


def note(request: HttpRequest, status: int, reason: str = "") -> None:
    """Log the answer to a credential that proved itself; the others are nobody's."""
    credential, name = getattr(request, "proven", (None, ""))
    written: ApiRequest | None = getattr(request, "written", None)
    if written and written.status == status:
        credentials.trim(written)
    elif credential:
        credentials.note_request(credential, f"v1 {name}", status, reason)


def line(request: HttpRequest, status: int) -> ApiRequest:
    """Return the row of the answer for the view that inserts it in the transaction it is the answer to."""
    credential, name = request.proven  # type: ignore[attr-defined]  # see ``authorise``
    request.written = credentials.line(credential, f"v1 {name}", status)  # type: ignore[attr-defined]
    return request.written  # type: ignore[attr-defined,no-any-return]
