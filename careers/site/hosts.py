"""Career sites: which company a request asks for, and where that company's pages are.

A site is served below ``/careers/<account>/`` and, where CAREERS_DOMAIN is set, at the root of a host
of its own: readers of the feed put ``/xml`` and ``/job/<number>`` behind a host name.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.urls import reverse

from companies.models import Company

URLCONF = "careers.site.urls"
TRACKING = ("_pc", "pid")  # what multiposters add to links: the source, the id of their posting
TRACKING_LENGTH = 255
_LANGUAGE = re.compile(r"[a-z]{2}(?![a-z])")


@dataclass(frozen=True)
class Site:
    """A company's career site as one visitor sees it.

    ``root`` stands before every path of it, ``tracking`` goes along from link to link.
    """

    company: Company
    root: str
    language: str
    tracking: Mapping[str, str] = field(default_factory=dict)

    def path(self, name: str, *, language: str = "", **kwargs: object) -> str:
        """Return the path of a page on this site, in this or another language."""
        return _with_query(self.root + _reverse(name, kwargs), self.carried(language))

    def url(self, name: str, *, language: str = "", **kwargs: object) -> str:
        """Return the one address a page is known under to search engines and those who share it."""
        path = site_url(self.company) + _reverse(name, kwargs)
        return _with_query(path, self._spoken(language))

    @property
    def logo_url(self) -> str:
        return site_url(self.company) + _reverse("logo", {})

    def carried(self, language: str = "") -> dict[str, str]:
        """Return what goes along in the query of every link: another language, tracking."""
        return {**self._spoken(language), **self.tracking}

    def _spoken(self, language: str) -> dict[str, str]:
        language = language or self.language
        return {} if language == self.company.default_language else {"language": language}


def serve_sites(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a company's own host has that company's career site and nothing else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if account_of(request) is not None:
            request.urlconf = URLCONF
        return get_response(request)

    return middleware


def account_of(request: HttpRequest) -> str | None:
    """Return the account a request's host names, None on the platform's own host."""
    if not settings.CAREERS_DOMAIN:
        return None
    host = split_domain_port(request.get_host())[0].rstrip(".")
    if host == urlsplit(settings.PUBLIC_URL).hostname:
        return None
    account, dot, domain = host.partition(".")
    return account if dot and domain == settings.CAREERS_DOMAIN else None


def find(request: HttpRequest, account: str | None) -> Site | None:
    """Return the site that ``account``, or without one the host, stands for; None if it is nobody's."""
    name = (account_of(request) if account is None else account) or ""
    company = Company.objects.filter(account=name.lower()).first()
    if company is None:
        return None
    return Site(
        company=company,
        root="" if account is None else f"/careers/{company.account}",
        language=_read_language(request, company),
        tracking=_read_tracking(request),
    )


def asked_language(request: HttpRequest) -> str:
    """Return the two letters of ``?language=`` (``de`` for ``de-AT``), empty without any."""
    found = _LANGUAGE.match(request.GET.get("language", "").strip().lower())
    return found.group() if found else ""


def site_url(company: Company) -> str:
    """Return the address of a company's career site, without the final slash."""
    if not settings.CAREERS_DOMAIN:
        return f"{settings.PUBLIC_URL}/careers/{company.account}"
    public = urlsplit(settings.PUBLIC_URL)
    port = f":{public.port}" if public.port else ""
    return f"{public.scheme}://{company.account}.{settings.CAREERS_DOMAIN}{port}"


def _read_language(request: HttpRequest, company: Company) -> str:
    """A language we speak, else the company's: an address shows everybody the same page."""
    asked = asked_language(request)
    return asked if asked in dict(settings.LANGUAGES) else company.default_language


def _read_tracking(request: HttpRequest) -> dict[str, str]:
    said = {name: "".join(filter(str.isprintable, request.GET.get(name, ""))) for name in TRACKING}
    return {name: value[:TRACKING_LENGTH] for name, value in said.items() if value}


def _reverse(name: str, kwargs: Mapping[str, object]) -> str:
    return reverse(name, urlconf=URLCONF, kwargs=dict(kwargs))


def _with_query(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
