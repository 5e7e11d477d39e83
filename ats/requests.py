"""What every request passes before it is read."""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.defaults import bad_request


def refuse_nul(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: answer 400 to NUL in an address. No page means it, and PostgreSQL stores none."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path:
            return bad_request(request, SuspiciousOperation("NUL in the address"))
        return get_response(request)

    return answer
