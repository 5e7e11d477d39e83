"""What search engines ask for first: robots.txt and the map of a career site."""

from collections.abc import Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from careers.site import hosts
from careers.site.hosts import Site

PLATFORM_ROBOTS = "User-agent: *\nAllow: /careers/\nDisallow: /\n"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@login_not_required
@require_safe
def platform_robots(_request: HttpRequest) -> HttpResponse:
    """Career sites are for everybody, the desk is not."""
    return HttpResponse(PLATFORM_ROBOTS, content_type="text/plain")


@login_not_required
@require_safe
def robots(request: HttpRequest, account: str | None = None) -> HttpResponse:
    """All of a company's site may be read, feed and all; a name that is nobody's has nothing to read."""
    site = hosts.find(request, account)
    rules = (
        f"Allow: /\n\nSitemap: {hosts.site_url(site.company)}/sitemap.xml"
        if site
        else "Disallow: /"
    )
    return HttpResponse(f"User-agent: *\n{rules}\n", content_type="text/plain")


@login_not_required
@require_safe
def sitemap(request: HttpRequest, account: str | None = None) -> HttpResponseBase:
    """The list of openings and each of them, once, under the address it is known by."""
    site = hosts.find(request, account)
    if site is None:
        return HttpResponse(
            "There is no site at this address.\n", status=404, content_type="text/plain"
        )
    if request.method == "HEAD":
        return HttpResponse(content_type="application/xml")
    return StreamingHttpResponse(_map(site), content_type="application/xml")


def _map(site: Site) -> Iterator[str]:
    language = site.company.default_language
    rows = site.company.positions.published().order_by("number")
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{NAMESPACE}">\n'
    yield _entry(site.url("openings", language=language))
    for number, published_at in rows.values_list("number", "published_at").iterator():
        yield _entry(site.url("position", language=language, number=number), published_at)
    yield "</urlset>\n"


def _entry(url: str, changed_at: datetime | None = None) -> str:
    changed = f"<lastmod>{changed_at:%Y-%m-%d}</lastmod>" if changed_at else ""
    return f"<url><loc>{escape(url)}</loc>{changed}</url>\n"
