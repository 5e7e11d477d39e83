"""Admin of candidates and applications. What happens to an application happens on its page, not here."""

from django.contrib import admin

from companies.tenantadmin import ReadOnlyAdmin, TenantAdmin, TenantInline
from recruiting.models import (
    Application,
    AttributeValue,
    Candidate,
    CandidateAddress,
    Document,
    Note,
    PossibleDuplicate,
    RefusedApplication,
    RefusedDocument,
    StageChange,
    Submission,
    UploadedDocument,
)

OfCompany = ("company", admin.RelatedOnlyFieldListFilter)


class AddressInline(TenantInline):
    """Addresses are learned from mail and added on the candidate's page, which normalises them."""

    model = CandidateAddress
    writes = frozenset()


@admin.register(Candidate)
class CandidateAdmin(TenantAdmin):
    writes = frozenset({"change"})
    list_display = ["name", "phone", "location", "created_at"]
    list_filter = [OfCompany]
    search_fields = ["first_name", "last_name", "addresses__address"]
    date_hierarchy = "created_at"
    readonly_fields = ["code", "created_at"]
    inlines = [AddressInline]


@admin.register(CandidateAddress)
class CandidateAddressAdmin(ReadOnlyAdmin):
    list_display = ["address", "candidate", "is_primary", "unreachable_since"]
    list_select_related = ["candidate"]
    list_filter = ["is_primary", ("unreachable_since", admin.EmptyFieldListFilter)]
    search_fields = ["address"]
    date_hierarchy = "created_at"


@admin.register(PossibleDuplicate)
class PossibleDuplicateAdmin(ReadOnlyAdmin):
    company_path = "first__company"
    list_display = ["first", "second", "reason", "created_at", "dismissed_at"]
    list_select_related = ["first", "second"]
    list_filter = [("dismissed_at", admin.EmptyFieldListFilter)]
    search_fields = ["first__last_name", "second__last_name"]
    date_hierarchy = "created_at"


@admin.register(Application)
class ApplicationAdmin(TenantAdmin):
    """Stages are changed on the board, where each change gets its history."""

    company_path = "position__company"
    writes = frozenset({"change"})
    list_display = ["candidate", "position", "stage", "source", "applied_at", "closed_at"]
    list_select_related = ["candidate", "position", "stage", "source"]
    list_filter = ["stage__kind", ("closed_at", admin.EmptyFieldListFilter)]
    search_fields = ["candidate__first_name", "candidate__last_name", "applied_address"]
    date_hierarchy = "applied_at"
    fields = [
        *("candidate", "position", "stage", "applied_address", "applied_at", "closed_at"),
        *("rejection_reason", "source", "available_from", "salary_expectations", "tags"),
    ]
    readonly_fields = [
        *("candidate", "position", "stage", "applied_address", "applied_at", "closed_at"),
        "rejection_reason",
    ]


class OfApplicationAdmin(ReadOnlyAdmin):
    """What hangs on an application and is written with it."""

    company_path = "application__position__company"
    list_select_related = ["application__candidate", "application__position"]


@admin.register(Submission)
class SubmissionAdmin(OfApplicationAdmin):
    list_display = ["submitted_at", "application", "door"]
    list_filter = ["door"]
    search_fields = ["application__candidate__last_name", "message"]
    date_hierarchy = "submitted_at"


@admin.register(StageChange)
class StageChangeAdmin(OfApplicationAdmin):
    list_display = ["at", "application", "from_stage", "to_stage", "by"]
    list_select_related = [
        *("application__candidate", "application__position", "from_stage", "to_stage", "by"),
    ]
    search_fields = ["application__candidate__last_name"]
    date_hierarchy = "at"


@admin.register(AttributeValue)
class AttributeValueAdmin(OfApplicationAdmin):
    list_display = ["application", "attribute", "display"]
    list_select_related = [
        *("application__candidate", "application__position", "attribute", "option"),
    ]
    search_fields = ["text", "attribute__name"]


@admin.register(Document)
class DocumentAdmin(OfApplicationAdmin):
    writes = frozenset({"change"})
    list_display = ["name", "candidate", "category", "content_type", "created_at"]
    list_select_related = ["candidate"]
    list_filter = ["category"]
    search_fields = ["name", "candidate__last_name"]
    date_hierarchy = "created_at"
    fields = ["name", "category", "candidate", "application", "content_type", "created_at"]
    readonly_fields = ["candidate", "application", "content_type", "created_at"]


@admin.register(Note)
class NoteAdmin(OfApplicationAdmin):
    list_display = ["created_at", "application", "author", "text"]
    list_select_related = ["application__candidate", "application__position", "author"]
    search_fields = ["text"]
    date_hierarchy = "created_at"


@admin.register(RefusedApplication)
class RefusedApplicationAdmin(ReadOnlyAdmin):
    list_display = ["at", "reason", "position", "door"]
    list_select_related = ["position"]
    list_filter = ["door", OfCompany]
    search_fields = ["reason"]
    date_hierarchy = "at"


@admin.register(RefusedDocument)
class RefusedDocumentAdmin(ReadOnlyAdmin):
    company_path = "refused__company"
    list_display = ["name", "refused", "category", "content_type"]
    list_select_related = ["refused"]
    list_filter = ["category"]
    search_fields = ["name"]


@admin.register(UploadedDocument)
class UploadedDocumentAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "name", "content_type"]
    list_filter = ["content_type", OfCompany]
    search_fields = ["name"]
    date_hierarchy = "created_at"
