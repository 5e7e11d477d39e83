"""What every request passes before it is read."""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.views.defaults import bad_request

PROBES = frozenset({"/healthz", "/readyz"})


def answer_probes(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: answer probes under any host name, because load balancers ask by the address."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path in PROBES:
            reply: HttpResponseBase = resolve(request.path).func(request)
            return reply
        return get_response(request)

    return answer


def refuse_nul(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: answer 400 to NUL in an address of the admin, whose filters pass it on to the database.

    Our own pages clean what they are asked; PostgreSQL knows no NUL and would end in a 500.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith("/admin/") and "%00" in request.META.get("QUERY_STRING", ""):
            return bad_request(request, SuspiciousOperation("NUL in the address"))
        return get_response(request)

    return answer
