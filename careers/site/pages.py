"""Career pages: a company's openings, each with its description and its form.

No script, no cookie, no session: they look the same to everybody who comes by the same address.
"""

import html
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from careers.receiving import bodies, throttle, uploads
from careers.site import captcha, hosts, jobposting, texts
from careers.site import openings as listing
from careers.site.application_form import ApplicationForm
from careers.site.hosts import Site
from recruiting.hiring.applications import applying
from recruiting.models import Position, PositionSection, PositionText
from recruiting.models.applications import Door

logger = logging.getLogger(__name__)

PAGE = 50  # openings
THANKS = {"position": "thanks", "embedded": "embedded-thanks"}
SUMMARY = 200  # characters of a preview

View = Callable[..., HttpResponse]


def site_view(view: View) -> View:
    """Make a public page of a view that takes the site: finds it, speaks its language."""

    @login_not_required
    @wraps(view)
    def wrapped(request: HttpRequest, account: str | None = None, **kwargs: Any) -> HttpResponse:
        site = hosts.find(request, account)
        if site is None:
            return not_found(request)
        with translation.override(site.language):
            response = view(request, site, **kwargs)
        response["Content-Language"] = site.language
        if (
            request.method == "HEAD"
        ):  # feed readers ask so for every position; servers warn of a body
            response["Content-Length"] = str(len(response.content))
            response.content = b""
        return response

    return wrapped


@require_safe
@site_view
def openings(request: HttpRequest, site: Site) -> HttpResponse:
    """The published positions, filtered by ``?q=``, ``?office=``, ``?department=`` and ``?employer=``."""
    published = listing.list_all(site.company, site.language)
    everything = [row for row in published if not row.is_general]
    choices = listing.choices(request, everything)
    query = listing.query(request)
    found = listing.choose(everything, query, choices)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [(row, site.path("position", number=row.number)) for row in page],
        "general": [
            (row, site.path("position", number=row.number))
            for row in sorted(published, key=lambda row: row.employer != site.company.name)
            if row.is_general
        ],
        "page": page,
        "earlier": _turn(request, page.previous_page_number()) if page.has_previous() else "",
        "later": _turn(request, page.next_page_number()) if page.has_next() else "",
        "total": len(everything),
        "query": query,
        "choices": choices,
        "action": site.path("openings").partition("?")[0],
        "carried": site.carried().items(),
        "is_filtered": bool(query or any(choice.chosen for choice in choices)),
    }
    return _render(site, "openings", context)


# Without a session there is no authority that a foreign page could borrow; the form has a token of its own.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@site_view
def position(request: HttpRequest, site: Site, number: str) -> HttpResponse:
    """One position with its form; takes the application that is posted to it."""
    found = _find(site, int(number))
    if found is None:
        return _closed(site)
    if request.method == "POST":
        return _take(request, site, found)
    return _show(site, found, ApplicationForm(found))


# Only this form may stand in other people's pages: what is behind a login never does.
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@site_view
def embedded(request: HttpRequest, site: Site, number: str) -> HttpResponse:
    """The form of a position alone, for a frame in the company's own pages."""
    found = _find(site, int(number))
    if found is None:
        return _closed(site)
    if request.method == "POST":
        return _take(request, site, found, "embedded")
    return _show(site, found, ApplicationForm(found), "embedded")


@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@require_safe
@site_view
def embedded_thanks(_request: HttpRequest, site: Site, number: str) -> HttpResponse:
    return _thank(site, number, is_embedded=True)


@require_safe
@site_view
def thanks(_request: HttpRequest, site: Site, number: str) -> HttpResponse:
    return _thank(site, number)


def _thank(site: Site, number: str, *, is_embedded: bool = False) -> HttpResponse:
    """The same for everybody: it must not tell who has applied before."""
    found = _find(site, int(number))
    if found is None:
        return _closed(site)
    context = {"title": texts.title(found, site.language), "is_embedded": is_embedded}
    return _render(site, "thanks", context, "thanks", found.number)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    """Nothing is at this address, or it is nobody's site."""
    site = hosts.find(request, None)
    with translation.override(site.language if site else settings.LANGUAGE_CODE):
        return _render(site, "not_found", {"is_closed": False}, status=404)


# ---- applying


def _take(
    request: HttpRequest, site: Site, found: Position, page: str = "position"
) -> HttpResponse:
    form_limit = settings.FORM_SENDINGS_PER_MINUTE
    wait = throttle.seconds_to_wait(request, f"form-{found.number}", form_limit)
    if wait := wait or throttle.seconds_to_wait(request):
        bodies.drain(request)  # type: ignore[arg-type]  # a request is a stream
        context = {"wait": wait, "is_embedded": page == "embedded"}
        response = _render(site, "too_many", context, "position", found.number, status=429)
        response["Retry-After"] = str(wait)
        return response
    problem = _receive(request)
    if problem:
        return _show(site, found, ApplicationForm(found), page, problem=problem, status=400)
    form = ApplicationForm(found, request.POST, request.FILES)
    if not form.is_valid():
        try:
            form.keep_ahead()
        except OSError:
            logger.exception("files of a form that is shown again could not be kept")
        form.begin_anew()
        return _show(site, found, form, page, status=422)
    try:
        documents = form.keep_documents(site.company)
    except OSError:
        logger.exception("files of an application could not be kept")
        problem = _("Your documents could not be stored. Please try again in a few minutes.")
        return _show(site, found, form, page, problem=problem, status=503)
    try:
        applying.apply(found, form.applicant(site, documents), door=Door.FORM)
    except applying.AlreadyApplied:
        pass  # kept for the recruiters; who applies again, or asks in another's name, learns nothing
    except applying.PositionNotPublished:
        return _closed(site)
    return HttpResponse(
        status=303, headers={"Location": site.path(THANKS[page], number=found.number)}
    )


def _receive(request: HttpRequest) -> str:
    """Read the posted form with its files; return what is wrong with it, if anything."""
    try:
        uploads.receive(request)
    except uploads.TooLarge:
        return _(
            "Together your documents are larger than 64 MB. Please send fewer or smaller ones."
        )
    except uploads.NotWhole:
        return _("Your application did not arrive whole. Please send it once more.")
    return ""


# ---- showing


def _find(site: Site, number: int) -> Position | None:
    return (
        site.company.positions.published()
        .filter(number=number)
        .select_related("subcompany")
        .prefetch_related("texts__sections")
        .first()
    )


def _show(
    site: Site,
    found: Position,
    form: ApplicationForm,
    page: str = "position",
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    text = texts.find(found, site.language)
    context = {
        "position": found,
        "title": texts.title(found, site.language),
        "text": text,
        "sections": [(row.heading, texts.clean(row.body)) for row in _sections(text)],
        "offices": texts.offices(found),
        "summary": _summary(text),
        "posting": jobposting.data_block(found, text, site)
        if text and not found.is_general
        else "",
        "form": form,
        "problem": problem,
        "is_embedded": page == "embedded",
        "action": site.path(page, number=found.number),
        "custom": [form[attribute.api_name] for attribute in form.custom],
        "puzzle": captcha.challenge(site.company.captcha),
    }
    return _render(site, page, context, page, found.number, status=status)


def _sections(text: PositionText | None) -> list[PositionSection]:
    return list(text.sections.all()) if text else []


def _summary(text: PositionText | None) -> str:
    words = " ".join(
        strip_tags(texts.clean(row.body).replace("<", " <")) for row in _sections(text)
    )
    return Truncator(" ".join(html.unescape(words).split())).chars(SUMMARY)


def _closed(site: Site) -> HttpResponse:
    return _render(site, "not_found", {"is_closed": True}, status=404)


def _turn(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return f"?{query.urlencode()}"


def _render(
    site: Site | None,
    template: str,
    context: dict[str, Any],
    page: str = "openings",
    number: int | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    return render(
        site, template, context, page, {} if number is None else {"number": number}, status
    )


def render(
    site: Site | None,
    template: str,
    context: dict[str, Any],
    page: str,
    where: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    """Render a page outside of any session; ``page`` and ``where`` say where its other languages are."""
    languages = [
        (code, get_language_info(code)["name_local"], site.path(page, language=code, **where))
        for code, _name in settings.LANGUAGES
        if site
    ]
    context |= {
        "site": site,
        "home": site.path("openings") if site else "",
        "languages": languages,
        "alternates": [
            (code, site.url(page, language=code, **where)) for code, *_name in languages if site
        ],
        "canonical": site.url(page, **where) if site else "",
        "LANGUAGE_CODE": translation.get_language(),
    }
    response = HttpResponse(render_to_string(f"careers/{template}.html", context), status=status)
    response["Cache-Control"] = "no-cache"
    return response
