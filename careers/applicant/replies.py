"""How the applicant endpoint answers: JSON for programs, a page for browsers.

A plain HTML form takes its visitor to whatever the endpoint answers. So a client that would rather
have HTML gets a page, or is led to one of those the company has listed. No program is redirected.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from careers.applicant import problems
from careers.applicant.problems import Problem
from companies.models import Company

JSON, HTML = "application/json", "text/html"
# What was recorded of the service before its answers were documented, where it differs.
OLDER_TEXTS = {
    problems.NO_POSITION: "Could not find the job position",
    problems.NOT_PUBLISHED: "The job position is not published",
}
# What a page says to people, who do not compare texts.
EXPLAINED = {
    problems.BAD_FILE: _(
        "One of your documents is larger than 20 MB or of a kind we cannot read, or together they"
        " are larger than 64 MB."
    ),
    problems.NOT_PUBLISHED: _("This position takes no applications at the moment."),
    problems.NO_POSITION: _("This position does not exist any more."),
    problems.FILES_NOT_KEPT: _("Your documents could not be stored."),
    problems.TOO_MANY: _("Many applications came from your network just now."),
    problems.AWAY: _("Applications cannot be taken for a few minutes."),
    problems.BROKEN: _("Something went wrong on our side."),
    problems.UNAUTHORIZED: _("The form you used is set up wrongly. Please tell the company."),
    problems.INVALID: _("Something in the form could not be read:"),
}
OLDER_INVALID = "The given data was invalid."
SUCCESS = {"success": True, "data": {"message": problems.ACCEPTED}}


@dataclass(frozen=True)
class Sender:
    """Whose form it was, once its token has proved that, and where its visitor should end."""

    company: Company | None = None
    thanks_url: str = ""

    @property
    def has_listed_page(self) -> bool:
        listed = self.company.thanks_urls.split() if self.company else []
        return self.thanks_url in listed


def accept(request: HttpRequest, sender: Sender) -> HttpResponse:
    if not _wants_page(request):
        return _json(SUCCESS, 200)
    if sender.has_listed_page:
        headers = {"Location": sender.thanks_url, "Cache-Control": "no-store"}
        return HttpResponse(status=303, headers=headers)
    return _page("thank_you", {}, 200, sender)


def refuse(request: HttpRequest, problem: Problem, sender: Sender) -> HttpResponse:
    """Return the documented body, or in its place the older one or a page, as company and client want it.

    A visitor who has applied before gets the thanks of the first time: a page tells nobody about others.
    """
    if not _wants_page(request):
        older = sender.company is not None and sender.company.older_errors
        response = _json(refusal(problem, older=older), problem.status)
    elif problem.message == problems.ALREADY_APPLIED:
        response = accept(request, sender)
    else:
        response = _page("not_sent", _explain(problem), problem.status, sender)
    if problem.wait:
        response["Retry-After"] = str(problem.wait)
    return response


def refusal(problem: Problem, *, older: bool = False) -> dict[str, Any]:
    """Return the body of a refusal, in the documented shape or the ``older`` one."""
    return _older_body(problem) if older else _body(problem)


def _body(problem: Problem) -> dict[str, Any]:
    """``error`` holds ``message``, and where fields are named ``code`` and ``errors`` as well."""
    error: dict[str, Any] = {"message": problem.message}
    if problem.errors:
        error |= {"code": 0, "errors": _fields(problem)}
    return {"success": False, "error": error}


def _older_body(problem: Problem) -> dict[str, Any]:
    if problem.errors:
        error = {"code": 0, "message": OLDER_INVALID, "errors": _fields(problem)}
        return {"success": False, "error": error}
    return {"error": OLDER_TEXTS.get(problem.message, problem.message)}


def _explain(problem: Problem) -> dict[str, Any]:
    told = [text for texts in problem.errors.values() for text in texts]
    reason = EXPLAINED.get(problem.message, problem.message)
    return {"reason": reason, "details": [text for text in told if text != problem.message]}


def _fields(problem: Problem) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in problem.errors.items()}


def _wants_page(request: HttpRequest) -> bool:
    """Whether the client would rather have HTML; who takes anything is a program."""
    return request.get_preferred_type([JSON, HTML]) == HTML


def _json(body: dict[str, Any], status: int) -> HttpResponse:
    response = JsonResponse(body, status=status, json_dumps_params={"separators": (",", ":")})
    response["Cache-Control"] = "no-store"
    return response


def _page(template: str, context: dict[str, Any], status: int, sender: Sender) -> HttpResponse:
    """Render a page in the company's look, if it is known whose form it was."""
    context |= {"LANGUAGE_CODE": translation.get_language()}
    if sender.company:
        root = f"/careers/{sender.company.account}"
        context |= {"site": {"company": sender.company, "root": root}, "home": f"{root}/"}
    response = HttpResponse(render_to_string(f"careers/{template}.html", context), status=status)
    response["Cache-Control"] = "no-store"
    return response
