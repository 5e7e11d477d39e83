"""The Django admin for operators and for the administrators of a company."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from companies.access import current_member
from companies.capabilities import Can
from companies.models import Company, SupportAccess


class AdminSite(admin.AdminSite):
    site_header = "Posthorn"
    site_title = "Posthorn"
    index_title = "Administration"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Operators (staff), and members of a whole company whose role may use the admin."""
        return is_operator(request) or _administers(request) is not None

    @login_not_required
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002 -- Django's signature
        """Visitors log in where everybody does; who is logged in and comes here may not enter."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")


def is_operator(request: HttpRequest) -> bool:
    """Whether somebody who runs the installation asks; they work for no company."""
    return request.user.is_active and request.user.is_staff and current_member(request) is None


def companies_in_sight(request: HttpRequest) -> Iterable[int]:
    """Return the ids of the companies whose rows may be seen: one's own, or those that let the operator in."""
    cached: list[int] | None = getattr(request, "_companies_in_sight", None)
    if cached is None:
        cached = _find_companies(request)
        request._companies_in_sight = cached  # type: ignore[attr-defined]  # a per-request cache
    return cached


def _find_companies(request: HttpRequest) -> list[int]:
    if is_operator(request):
        let_in = SupportAccess.objects.filter(operator=request.user.pk, until__gt=timezone.now())
        return sorted(set(let_in.values_list("company_id", flat=True)))
    company = _administers(request)
    return [company.pk] if company else []


def _administers(request: HttpRequest) -> Company | None:
    member = current_member(request)
    if member is None or Can.USE_ADMIN not in member.can:
        return None
    return member.company
