"""Admin of the mail engine: mailboxes with their tests, and the spools, which are only read."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.adminsite import companies_in_sight, is_operator
from companies.tenantadmin import (
    OperatorAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    TenantAdmin,
    TenantForm,
    only_company,
)
from mailsettings import facts, mailboxes, starting
from mailsettings.forms import MailboxForm
from mailsettings.inbound import routing
from mailsettings.models import (
    Delivery,
    DomainProof,
    EmailSettings,
    EncryptionKey,
    IncomingMail,
    Mailbox,
    MailFolder,
    OAuthGrant,
    OutgoingMail,
    OutgoingRecipient,
    ProbeRun,
    Proof,
    ProviderEvent,
    SenderDomain,
    SentCopy,
    WebhookDelivery,
    WebhookEndpoint,
)
from mailsettings.outbound import outbox
from mailsettings.proofs import roundtrip, runs

OfCompany = ("company", admin.RelatedOnlyFieldListFilter)


@admin.register(EmailSettings)
class EmailSettingsAdmin(TenantAdmin):
    writes = frozenset({"change"})
    list_display = ["company", "sender_name", "use_custom_address", "largest_mail"]
    list_select_related = ["company"]
    list_filter = ["sender_name", "use_custom_address"]
    search_fields = ["company__name"]


class SharedMailboxForm(TenantForm, MailboxForm):
    """A mailbox of the company or of one of its subcompanies; a new one says whose."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        whose = (self.instance.company, data.get("subcompany"))
        if self.instance.pk is None and mailboxes.find(*whose).pk:
            self.add_error("subcompany", _("It has a mailbox already: change that one."))
        return data


@admin.register(Mailbox)
class MailboxAdmin(TenantAdmin):
    """The shared mailboxes: one of the company, one of each subcompany."""

    form = SharedMailboxForm
    writes = frozenset({"add", "change"})
    list_display = ["__str__", "company", "subcompany", "smtp_host", "works", "imap_host"]
    list_select_related = ["company", "subcompany"]
    list_filter = ["use_for_sending", ("paused_at", admin.EmptyFieldListFilter), OfCompany]
    search_fields = ["address", "smtp_host", "imap_host"]
    date_hierarchy = "created_at"
    readonly_fields = ["paused_at", "pause_reason", "retry_at", "verified_at"]
    fieldsets = [
        (None, {"fields": ["company", "subcompany", "address"]}),
        (
            gettext_lazy("SMTP settings"),
            {
                "fields": [
                    *("use_for_sending", "smtp_host", "smtp_port", "smtp_encryption"),
                    *("smtp_account", "smtp_password"),
                    *("connections_limit", "per_minute_limit"),
                ]
            },
        ),
        (
            "IMAP",
            {
                "fields": [
                    *("imap_host", "imap_port", "imap_encryption"),
                    *("imap_account", "imap_password", "imap_folder"),
                ]
            },
        ),
        (
            gettext_lazy("State"),
            {"fields": ["verified_at", "paused_at", "pause_reason", "retry_at"]},
        ),
    ]
    actions = ["test_connection", "send_test_mail", "try_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Where there is no doubt whose it becomes."""
        return super().has_add_permission(request) and only_company(request) is not None

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new one has no state, and its company is known."""
        if obj:
            return super().get_fieldsets(request, obj)
        (_owner, owner), *servers, _state = self.fieldsets
        return [(None, {**owner, "fields": ["subcompany", "address"]}), *servers]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whose a mailbox is, is said once."""
        return [*super().get_readonly_fields(request, obj), *(["subcompany"] if obj else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without personal mailboxes, which are nobody else's business."""
        return super().get_queryset(request).filter(user=None)

    @admin.display(description=gettext_lazy("works"), boolean=True)
    def works(self, mailbox: Mailbox) -> bool | None:
        if mailbox.paused_at:
            return False
        return True if mailbox.verified_at else None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name != "subcompany"}
        mailboxes.change(obj.company, obj.subcompany, values, by=request.user)
        obj.pk = mailboxes.find(obj.company, obj.subcompany).pk

    @admin.action(description=gettext_lazy("Test connection"))
    def test_connection(self, request: HttpRequest, queryset: QuerySet[Mailbox]) -> None:
        begun = 0
        for mailbox in queryset.select_related("company"):
            try:
                begun += len(starting.test_connection(mailbox, by=request.user))
            except runs.TooManyRuns as error:
                self.message_user(request, str(error), messages.ERROR)
        text = _("%(count)s tests begun. Their steps stand under Test runs.")
        self.message_user(request, text % {"count": begun})

    @admin.action(description=gettext_lazy("Send test mail"))
    def send_test_mail(self, request: HttpRequest, queryset: QuerySet[Mailbox]) -> None:
        sent = 0
        for mailbox in queryset.select_related("company").exclude(address=""):
            try:
                roundtrip.start(mailbox, by=request.user)
                sent += 1
            except runs.TooManyRuns as error:
                self.message_user(request, str(error), messages.ERROR)
        text = _("%(count)s test mails queued. What becomes of them stands under Test runs.")
        self.message_user(request, text % {"count": sent})

    @admin.action(description=gettext_lazy("Try paused accounts again now"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[Mailbox]) -> None:
        for mailbox in queryset.select_related("company"):
            mailboxes.try_again(mailbox, by=request.user)


@admin.register(ProbeRun)
class ProbeRunAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "kind", "address", "state", "company", "requested_by"]
    list_select_related = ["company", "requested_by"]
    list_filter = ["kind", "state", OfCompany]
    search_fields = ["address"]
    date_hierarchy = "started_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(mailbox__user=None)


@admin.register(Proof)
class ProofAdmin(ReadOnlyAdmin):
    list_display = ["target", "kind", "proven_at", "failing_since", "next_check_at", "company"]
    list_select_related = ["company"]
    list_filter = ["kind", OfCompany]
    search_fields = ["target"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(mailbox__user=None)


@admin.register(SenderDomain)
class SenderDomainAdmin(ReadOnlyAdmin):
    list_display = ["name", "company", "checked_at", "verified_at"]
    list_select_related = ["company"]
    list_filter = [OfCompany]
    search_fields = ["name"]


@admin.register(DomainProof)
class DomainProofAdmin(ReadOnlyAdmin):
    company_path = "domain__company"
    list_display = ["domain", "sender", "state", "code", "started_at", "arrived_at"]
    list_select_related = ["domain"]
    list_filter = ["state"]
    search_fields = ["domain__name"]


class RecipientInline(ReadOnlyInline):
    model = OutgoingRecipient


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "subject", "envelope_sender", "state", "attempts", "last_code"]
    list_filter = ["state", OfCompany]
    search_fields = ["subject", "message_id", "recipients__address"]
    date_hierarchy = "created_at"
    inlines = [RecipientInline]
    actions = ["retry_mail", "cancel_mail"]

    @admin.action(description=gettext_lazy("Send again"))
    def retry_mail(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        self._each(request, queryset, outbox.retry, _("%(count)s mails are queued again."))

    @admin.action(description=gettext_lazy("Cancel"))
    def cancel_mail(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        self._each(request, queryset, outbox.cancel, _("%(count)s mails are cancelled."))

    def _each(
        self, request: HttpRequest, queryset: QuerySet[OutgoingMail], act: Any, done: str
    ) -> None:
        """Do what is possible and count it; a mail in another state is left as it is."""
        count = 0
        for mail in queryset.select_related("company"):
            if act(mail, by=request.user):
                count += 1
            else:
                text = _("“%(mail)s” is in a state that does not allow this.") % {"mail": mail}
                self.message_user(request, text, messages.WARNING)
        self.message_user(request, done % {"count": count})


@admin.register(OutgoingRecipient)
class OutgoingRecipientAdmin(ReadOnlyAdmin):
    company_path = "mail__company"
    list_display = ["address", "mail", "state"]
    list_select_related = ["mail"]
    list_filter = ["state"]
    search_fields = ["address"]


@admin.register(MailFolder)
class MailFolderAdmin(ReadOnlyAdmin):
    """The platform's own folder, which is no company's, is for operators."""

    company_path = "mailbox__company"
    change_list_template = "admin/mailsettings/folders.html"
    list_display = [
        "__str__",
        "on_server",
        "missing",
        "last_polled_at",
        "next_poll_at",
        "failing_since",
    ]
    list_select_related = ["mailbox__company", "mailbox__subcompany"]
    list_filter = [("failing_since", admin.EmptyFieldListFilter)]
    search_fields = ["server", "name"]

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "facts/", self.admin_site.admin_view(self.show_facts), name="mailsettings_facts"
        )
        return [page, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        shown = {**(extra_context or {}), "shows_facts": is_operator(request)}
        return super().changelist_view(request, shown)

    def show_facts(self, request: HttpRequest) -> HttpResponse:
        """For operators: queues, what has waited longest, mailboxes, paused accounts. No mail is shown."""
        if not is_operator(request):
            raise PermissionDenied
        shown = {"title": _("Mail engine"), "tables": facts.tables()}
        context = self.admin_site.each_context(request) | shown
        return render(request, "admin/mailsettings/facts.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mine = Q(mailbox__company__in=companies_in_sight(request), mailbox__user=None)
        mine |= Q(mailbox=None) if is_operator(request) else Q()
        return admin.ModelAdmin.get_queryset(self, request).filter(mine)


@admin.register(IncomingMail)
class IncomingMailAdmin(ReadOnlyAdmin):
    """A mail as it came through a door, seen by the only company it is for.

    One for several companies is seen by nobody here; each has its Delivery. One that is for nobody
    yet, because it was not routed, is for operators.
    """

    list_display = ["received_at", "door", "state", "size", "envelope_sender", "reason"]
    list_filter = ["state", "door"]
    search_fields = ["digest", "envelope_sender"]
    date_hierarchy = "received_at"
    actions = ["read_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        inside = companies_in_sight(request)
        deliveries = Delivery.objects.filter(incoming=OuterRef("pk"))
        mine = Q(Exists(deliveries.filter(company__in=inside)))
        from_mine = Q(folder__mailbox__company__in=inside, folder__mailbox__user=None)
        of_others = Q(folder__mailbox__isnull=False) & ~Q(folder__mailbox__company__in=inside)
        foreign = Q(Exists(deliveries.exclude(company__in=inside))) | of_others
        seen = mine | from_mine
        if is_operator(request):
            seen |= ~Q(Exists(deliveries)) & Q(folder__mailbox=None)
        return admin.ModelAdmin.get_queryset(self, request).filter(seen).exclude(foreign)

    @admin.action(description=gettext_lazy("Read again"))
    def read_again(self, request: HttpRequest, queryset: QuerySet[IncomingMail]) -> None:
        count = sum(routing.replay(mail.pk) for mail in queryset)
        text = _("%(count)s mails are read again; only quarantined and unrouted ones can be.")
        self.message_user(request, text % {"count": count})


@admin.register(EncryptionKey)
class EncryptionKeyAdmin(OperatorAdmin):
    list_display = ["key_id", "created_at"]
    search_fields = ["key_id"]
    fields = ["key_id", "created_at"]


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    fields = ["company", "url", "events", "retry_at", "created_at"]
    list_display = ["url", "company", "retry_at", "created_at"]
    list_select_related = ["company"]
    list_filter = [OfCompany]
    search_fields = ["url"]


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    company_path = "endpoint__company"
    list_display = ["created_at", "event", "endpoint", "state", "attempts", "status"]
    list_select_related = ["endpoint"]
    list_filter = ["state", "event"]
    search_fields = ["uid", "endpoint__url"]
    date_hierarchy = "created_at"


@admin.register(ProviderEvent)
class ProviderEventAdmin(OperatorAdmin):
    list_display = ["received_at", "provider", "kind", "recipient", "processed_at"]
    list_filter = ["provider", "kind"]
    search_fields = ["provider_id", "recipient"]
    date_hierarchy = "received_at"


@admin.register(SentCopy)
class SentCopyAdmin(ReadOnlyAdmin):
    company_path = "mail__company"
    list_display = ["mail", "state", "folder", "attempts", "last_error"]
    list_select_related = ["mail"]
    list_filter = ["state"]
    search_fields = ["mail__message_id", "folder"]


@admin.register(OAuthGrant)
class OAuthGrantAdmin(ReadOnlyAdmin):
    company_path = "mailbox__company"
    fields = ["mailbox", "provider", "expires_at", "revoked_at"]
    list_display = ["mailbox", "provider", "expires_at", "revoked_at"]
    list_select_related = ["mailbox"]
    list_filter = ["provider"]
    search_fields = ["mailbox__address"]
