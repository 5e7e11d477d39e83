"""Admin of interviews. They are arranged at the desk, where everybody concerned is told."""

from django.contrib import admin

from companies.tenantadmin import ReadOnlyAdmin
from recruiting.models import (
    CalendarFeed,
    Interview,
    InterviewParticipant,
    InterviewSlot,
    InterviewType,
)


@admin.register(InterviewType)
class InterviewTypeAdmin(ReadOnlyAdmin):
    list_display = ["name", "minutes", "place", "video_link"]
    search_fields = ["name"]


@admin.register(Interview)
class InterviewAdmin(ReadOnlyAdmin):
    company_path = "application__position__company"
    list_display = ["title", "application", "state", "starts_at", "sequence", "answer"]
    list_select_related = ["application__candidate", "application__position"]
    list_filter = ["state", "answer"]
    search_fields = ["title", "uid", "application__candidate__last_name"]
    date_hierarchy = "starts_at"


@admin.register(InterviewParticipant)
class InterviewParticipantAdmin(ReadOnlyAdmin):
    company_path = "membership__company"
    list_display = ["interview", "membership", "answer"]
    list_select_related = ["interview", "membership__user"]
    list_filter = ["answer"]
    search_fields = ["interview__title", "membership__user__email"]


@admin.register(InterviewSlot)
class InterviewSlotAdmin(ReadOnlyAdmin):
    company_path = "interview__application__position__company"
    list_display = ["interview", "starts_at"]
    list_select_related = ["interview"]
    search_fields = ["interview__title"]


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """Without the code, which opens the calendar."""

    company_path = "membership__company"
    list_display = ["membership", "created_at"]
    list_select_related = ["membership__user"]
    exclude = ["code"]
    search_fields = ["membership__user__email"]
