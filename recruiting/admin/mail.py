"""Admin of messages, and of received mail that could not be filed."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.tenantadmin import (
    ReadOnlyAdmin,
    record,
)
from mailsettings.models import Delivery
from recruiting.conversation.receiving import intake
from recruiting.models import (
    DraftFile,
    DueNotice,
    Mailing,
    MailingRecipient,
    MailRule,
    Message,
    MessageAttachment,
    MessageDraft,
    Notification,
    NotificationChoice,
    StageNotice,
    TeamNotifications,
    TeamSignature,
    TemplateFile,
)

OfCompany = ("company", admin.RelatedOnlyFieldListFilter)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["at", "direction", "subject", "from_address", "candidate", "kind"]
    list_select_related = ["candidate"]
    list_filter = ["direction", "kind", ("candidate", admin.EmptyFieldListFilter)]
    search_fields = ["subject", "from_address", "message_id"]
    date_hierarchy = "at"


@admin.register(MessageAttachment)
class MessageAttachmentAdmin(ReadOnlyAdmin):
    company_path = "message__company"
    list_display = ["name", "message", "content_type", "is_inline"]
    list_select_related = ["message"]
    list_filter = ["is_inline"]
    search_fields = ["name"]


@admin.register(TemplateFile)
class TemplateFileAdmin(ReadOnlyAdmin):
    company_path = "template__company"
    list_display = ["name", "template", "content_type"]
    list_select_related = ["template"]
    search_fields = ["name"]


@admin.register(MailRule)
class MailRuleAdmin(ReadOnlyAdmin):
    list_display = ["pattern", "treat", "subcompany", "author", "hits"]
    list_select_related = ["subcompany", "author__user"]
    list_filter = ["treat"]
    search_fields = ["pattern"]


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """Who was told what, and whether by mail."""

    list_display = ["at", "kind", "member", "address", "application", "mail", "read_at"]
    list_select_related = ["member__user", "application__candidate", "application__position"]
    list_filter = ["kind", "mail"]
    search_fields = ["member__user__email", "address"]


@admin.register(NotificationChoice)
class NotificationChoiceAdmin(ReadOnlyAdmin):
    company_path = "member__company"
    list_display = ["member", "kind", "in_app", "mail"]
    list_select_related = ["member__user"]
    search_fields = ["member__user__email"]


@admin.register(TeamNotifications)
class TeamNotificationsAdmin(ReadOnlyAdmin):
    list_display = ["company", "address", "mail", "with_names"]
    search_fields = ["address"]


@admin.register(TeamSignature)
class TeamSignatureAdmin(ReadOnlyAdmin):
    list_display = ["company", "subcompany", "position", "text"]
    list_select_related = ["company", "subcompany", "position"]
    search_fields = ["text"]


@admin.register(MessageDraft)
class MessageDraftAdmin(ReadOnlyAdmin):
    """That somebody is writing; what, is theirs until it was sent."""

    company_path = "application__position__company"
    fields = ["application", "author", "updated_at"]
    list_display = ["updated_at", "author", "application"]
    list_select_related = ["author", "application__candidate", "application__position"]
    search_fields = ["author__email"]


@admin.register(DraftFile)
class DraftFileAdmin(ReadOnlyAdmin):
    """That a file waits to be sent; its name is its writer's until then."""

    company_path = "draft__application__position__company"
    fields = ["draft"]
    list_display = ["pk", "draft"]
    list_select_related = [
        "draft__author",
        "draft__application__candidate",
        "draft__application__position",
    ]
    search_fields = ["draft__author__email"]


@admin.register(Mailing)
class MailingAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "subject", "author", "stopped_at"]
    list_select_related = ["author__user"]
    search_fields = ["subject"]


@admin.register(MailingRecipient)
class MailingRecipientAdmin(ReadOnlyAdmin):
    company_path = "mailing__company"
    list_display = ["mailing", "application", "state", "problem"]
    list_select_related = ["mailing", "application__candidate", "application__position"]
    list_filter = ["state"]
    search_fields = ["mailing__subject"]


@admin.register(StageNotice)
class StageNoticeAdmin(ReadOnlyAdmin):
    company_path = "stage__pipeline__company"
    list_display = ["stage", "position", "mode", "template", "delay_minutes"]
    list_select_related = ["stage", "position", "template"]
    search_fields = ["stage__name"]


@admin.register(DueNotice)
class DueNoticeAdmin(ReadOnlyAdmin):
    company_path = "application__position__company"
    list_display = ["due_at", "application", "notice", "state", "problem"]
    list_select_related = ["application__candidate", "application__position", "notice__stage"]
    list_filter = ["state"]
    search_fields = ["problem"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Registered here because filing a mail again is recruiting's work."""

    list_display = ["received_at", "message_id", "address", "kind", "state", "reason"]
    list_filter = ["state", "kind", OfCompany]
    search_fields = ["message_id", "address"]
    date_hierarchy = "received_at"
    actions = ["read_again"]

    @admin.action(description=gettext_lazy("Read again"))
    def read_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        held = list(queryset.filter(state=Delivery.State.QUARANTINED))
        for delivery in held:
            intake.replay(delivery)
            record(request, delivery, "read_again")
        text = _("%(count)s mails are read again; only quarantined ones can be.")
        self.message_user(request, text % {"count": len(held)})
