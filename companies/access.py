"""Who may do what: the member behind a request, and the decorator every tenant view wears.

A stranger learns nothing (404 through ``visible_to``), a role too small is told so (403).
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from companies.capabilities import Can
from companies.models import Membership

__all__ = ["Can", "current_member", "member_view", "require"]

P = ParamSpec("P")


def current_member(request: HttpRequest) -> Membership | None:
    """Return the active membership of the logged-in user, read once a request."""
    cached: Membership | bool | None = getattr(request, "_member", False)
    if not isinstance(cached, bool):
        return cached
    member = None
    if request.user.is_authenticated:
        member = (
            Membership.objects.active()
            .filter(user=request.user.pk)
            .select_related("user", "company", "subcompany")
            .first()
        )
    request._member = member  # type: ignore[attr-defined]  # a per-request cache
    return member


def require(member: Membership, capability: Can) -> None:
    """Raise ``PermissionDenied`` (403) unless the member's role has the capability."""
    if capability not in member.can:
        raise PermissionDenied(capability)


def member_view(
    capability: Can,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Membership, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Decorate ``view(request, member, …)``: logged in, in a company, and allowed to ``capability``.

    Someone without a company (an operator, a removed member) gets a page that says so, with 403.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Membership, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            member = current_member(request)
            if member is None:
                return no_company(request)
            require(member, capability)
            return view(request, member, *args, **kwargs)

        wrapped.capability = capability  # type: ignore[attr-defined]  # read by the role matrix test
        return wrapped

    return decorate


def no_company(request: HttpRequest) -> HttpResponse:
    return render(request, "companies/no_company.html", status=403)
