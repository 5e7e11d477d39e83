"""The XML feed of published positions, as job boards and career sites have read it for years.

Dull on purpose, as its readers are: no attributes, namespaces or self-closing tags, one fixed order,
nothing optional that is empty, nothing expected that is missing, the same bytes while nothing changed.
"""

import hashlib
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db.models import Prefetch
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.text import compress_sequence
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from careers.site import changes, hosts, texts
from companies.models import Company
from recruiting.choices import OccupationCategory
from recruiting.models import Position, PositionSection

ROOT = "workzag-jobs"
HEADER = f'<?xml version="1.0" encoding="UTF-8"?>\n<{ROOT}>\n'
CHUNK = 200  # positions in memory at a time
IN_MEMORY = 1024 * 1024  # bytes; a larger feed waits on disk
PIECE = 64 * 1024
TRUSTED = 3600  # seconds; then it is written anew, for we may write it otherwise by now
REMEMBERED = 90 * 24 * 3600  # seconds for which a feed's last change is known
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "PLN": "zł", "CZK": "Kč", "INR": "₹"}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


@login_not_required
@require_safe
def feed(request: HttpRequest, account: str | None = None) -> HttpResponseBase:
    """Answer the feed in ``?language=``, or the company's; 404 as plain text where there is none."""
    site = hosts.find(request, account)
    response: HttpResponseBase
    if site is None or not site.company.feed_enabled:
        response = HttpResponse(
            "There is no feed at this address.\n", status=404, content_type="text/plain"
        )
    else:
        language = hosts.asked_language(request) or site.company.default_language
        response = _answer(request, site.company, language)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def write(company: Company, language: str) -> Iterator[bytes]:
    """Yield the feed in pieces: every published position, also those without a text in the language."""
    yield HEADER.encode()
    with translation.override(_spoken(company, language)):
        for position in _positions(company, language):
            lines = "".join(_elements(position, language))
            yield f"<position>\n{lines}</position>\n".encode()
    yield f"</{ROOT}>\n".encode()


# ---- HTTP


def _answer(request: HttpRequest, company: Company, language: str) -> HttpResponseBase:
    """Answer with the feed, written before the head of the answer, which has its digest.

    What was written of the same positions a while ago is known by digest and size: nobody who has it
    makes us write it again.
    """
    key = f"feed-edition:{company.pk}:{language}:{changes.fingerprint(company)}"
    digest, size = cache.get(key) or ("", 0)
    file: IO[bytes] | None = None
    if not digest or _wants_body(request, digest, _last_change(company, language, digest)):
        file, digest = _spool(company, language)
        size = file.tell()
        file.seek(0)
        cache.set(key, (digest, size), timeout=TRUSTED)
    modified = _last_change(company, language, digest)
    packs = _accepts_gzip(request)
    response = _unchanged(request, digest, modified)
    if response is None and file and request.method != "HEAD":
        response = StreamingHttpResponse(_pack(file)) if packs else FileResponse(file)
    elif file:
        file.close()
    if response is None:
        response = HttpResponse(headers={} if packs else {"Content-Length": str(size)})
    if response.status_code == 200:
        response["Content-Type"] = "text/xml; charset=utf-8"
        if packs:
            response["Content-Encoding"] = "gzip"
    # Packed it is other bytes that say the same, which is what a weak tag means (RFC 9110, 8.8.1).
    response["ETag"] = f'W/"{digest}"' if packs else f'"{digest}"'
    response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = "no-cache"
    response["Content-Language"] = language
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _unchanged(request: HttpRequest, digest: str, modified: int) -> HttpResponseBase | None:
    """Return the 304 or 412 for somebody who has this feed already."""
    return get_conditional_response(request, etag=f'"{digest}"', last_modified=modified)


def _wants_body(request: HttpRequest, digest: str, modified: int) -> bool:
    return request.method != "HEAD" and _unchanged(request, digest, modified) is None


def _spool(company: Company, language: str) -> tuple[IO[bytes], str]:
    file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 -- the response closes it
    digest = hashlib.sha256()
    for piece in write(company, language):
        digest.update(piece)
        file.write(piece)
    return file, digest.hexdigest()[:32]


def _last_change(company: Company, language: str, digest: str) -> int:
    """Return since when the feed says what it says, in seconds since 1970.

    A cache that forgot makes the feed look newer, never older. Two changes in one second get two times.
    """
    key = f"feed:{company.pk}:{language}"
    known, at = cache.get(key) or ("", 0)
    if known != digest:
        at = max(int(time.time()), at + 1)
        cache.set(key, (digest, at), timeout=REMEMBERED)
    return int(at)


def _accepts_gzip(request: HttpRequest) -> bool:
    for offer in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, weight = offer.replace(" ", "").partition(";q=")
        if coding in ("gzip", "x-gzip", "*"):
            return weight.strip("0.") != "" or weight == ""
    return False


def _pack(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        yield from compress_sequence(iter(lambda: file.read(PIECE), b""))


# ---- XML


def _spoken(company: Company, language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else company.default_language


def _positions(company: Company, language: str) -> Iterator[Position]:
    sections = PositionSection.objects.filter(text__language=language)
    return (
        company.positions.advertised()
        .select_related("subcompany")
        .prefetch_related("texts", Prefetch("texts__sections", queryset=sections))
        .order_by("number")
        .iterator(chunk_size=CHUNK)
    )


def _elements(position: Position, language: str) -> Iterator[str]:
    """Yield a position's elements in the documented order, with a word where readers expect one."""
    office, *others = texts.offices(position) or [position.company.name]
    yield _tag("id", str(position.number))
    yield _optional("subcompany", position.subcompany.name if position.subcompany else "")
    yield _tag("office", office)
    if others:
        yield _nest("additionalOffices", (_tag("office", other) for other in others))
    yield _tag(
        "department", _first(position.department, position.recruiting_category, _("General"))
    )
    yield _tag(
        "recruitingCategory",
        _first(position.recruiting_category, position.department, _("General")),
    )
    yield _tag("name", texts.title(position, language))
    yield _nest("jobDescriptions", _descriptions(position, language))
    yield _tag("employmentType", position.employment_type)
    yield _tag("seniority", position.seniority)
    yield _tag("schedule", position.schedule)
    yield _optional("yearsOfExperience", position.years_of_experience)
    yield _optional("keywords", position.keywords)
    yield _tag("occupation", _first(position.occupation, OccupationCategory.OTHER))
    yield _tag("occupationCategory", position.occupation_category)
    yield _tag("createdAt", _moment(position.created_at))
    yield _salary(position)


def _descriptions(position: Position, language: str) -> Iterator[str]:
    text = texts.in_language(position, language)
    if text is None:
        return
    for section in text.sections.all():
        body = section.body.strip()
        if not body:
            continue
        if "<" not in body:  # a block of digits only breaks a reader that guesses types
            body = f"<p>{body}</p>"
        yield _nest(
            "jobDescription",
            [_tag("name", _first(section.heading, text.title)), f"<value>{_cdata(body)}</value>\n"],
        )


def _salary(position: Position) -> str:
    if position.salary_min is None and position.salary_max is None:
        return ""
    currency = position.salary_currency
    return _nest(
        "salaryInformation",
        [
            _optional("min", _amount(position.salary_min)),
            _optional("max", _amount(position.salary_max)),
            _tag("currencySymbol", SYMBOLS.get(currency, currency)),
            _tag("currencyCode", currency),
            _tag("type", position.salary_period),
        ],
    )


def _amount(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _moment(at: datetime) -> str:
    """Return a time in UTC, as ``2024-09-24T11:00:15+00:00``."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _first(*values: str) -> str:
    """Return the first value that says something once it is XML."""
    return next((value for value in values if _legal(value).strip()), "")


def _optional(name: str, value: str) -> str:
    return _tag(name, value) if _first(value) else ""


def _tag(name: str, value: str) -> str:
    return f"<{name}>{escape(_legal(value))}</{name}>\n"


def _nest(name: str, children: Iterable[str]) -> str:
    inside = "".join(children)
    return f"<{name}>\n{inside}</{name}>\n" if inside else f"<{name}></{name}>\n"


def _cdata(value: str) -> str:
    inside = _legal(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{inside}]]>"


def _legal(value: str) -> str:
    """Return the value without the characters that no XML document may hold, however escaped."""
    return _FORBIDDEN.sub("", value)
