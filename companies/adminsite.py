"""The Django admin for operators and for the administrators of a company."""

from django.contrib import admin
from django.http import HttpRequest

from companies.access import current_member
from companies.capabilities import Can


class AdminSite(admin.AdminSite):
    site_header = "Posthorn"
    site_title = "Posthorn"
    index_title = "Administration"

    def has_permission(self, request: HttpRequest) -> bool:
        """Operators (staff), and members whose role may use the admin."""
        if not request.user.is_active:
            return False
        if request.user.is_staff:
            return True
        member = current_member(request)
        return member is not None and Can.USE_ADMIN in member.can
