"""Where an action came from, so that it ends there and so does its undo."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def to(request: HttpRequest, view: str, *args: object) -> HttpResponse:
    """Redirect to the page of ours that ``back`` names, else to ``view``."""
    return redirect(_asked(request) or reverse(view, args=args))


def undo(request: HttpRequest, view: str, *args: object) -> str:
    """The tag of a message whose Undo posts to ``view`` and ends where this action does."""
    came = _asked(request)
    query = f"?{urlencode({'back': came})}" if came else ""
    return f"undo:{reverse(view, args=args)}{query}"


def _asked(request: HttpRequest) -> str:
    came = request.POST.get("back") or request.GET.get("back") or ""
    return came if url_has_allowed_host_and_scheme(came, {request.get_host()}) else ""
