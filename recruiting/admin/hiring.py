"""Admin of what the hiring desk keeps beside applications: evaluations, saved views, imports, the search."""

from django.contrib import admin

from companies.tenantadmin import ReadOnlyAdmin
from recruiting.models import (
    CandidateImport,
    CandidateMerge,
    Criterion,
    EvaluationRequest,
    ImportedRow,
    Onboarding,
    ReportMark,
    Review,
    SavedView,
    SearchEntry,
)

OfCompany = ("company", admin.RelatedOnlyFieldListFilter)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    company_path = "membership__company"
    list_display = ["at", "application", "membership", "stars"]
    list_select_related = ["application__candidate", "application__position", "membership__user"]
    list_filter = ["stars"]
    search_fields = ["application__candidate__last_name", "membership__user__email"]


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    list_display = ["name", "position", "owner", "is_table", "is_shared"]
    list_select_related = ["position", "owner__user"]
    list_filter = ["is_shared", OfCompany]
    search_fields = ["name", "position__name"]


@admin.register(CandidateImport)
class CandidateImportAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "name", "position", "by", "state", "total"]
    list_select_related = ["position", "by__user"]
    list_filter = ["state", OfCompany]
    search_fields = ["name", "position__name"]


@admin.register(ImportedRow)
class ImportedRowAdmin(ReadOnlyAdmin):
    company_path = "source__company"
    list_display = ["source", "number", "application", "error"]
    list_select_related = ["source", "application__candidate", "application__position"]
    search_fields = ["source__name", "error"]


@admin.register(SearchEntry)
class SearchEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "name", "problem"]
    list_filter = ["kind", ("problem", admin.EmptyFieldListFilter), OfCompany]
    search_fields = ["name"]


@admin.register(Onboarding)
class OnboardingAdmin(ReadOnlyAdmin):
    list_display = ["company", "dismissed_at", "sample"]
    list_select_related = ["company", "sample"]
    search_fields = ["company__name"]


@admin.register(Criterion)
class CriterionAdmin(ReadOnlyAdmin):
    company_path = "scorecard__company"
    list_display = ["name", "section", "kind", "weight", "scorecard"]
    list_select_related = ["scorecard"]
    search_fields = ["name"]


@admin.register(EvaluationRequest)
class EvaluationRequestAdmin(ReadOnlyAdmin):
    company_path = "membership__company"
    list_display = ["due_on", "application", "membership"]
    list_select_related = ["application__candidate", "application__position", "membership__user"]
    search_fields = ["membership__user__email", "application__candidate__last_name"]


@admin.register(CandidateMerge)
class CandidateMergeAdmin(ReadOnlyAdmin):
    company_path = "kept__company"
    list_display = ["at", "kept", "other", "undone_at"]
    list_select_related = ["kept", "other"]
    search_fields = ["kept__last_name", "other__last_name"]


@admin.register(ReportMark)
class ReportMarkAdmin(ReadOnlyAdmin):
    list_display = ["day", "company"]
    list_select_related = ["company"]
    list_filter = [OfCompany]
    search_fields = ["company__name"]
    date_hierarchy = "day"
