"""Where an action came from, so that it ends there and so does its undo."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def to(request: HttpRequest, view: str, *args: object) -> HttpResponse:
    """Redirect to the page of ours that ``back`` names, else to ``view``."""
    return HttpResponseRedirect(_asked(request) or reverse(view, args=args))


def undo(request: HttpRequest, view: str, *args: object) -> str:
    """The tag of a message whose Undo posts to ``view`` and ends where this action does."""
    came = _asked(request)
    query = f"?{urlencode({'back': came})}" if came else ""
    return f"undo:{reverse(view, args=args)}{query}"


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether an address that a browser sent is a page of this host, from its root or in full."""
    is_allowed = url_has_allowed_host_and_scheme(address, {request.get_host()})
    return is_allowed and address.startswith(("/", "http://", "https://"))


def _asked(request: HttpRequest) -> str:
    came = request.POST.get("back") or request.GET.get("back") or ""
    return came if is_ours(request, came) else ""
