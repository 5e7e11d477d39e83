"""Admin of tenancy: companies, users, members, credentials, support access, audit trail, files."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _

from companies import credentials
from companies.adminsite import companies_in_sight, is_operator
from companies.models import (
    ApiCredential,
    ApiRequest,
    AuditDetail,
    AuditEntry,
    Company,
    Membership,
    StoredFile,
    Subcompany,
    SupportAccess,
    User,
)
from companies.tenantadmin import ReadOnlyAdmin, ReadOnlyInline, TenantAdmin

# Roles are capability sets of ours, addresses and second factors are their owner's business.
admin.site.unregister([Group, EmailAddress, Authenticator])

OfCompany = ("company", admin.RelatedOnlyFieldListFilter)


@admin.register(Company)
class CompanyAdmin(TenantAdmin):
    """``manage.py create_company`` makes new ones: a company needs an owner and a pipeline too."""

    company_path = "pk"
    writes = frozenset({"change"})
    list_display = ["name", "account", "recruiting_address", "default_language", "created_at"]
    search_fields = ["name", "account"]
    date_hierarchy = "created_at"
    readonly_fields = ["account", "recruiting_address", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Operators manage the companies themselves, without seeing what is in them."""
        if is_operator(request):
            return admin.ModelAdmin.get_queryset(self, request)
        return super().get_queryset(request)


@admin.register(Subcompany)
class SubcompanyAdmin(TenantAdmin):
    writes = frozenset({"add", "change"})
    list_display = ["name", "company"]
    list_select_related = ["company"]
    list_filter = [OfCompany]
    search_fields = ["name"]


class UserForm(UserChangeForm):  # type: ignore[type-arg]  # generic in the stubs only
    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Operators manage logins without a company; a company looks at its own people's, changed under Members."""

    form = UserForm
    add_form = NewUserForm
    list_display = ["email", "name", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    filter_horizontal = ()
    date_hierarchy = "created_at"
    readonly_fields = ["last_login", "created_at"]
    add_fieldsets = [
        (None, {"fields": ["email", "name", "usable_password", "password1", "password2"]})
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        seen = Q(membership__company__in=companies_in_sight(request))
        if is_operator(request):
            seen |= Q(membership=None)
        return super().get_queryset(request).filter(seen)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        shown = ["email", "name", "language", "is_active", "last_login", "created_at"]
        if self.has_change_permission(request, obj):
            shown.append("password")
        if request.user.is_superuser:
            shown += ["is_staff", "is_superuser"]
        return [(None, {"fields": shown})]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not self.admin_site.has_permission(request):
            return False
        return obj is None or self.get_queryset(request).filter(pk=obj.pk).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody gets a password by which they could walk in as somebody else.

        Members of a company choose theirs by mail, operators are changed by superusers only.
        """
        if not is_operator(request):
            return False
        if obj is not None and Membership.objects.filter(user=obj).exists():
            return False
        return bool(request.user.is_superuser or obj is None or not obj.is_staff)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Changed under Settings > Members, where the rules about owners are kept."""

    list_display = ["user", "role", "subcompany", "company", "is_active", "created_at"]
    list_select_related = ["user", "company", "subcompany"]
    list_filter = ["role", "is_active", OfCompany]
    search_fields = ["user__email", "user__name"]
    date_hierarchy = "created_at"


@admin.register(SupportAccess)
class SupportAccessAdmin(ReadOnlyAdmin):
    """Granted and ended by owners under Settings > Support access."""

    list_display = ["operator", "company", "reason", "until", "granted_by"]
    list_select_related = ["operator", "company", "granted_by"]
    list_filter = [OfCompany]
    search_fields = ["operator__email", "reason"]
    date_hierarchy = "until"


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = ApiCredential
        fields = ["company", "name"]


@admin.register(ApiCredential)
class ApiCredentialAdmin(TenantAdmin):
    """Issued here or under Settings; the token is shown once and then nobody knows it any more."""

    writes = frozenset({"add"})
    list_display = ["name", "company", "token_hint", "created_by", "last_used_at", "revoked_at"]
    list_select_related = ["company", "created_by"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), OfCompany]
    search_fields = ["name"]
    date_hierarchy = "created_at"
    fields = ["name"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            asked = [] if "company" in self.get_exclude(request, obj) else ["company"]
            return [*asked, "name"]
        return ["company", "name", "token_hint", "created_by", "last_used_at", "revoked_at"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        issued, token = credentials.issue(obj.company, name=obj.name, by=request.user)
        obj.pk = issued.pk
        obj.refresh_from_db()
        request._issued_token = token  # type: ignore[attr-defined]  # for response_add, in this request

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: Any = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Token of %(name)s") % {"name": obj.name},
            "credential": obj,
            "token": request._issued_token,  # type: ignore[attr-defined]  # see save_model
            "opts": self.opts,
        }
        response = TemplateResponse(request, "admin/companies/apicredential/issued.html", context)
        add_never_cache_headers(response)
        return response

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiCredential]) -> None:
        for credential in queryset.select_related("company"):
            credentials.revoke(credential, by=request.user)


class AuditDetailInline(ReadOnlyInline):
    model = AuditDetail


@admin.register(ApiRequest)
class ApiRequestAdmin(ReadOnlyAdmin):
    company_path = "credential__company"
    list_display = ["at", "credential", "endpoint", "status", "reason"]
    list_select_related = ["credential"]
    list_filter = ["status"]
    search_fields = ["reason", "endpoint"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "verb", "target_type", "target_id", "company"]
    list_select_related = ["actor", "company"]
    list_filter = ["target_type", OfCompany]
    search_fields = ["verb", "target_type", "=target_id"]
    date_hierarchy = "at"
    inlines = [AuditDetailInline]


@admin.register(AuditDetail)
class AuditDetailAdmin(ReadOnlyAdmin):
    company_path = "entry__company"
    list_display = ["entry", "data"]
    list_select_related = ["entry"]
    search_fields = ["entry__verb"]


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ["digest", "company", "size", "created_at"]
    list_select_related = ["company"]
    list_filter = [OfCompany]
    search_fields = ["digest"]
    date_hierarchy = "created_at"
