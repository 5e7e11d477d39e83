"""The conversation: messages to and from candidates, templates, and internal notes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership, Role, StoredFile, Subcompany
from mailsettings.mime.html import REMOTE_MARK
from mailsettings.models import Delivery, OutgoingMail
from recruiting.choices import ArchivedAs, Why, explain
from recruiting.models.applications import Application
from recruiting.models.candidates import Candidate, CandidateAddress, make_code


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, member: Membership) -> "MessageQuerySet":
        """Messages of the applications a member sees; unassigned ones for those who sort them."""
        mine = self.filter(company_id=member.company_id)
        limited = member.role == Role.HIRING_MANAGER or member.subcompany_id
        if limited:
            applications = Application.objects.visible_to(member).values("pk")
            seen = Q(application__in=applications)
            if member.can.sort_messages:
                seen |= Q(application=None, subcompany_id=member.subcompany_id)
            return mine.filter(seen)
        return mine if member.can.sort_messages else mine.exclude(candidate=None)

    def without_html(self) -> "MessageQuerySet":
        """What is read of a mail beside its HTML, which is for a frame of its own."""
        remote = Q(html__contains=REMOTE_MARK)
        return self.annotate(has_html=~Q(html=""), has_remote_images=remote).defer("html")

    def archived(self) -> "MessageQuerySet":
        """What was taken out of Unassigned messages without being filed."""
        return self.filter(
            candidate=None, direction=Message.Direction.IN, archived_at__isnull=False
        )

    def unassigned(self) -> "MessageQuerySet":
        return self.filter(candidate=None, direction=Message.Direction.IN, archived_at=None)


class Message(models.Model):
    """One mail of a conversation, one-to-one with an OutgoingMail or a Delivery.

    One that was sent and has a delivery was written in somebody's mail program and copied to us.

    ``candidate`` empty means that it stands in Unassigned messages. ``matched_by`` says why it was
    filed where it is, because a From line can be forged; ``why`` is a ``choices.Why`` for people.
    ``archived_at`` takes a received mail out of Unassigned messages, and one that was sent and did not
    arrive out of Failed.
    """

    class Direction(models.TextChoices):
        IN = "in", _("Received")
        OUT = "out", _("Sent")

    company = models.ForeignKey(Company, models.CASCADE, related_name="messages")
    subcompany = models.ForeignKey(
        Subcompany, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    candidate = models.ForeignKey(
        Candidate, models.CASCADE, null=True, blank=True, related_name="messages"
    )
    application = models.ForeignKey(
        Application, models.CASCADE, null=True, blank=True, related_name="messages"
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    outgoing = models.OneToOneField(
        OutgoingMail, models.PROTECT, null=True, blank=True, related_name="message"
    )
    delivery = models.OneToOneField(
        Delivery, models.PROTECT, null=True, blank=True, related_name="message"
    )
    code = models.CharField(max_length=24, unique=True, default=make_code, editable=False)
    message_id = models.CharField("Message-ID", max_length=998, blank=True)
    thread_key = models.CharField(max_length=40, blank=True)
    from_name = models.CharField(_("from"), max_length=255, blank=True)
    from_address = models.CharField(_("from address"), max_length=255, blank=True)
    to_addresses = models.JSONField(_("to"), default=list)
    cc_addresses = models.JSONField(_("cc"), default=list)
    bcc_addresses = models.JSONField(_("bcc"), default=list)
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    text = models.TextField(_("new text"), blank=True)
    quoted_text = models.TextField(_("quoted text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    kind = models.CharField(_("kind"), max_length=20, default="person")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    matched_by = models.CharField(_("matched by"), max_length=60, blank=True)
    why = models.CharField(_("why it is here"), max_length=20, blank=True)
    why_about = models.JSONField(default=dict, blank=True, editable=False)
    # What our receiver said of SPF, DKIM, DMARC and ARC, and which of it speaks against the sender.
    authentication = models.JSONField(_("authentication"), default=dict, editable=False)
    failed_checks = models.CharField(max_length=40, blank=True, editable=False)
    at = models.DateTimeField(_("at"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    archived_as = models.CharField(
        _("archived as"), max_length=15, choices=ArchivedAs, blank=True, default=""
    )
    needs_confirmation = models.BooleanField(_("from another address"), default=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outgoing=None) | Q(direction="out", delivery=None),
                name="recruiting_message_direction",
            ),
            models.CheckConstraint(
                condition=Q(application=None) | Q(candidate__isnull=False),
                name="recruiting_message_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "-at", "-id"],
                name="recruiting_message_unassigned",
                condition=Q(candidate=None, direction="in", archived_at=None),
            ),
            models.Index(
                fields=["company", "at"],
                name="recruiting_message_received",
                condition=Q(direction="in", kind="person", application__isnull=False),
            ),
            models.Index(fields=["application", "at"], name="recruiting_message_thread"),
            models.Index(fields=["candidate", "at"], name="recruiting_message_person_at"),
            models.Index(fields=["company", "message_id"], name="recruiting_message_reference"),
            models.Index(fields=["company", "thread_key"], name="recruiting_message_key"),
        ]

    def __str__(self) -> str:
        return self.subject or str(_("(no subject)"))

    @property
    def pictures(self) -> int:
        """How many images its HTML shows that came along."""
        return sum(each.is_inline for each in self.attachments.all())

    @property
    def reason(self) -> str:
        """Why it is here, in the reader's language, with the names that people bear now."""
        return explain(self.why, self.why_about | self._names())

    def _names(self) -> dict[str, object]:
        """Looked up and not kept: an unassigned mail outlives whom it is about."""
        application, person = self.application, None
        if self.why == Why.CLOSED_THREAD:
            told = Application.objects.filter(pk=self.why_about.get("application"))
            shown = told.select_related("candidate", "position")
            application = shown.filter(position__company=self.company_id).first()
        elif self.why == Why.ALL_CLOSED:
            written = CandidateAddress.objects.filter(normalised=self.why_about.get("address"))
            address = written.filter(company=self.company_id).select_related("candidate").first()
            person = address.candidate if address else None
        if application:
            return {"person": application.candidate, "position": application.position}
        return {"person": person or _("(no longer kept)"), "position": "–"}


class MessageAttachment(models.Model):
    """A file that came with, or goes with, a message."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    code = models.CharField(max_length=24, unique=True, default=make_code, editable=False)
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=127)
    content_id = models.CharField(max_length=255, blank=True)
    is_inline = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class MessageTemplateQuerySet(models.QuerySet["MessageTemplate"]):
    def visible_to(self, member: Membership) -> "MessageTemplateQuerySet":
        return self.filter(company_id=member.company_id)


class MessageTemplate(models.Model):
    """A text with placeholders from an allow-list (``recruiting.conversation.writing.placeholders``)."""

    class Category(models.TextChoices):
        ACKNOWLEDGEMENT = "acknowledgement", _("Acknowledgement")
        STAGE_CHANGE = "stage_change", _("Stage change")
        REJECTION = "rejection", _("Rejection")
        INVITATION = "invitation", _("Invitation")
        FREE = "free", _("Free")

    company = models.ForeignKey(Company, models.CASCADE, related_name="message_templates")
    name = models.CharField(_("name"), max_length=100)
    category = models.CharField(
        _("category"), max_length=20, choices=Category, default=Category.FREE
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("text"))
    uses = models.PositiveIntegerField(_("times used"), default=0, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = MessageTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ["name", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name", "language"], name="recruiting_template_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateFile(models.Model):
    """A file that goes along with every mail written with a template."""

    template = models.ForeignKey(MessageTemplate, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=127)

    class Meta:
        verbose_name = _("file of a template")
        verbose_name_plural = _("files of templates")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, member: Membership) -> "NoteQuerySet":
        return self.filter(application__in=Application.objects.visible_to(member).values("pk"))


class Note(models.Model):
    """An internal remark; never leaves the company."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.TextField(_("text"))
    mentions = models.JSONField(_("mentioned"), default=list, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]
