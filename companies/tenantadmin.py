"""Base classes of the admin: nobody sees, links or changes a row of a company that is not in sight.

Django's own permissions play no part: what may be done follows from ``companies_in_sight`` and from
what each class says about its model.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from companies import audit
from companies.adminsite import companies_in_sight, is_operator
from companies.models import Company, User

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _StackedInline = admin.StackedInline[Any, Any]
else:
    _ModelAdmin, _StackedInline = admin.ModelAdmin, admin.StackedInline


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A form whose row and everything it points to belong to one company."""

    only_company: int | None = None  # the company of a new row when there is no choice

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.only_company and self.instance.pk is None and hasattr(self.instance, "company_id"):
            self.instance.company_id = self.only_company

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        owners = {company_of(self.instance), *_owners_of(data)} - {None}
        if len(owners) > 1:
            raise forms.ValidationError(_("These belong to different companies."))
        return data

    def _get_validation_exclusions(self) -> set[str]:
        """The company is set though not shown, so its unique constraints can be checked."""
        return super()._get_validation_exclusions() - {"company"}  # type: ignore[misc,no-any-return]  # not in the stubs


class _InSight:
    """What admins and inlines share: choices of foreign keys come from the companies in sight."""

    admin_site: admin.AdminSite

    def formfield_for_foreignkey(
        self, db_field: "models.ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs.setdefault("queryset", rows_in_sight(db_field.related_model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin

    def formfield_for_manytomany(
        self, db_field: "models.ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs.setdefault("queryset", rows_in_sight(db_field.related_model, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]  # a mixin


class TenantAdmin(_InSight, _ModelAdmin):
    """The admin of a model whose rows belong to companies.

    ``company_path`` leads from a row to its company. ``writes`` names what may be done here: a subset
    of add, change, delete. History is never deleted, spools are only read.
    """

    company_path = "company"
    writes: frozenset[str] = frozenset({"add", "change", "delete"})
    form = TenantForm
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        inside = {f"{self.company_path}__in": companies_in_sight(request)}
        return super().get_queryset(request).filter(**inside)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Tell an operator why a list is empty."""
        let_in = not is_operator(request) or companies_in_sight(request)
        if not let_in and not self.get_queryset(request).exists():
            text = _("You see a company's rows while it lets you in: Settings > Support access.")
            self.message_user(request, text, messages.INFO)
        return super().changelist_view(request, extra_context)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_in_sight(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return "add" in self.writes and bool(companies_in_sight(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "change" in self.writes and self._is_in_sight(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "delete" in self.writes and self._is_in_sight(request, obj)

    def _is_in_sight(self, request: HttpRequest, obj: Any) -> bool:
        if not self.admin_site.has_permission(request):
            return False
        return obj is None or self.get_queryset(request).filter(pk=obj.pk).exists()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        base = super().get_form(request, obj, change=change, **kwargs)
        return type(base.__name__, (base,), {"only_company": only_company(request)})

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new row's company is not asked for when there is only one it can be."""
        hidden = ["company"] if obj is None and only_company(request) else []
        return [*(super().get_exclude(request, obj) or []), *hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """No row ever changes its company."""
        fixed = [
            field.name
            for field in self.opts.fields
            if field.name == "company" and obj is not None and self.company_path == "company"
        ]
        return [*super().get_readonly_fields(request, obj), *fixed]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(request, obj, "changed" if change else "added", fields=form.changed_data)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        record(request, obj, "deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        for obj in queryset:
            record(request, obj, "deleted")
        super().delete_queryset(request, queryset)


class ReadOnlyAdmin(TenantAdmin):
    """Rows that the engine writes: looked at here, never changed by hand."""

    writes = frozenset()


class OperatorAdmin(_ModelAdmin):
    """A table of the installation that belongs to no company; operators look at it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TenantInline(_InSight, _StackedInline):
    """Rows inside a row that is in sight. ``writes`` as in ``TenantAdmin``."""

    writes: frozenset[str] = frozenset({"add", "change", "delete"})
    form = TenantForm
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "add" in self.writes and self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "change" in self.writes and self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "delete" in self.writes and self.admin_site.has_permission(request)


class ReadOnlyInline(TenantInline):
    writes = frozenset()


def rows_in_sight(model: Any, request: HttpRequest) -> models.QuerySet[Any]:
    """Return the rows of ``model`` that may be chosen."""
    if model is Company:
        return Company.objects.filter(pk__in=companies_in_sight(request))
    if model is User:
        return User.objects.filter(membership__company__in=companies_in_sight(request))
    registered: Any = admin.site.get_model_admin(model)
    rows: models.QuerySet[Any] = registered.get_queryset(request)
    return rows


def company_of(row: Any) -> int | None:
    """Return the id of the company a row belongs to, None where it does not (yet) belong to one."""
    if isinstance(row, Company):
        return row.pk
    if not isinstance(row, models.Model) or not admin.site.is_registered(type(row)):
        return None
    path = getattr(admin.site.get_model_admin(type(row)), "company_path", "")
    *steps, last = path.split("__")
    for step in steps:
        if getattr(row, f"{step}_id", None) is None:
            return None
        row = getattr(row, step)
    company: int | None = getattr(row, f"{last}_id", None)
    return company


def record(request: HttpRequest, row: Any, verb: str, **data: Any) -> None:
    """Write the audit line of what somebody did in the admin."""
    company = Company.objects.filter(pk=company_of(row) or 0).first()
    if company:
        audit.record(company, f"admin.{verb}", row, by=request.user, **data)


def _owners_of(data: dict[str, Any]) -> set[int | None]:
    owners: set[int | None] = set()
    for value in data.values():
        rows = value if isinstance(value, models.QuerySet) else [value]
        owners |= {company_of(row) for row in rows}
    return owners


def only_company(request: HttpRequest) -> int | None:
    """Return the company whose rows alone may be seen, None where there are several or none."""
    in_sight = list(companies_in_sight(request))
    return in_sight[0] if len(in_sight) == 1 else None
