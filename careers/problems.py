"""What the applicant endpoint answers, word for word as documented; clients compare the texts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse

ACCEPTED = "Applicant successfully applied to the job position."
INVALID = "The given data failed to pass validation."
BAD_FILE = "Unsupported extension or file greater than 20Mb."
NO_POSITION = "Could not find the job position."
ALREADY_APPLIED = "Applicant already applied to this position."
UNAUTHORIZED = "This action is unauthorized."
FILES_NOT_KEPT = "There was a problem while processing attachments. Try again later"
NOT_PUBLISHED = "Job position not published"
BROKEN = "Something went wrong, please try again later!"
TOO_MANY = "Too many applications from this address, please try again later."
NOT_POST = "Send the application with POST."

Errors = Mapping[str, Sequence[str]]


class Problem(Exception):
    """The request ends here with this status and message; ``errors`` tells more for each field."""

    def __init__(self, status: int, message: str, errors: Errors | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors or {}


def missing(field: str) -> str:
    return f"The {field} field is required."


def unknown(parameter: str) -> str:
    return f"Parameter {parameter} does not exist."


def success() -> HttpResponse:
    return _json({"success": True, "data": {"message": ACCEPTED}}, 200)


def answer(problem: Problem) -> HttpResponse:
    """Return the documented body: ``error`` holds ``message``, and ``code`` and ``errors`` for fields."""
    error: dict[str, Any] = {"message": problem.message}
    if problem.errors:
        error |= {
            "code": 0,
            "errors": {name: list(texts) for name, texts in problem.errors.items()},
        }
    return _json({"success": False, "error": error}, problem.status)


def _json(body: dict[str, Any], status: int) -> HttpResponse:
    response = JsonResponse(body, status=status, json_dumps_params={"separators": (",", ":")})
    response["Cache-Control"] = "no-store"
    return response
