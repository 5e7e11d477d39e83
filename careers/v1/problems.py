"""What the v1 interface says is wrong: names of reasons for programs, each with the field it is about."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse

# Clients know the kind of an item by this word, so it stays as it was recorded.
FIELD_ERROR = "com.personio.recruiting.api.http.FieldError"

REQUIRED = "errors.attribute-validation.required-attribute"
UNKNOWN = "errors.attribute-validation.unknown"
BAD_DATE = "errors.attribute-validation.invalid-date-format"
BAD_EMAIL = "errors.attribute-validation.invalid-email-format"
BAD_TYPE = "errors.attribute-validation.invalid-type"
UNKNOWN_OPTION = "errors.attribute-validation.unknown-attribute-option"
IN_THE_FUTURE = "errors.date-validation.date-in-the-future"
NO_FILE = "errors.file-validation.file-not-exists"
UNKNOWN_CATEGORY = "errors.file-validation.unknown-file-category"
BAD_FILE_TYPE = "errors.invalid-file-type"
FILE_TOO_BIG = "errors.file-too-big"
ALREADY_APPLIED = "errors.applicant-already-exists"
NO_POSITION = "errors.posting-validation.posting-not-found"
NO_CHANNEL = "errors.posting-validation.channel-not-found"
NOT_PUBLISHED = "errors.job-position.not-published"
REASONS = [
    UNKNOWN,
    REQUIRED,
    BAD_DATE,
    BAD_EMAIL,
    BAD_TYPE,
    UNKNOWN_OPTION,
    IN_THE_FUTURE,
    NO_FILE,
    UNKNOWN_CATEGORY,
    BAD_FILE_TYPE,
    FILE_TOO_BIG,
    ALREADY_APPLIED,
    NO_POSITION,
    NO_CHANNEL,
    NOT_PUBLISHED,
]

BAD_BODY = "Invalid request body supplied."
BAD_FORM = "Invalid multipart request body and/or headers supplied."
# What a 401 tells in its header, its body being empty: which of a company's many tokens is wanted.
CHALLENGE = (
    'Bearer realm="recruiting", error="invalid_token", '
    'error_description="Send an API access token for recruiting of the company in X-Company-ID"'
)


class Problem(Exception):
    """The request ends here with this status and body; ``wait`` are seconds until it may be repeated."""

    def __init__(
        self, status: int, body: Mapping[str, Any] | None = None, *, wait: int = 0
    ) -> None:
        super().__init__(status)
        self.status = status
        self.body = body or None
        self.wait = wait

    @property
    def reasons(self) -> list[str]:
        """The reasons the body gives for its fields."""
        items = (self.body or {}).get("errors", [])
        return [wrong["reason"] for item in items for wrong in item.get("errors", [])]

    @property
    def explanation(self) -> str:
        """Each field with its reasons, or what else the body says, in one line."""
        items = (self.body or {}).get("errors", [])
        told = [
            f"{item['field']}: {', '.join(wrong['reason'] for wrong in item['errors'])}"
            if "field" in item
            else item.get("title", "")
            for item in items
        ]
        if "error" in (self.body or {}):
            told.append(str((self.body or {})["error"].get("reason", "")))
        return "; ".join(told) or ("Too many requests" if self.wait else "")


class Wrong(Exception):
    """One value is not what it should be."""

    def __init__(self, reason: str, **context: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.context = context


def of_fields(errors: Mapping[str, Sequence[Wrong]], status: int = 400) -> Problem:
    """Name each wrong field once, with all its reasons."""
    items = [
        {"type": FIELD_ERROR, "field": field, "errors": [_reason(wrong) for wrong in wrongs]}
        for field, wrongs in errors.items()
    ]
    return Problem(status, {"errors": items})


def of_field(field: str, reason: str, status: int = 400, **context: Any) -> Problem:
    return of_fields({field: [Wrong(reason, **context)]}, status)


def unreadable(why: str) -> Problem:
    """A body that is none has an answer of another shape; it was recorded so, and clients read it first."""
    return Problem(400, {"error": {"reason": why}})


def of_us(status: int, title: str, *, wait: int = 0) -> Problem:
    item = {"id": str(uuid.uuid4()), "status": str(status), "title": title}
    return Problem(status, {"errors": [item]}, wait=wait)


def answer(problem: Problem) -> HttpResponse:
    if problem.body is None:
        response = HttpResponse(status=problem.status)
        del response["Content-Type"]
    else:
        response = as_json(problem.body, problem.status)
    if problem.wait:
        response["Retry-After"] = str(problem.wait)
    if problem.status == 401:
        response["WWW-Authenticate"] = CHALLENGE
    return response


def as_json(body: Mapping[str, Any], status: int = 200) -> HttpResponse:
    response = JsonResponse(body, status=status, json_dumps_params={"separators": (",", ":")})
    response["Cache-Control"] = "no-store"
    return response


def _reason(wrong: Wrong) -> dict[str, Any]:
    return {"reason": wrong.reason} | ({"context": wrong.context} if wrong.context else {})
