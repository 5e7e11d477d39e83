"""Admin of positions, their texts and pipelines, and of the lists a company keeps."""

from typing import Any

from django.contrib import admin
from django.forms import CharField, Textarea
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from companies.tenantadmin import (
    ReadOnlyAdmin,
    TenantAdmin,
    TenantForm,
    TenantInline,
)
from mailsettings.mime import html
from recruiting.choices import StageKind
from recruiting.hiring.positions import positions
from recruiting.models import (
    Attribute,
    AttributeOption,
    MessageTemplate,
    Pipeline,
    Position,
    PositionSection,
    PositionText,
    RejectionReason,
    Scorecard,
    Source,
    Stage,
    Tag,
    TeamMember,
)

OfCompany = ("company", admin.RelatedOnlyFieldListFilter)


class TextInline(TenantInline):
    model = PositionText
    show_change_link = True


class TeamInline(TenantInline):
    model = TeamMember


class LinesField(CharField):
    """A list of short texts, typed one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=Textarea(attrs={"rows": 3}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


class PositionForm(TenantForm):
    additional_offices = LinesField(
        label=gettext_lazy("additional offices"), help_text=gettext_lazy("One a line.")
    )


@admin.register(Position)
class PositionAdmin(TenantAdmin):
    form = PositionForm
    writes = frozenset({"add", "change"})
    list_display = ["number", "name", "subcompany", "state", "office", "created_at"]
    list_display_links = ["number", "name"]
    list_select_related = ["subcompany"]
    list_filter = ["state", "employment_type", ("subcompany", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "=number", "office", "department"]
    date_hierarchy = "created_at"
    readonly_fields = ["number", "state", "created_at", "published_at"]
    inlines = [TextInline, TeamInline]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new one gets its public number; its state is changed on its page."""
        if change:
            super().save_model(request, obj, form, change)
            return
        values = {name: getattr(obj, name) for name in form.cleaned_data if name != "company"}
        made = positions.create(obj.company, **values, by=request.user)
        obj.pk, obj.number, obj._state.adding = made.pk, made.number, False


class SectionForm(TenantForm):
    """The text is HTML from somewhere else, so it is cleaned before it is stored."""

    body = CharField(label=gettext_lazy("text"), widget=Textarea(attrs={"rows": 8, "cols": 80}))

    def clean_body(self) -> str:
        return html.sanitise(self.cleaned_data["body"])


class SectionInline(TenantInline):
    model = PositionSection
    form = SectionForm


@admin.register(PositionText)
class PositionTextAdmin(TenantAdmin):
    company_path = "position__company"
    list_display = ["title", "language", "position"]
    list_select_related = ["position"]
    list_filter = ["language"]
    search_fields = ["title", "position__name"]
    raw_id_fields = ["position"]
    inlines = [SectionInline]


@admin.register(PositionSection)
class PositionSectionAdmin(TenantAdmin):
    form = SectionForm
    company_path = "text__position__company"
    list_display = ["heading", "text", "order"]
    list_select_related = ["text"]
    search_fields = ["heading", "body"]
    raw_id_fields = ["text"]


@admin.register(TeamMember)
class TeamMemberAdmin(TenantAdmin):
    company_path = "position__company"
    list_display = ["membership", "position"]
    list_select_related = ["membership__user", "position"]
    search_fields = ["position__name", "membership__user__email"]
    raw_id_fields = ["position"]


class StageInline(TenantInline):
    """System stages are renamed and moved, never deleted: each pipeline has every one of them."""

    model = Stage
    writes = frozenset({"add", "change"})
    readonly_fields = ["kind"]


@admin.register(Pipeline)
class PipelineAdmin(TenantAdmin):
    writes = frozenset({"change"})
    list_display = ["name", "company"]
    list_select_related = ["company"]
    list_filter = [OfCompany]
    search_fields = ["name"]
    inlines = [StageInline]


@admin.register(Stage)
class StageAdmin(TenantAdmin):
    company_path = "pipeline__company"
    list_display = ["name", "pipeline", "kind", "order", "max_days"]
    list_select_related = ["pipeline"]
    list_filter = ["kind", ("pipeline", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name"]
    readonly_fields = ["kind"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *(["pipeline"] if obj else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only an own stage; the database keeps those that applications are in."""
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or obj.kind == StageKind.CUSTOM)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One at a time, so that no system stage is among those deleted."""
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found


# ---- lists of a company


@admin.register(RejectionReason)
class RejectionReasonAdmin(TenantAdmin):
    list_display = ["name", "kind", "company"]
    list_select_related = ["company"]
    list_filter = ["kind", OfCompany]
    search_fields = ["name"]


@admin.register(Source)
class SourceAdmin(TenantAdmin):
    list_display = ["name", "pk", "cost", "currency", "is_active"]
    list_filter = ["is_active", OfCompany]
    search_fields = ["name", "note"]


@admin.register(Tag)
class TagAdmin(TenantAdmin):
    list_display = ["name", "company"]
    list_select_related = ["company"]
    list_filter = [OfCompany]
    search_fields = ["name"]


class OptionInline(TenantInline):
    model = AttributeOption


@admin.register(Attribute)
class AttributeAdmin(TenantAdmin):
    """The API name is what integrators send: it is chosen once."""

    list_display = ["name", "type", "api_name", "order"]
    list_filter = ["type", OfCompany]
    search_fields = ["name", "api_name"]
    inlines = [OptionInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = ["api_name", "type"] if obj else []
        return [*super().get_readonly_fields(request, obj), *fixed]


@admin.register(AttributeOption)
class AttributeOptionAdmin(TenantAdmin):
    company_path = "attribute__company"
    list_display = ["name", "attribute", "api_name", "order"]
    list_select_related = ["attribute"]
    list_filter = [("attribute", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "api_name"]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(TenantAdmin):
    list_display = ["name", "category", "language", "subject"]
    list_filter = ["category", "language", OfCompany]
    search_fields = ["name", "subject", "body"]


@admin.register(Scorecard)
class ScorecardAdmin(ReadOnlyAdmin):
    """Written whole in the settings, so that its lines keep their order."""

    list_display = ["name", "company"]
    list_select_related = ["company"]
    list_filter = [OfCompany]
    search_fields = ["name"]
