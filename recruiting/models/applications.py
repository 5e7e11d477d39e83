"""A candidate's application for a position, what was sent in, and its way through the stages."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import ApiCredential, Company, Membership, Role
from recruiting.models.attributes import Tag
from recruiting.models.candidates import Candidate, make_code
from recruiting.models.pipelines import RejectionReason, Stage
from recruiting.models.positions import Position
from recruiting.models.sources import Source


class Door(models.TextChoices):
    """Through which door an application came."""

    ENDPOINT = "endpoint", _("Applicant endpoint")
    FORM = "form", _("Application form")
    MAIL = "mail", _("E-mail")
    RECRUITER = "recruiter", _("Added by a recruiter")


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, member: Membership) -> "ApplicationQuerySet":
        """Applications for the positions the member sees."""
        mine = self.filter(position__company_id=member.company_id)
        if member.subcompany_id:
            mine = mine.filter(position__subcompany_id=member.subcompany_id)
        if member.role == Role.HIRING_MANAGER:
            mine = mine.filter(position__team__membership_id=member.pk)
        return mine

    def undecided(self) -> "ApplicationQuerySet":
        return self.filter(closed_at=None)


class Application(models.Model):
    """One person for one position. Its company is the position's.

    ``applied_address`` is the normalised address it was sent with; with the position it is unique,
    which is how fifty identical posts at once make one application.
    """

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="applications")
    position = models.ForeignKey(Position, models.PROTECT, related_name="applications")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="applications")
    source = models.ForeignKey(
        Source, models.SET_NULL, null=True, blank=True, related_name="applications"
    )
    code = models.CharField(max_length=24, unique=True, default=make_code, editable=False)
    applied_address = models.CharField(max_length=255, editable=False)
    applied_at = models.DateTimeField(_("applied"), default=timezone.now)
    stage_entered_at = models.DateTimeField(_("in this stage since"), default=timezone.now)
    closed_at = models.DateTimeField(_("decided"), null=True, blank=True)
    rejection_reason = models.ForeignKey(
        RejectionReason, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    available_from = models.CharField(_("available from"), max_length=100, blank=True)
    salary_expectations = models.CharField(_("salary expectations"), max_length=255, blank=True)
    external_posting_id = models.CharField(_("external posting id"), max_length=255, blank=True)
    last_message_at = models.DateTimeField(_("last message"), null=True, blank=True)
    waiting_since = models.DateTimeField(_("unanswered since"), null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    assignee = models.ForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    unread_count = models.PositiveIntegerField(_("unread messages"), default=0)
    tags = models.ManyToManyField(Tag, blank=True, related_name="applications")

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-applied_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["position", "applied_address"], name="recruiting_application_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["position", "stage", "-applied_at", "-id"],
                name="recruiting_application_board",
            ),
            models.Index(fields=["position", "applied_at"], name="recruiting_application_when"),
            models.Index(
                fields=["stage", "closed_at"],
                name="recruiting_application_closed",
                condition=Q(closed_at__isnull=False),
            ),
            models.Index(  # with the stage, so that those who are late are counted without reading them
                fields=["position", "stage_entered_at", "stage"],
                name="recruiting_application_late",
                condition=Q(closed_at=None),
            ),
            models.Index(
                fields=["-last_message_at", "-id"],
                name="recruiting_application_talked",
                condition=Q(last_message_at__isnull=False),
            ),
            models.Index(  # so that all conversations are counted without reading them
                fields=["position", "last_message_at"],
                name="recruiting_application_spoken",
                condition=Q(last_message_at__isnull=False),
            ),
            models.Index(
                fields=["waiting_since", "id"],
                name="recruiting_application_waits",
                condition=Q(waiting_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate} → {self.position}"

    @property
    def days_in_stage(self) -> int:
        return max((timezone.now() - self.stage_entered_at).days, 0)

    @property
    def is_overdue(self) -> bool:
        return self.stage.max_days is not None and self.days_in_stage > self.stage.max_days


class Submission(models.Model):
    """What was sent in, kept as it came, beside what is known of the person now."""

    application = models.OneToOneField(Application, models.CASCADE, related_name="submission")
    door = models.CharField(_("door"), max_length=10, choices=Door)
    credential = models.ForeignKey(
        ApiCredential, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    data = models.JSONField(_("data"), default=dict)
    message = models.TextField(_("message"), blank=True)
    submitted_at = models.DateTimeField(_("submitted"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")

    def __str__(self) -> str:
        return f"{self.get_door_display()} {self.submitted_at:%Y-%m-%d}"


class RefusedApplicationQuerySet(models.QuerySet["RefusedApplication"]):
    def visible_to(self, member: Membership) -> "RefusedApplicationQuerySet":
        """Attempts on the positions the member sees; those on none are the whole company's."""
        mine = self.filter(company_id=member.company_id)
        if member.subcompany_id:
            mine = mine.filter(position__subcompany_id=member.subcompany_id)
        if member.role == Role.HIRING_MANAGER:
            mine = mine.filter(position__team__membership_id=member.pk)
        return mine

    def waiting(self) -> "RefusedApplicationQuerySet":
        return self.filter(accepted_at=None)


class RefusedApplication(models.Model):
    """An attempt that was refused, kept so that a recruiter can see it: nothing is lost.

    ``accepted_at`` says that a recruiter took it nevertheless, and ``application`` what became of it.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="refused_applications")
    position = models.ForeignKey(Position, models.CASCADE, null=True, blank=True, related_name="+")
    credential = models.ForeignKey(
        ApiCredential, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    door = models.CharField(_("door"), max_length=10, choices=Door, default=Door.ENDPOINT)
    reason = models.CharField(_("reason"), max_length=200)
    data = models.JSONField(_("data"), default=dict)
    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)
    accepted_at = models.DateTimeField(_("accepted anyway"), null=True, blank=True, editable=False)
    application = models.ForeignKey(
        Application, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    objects = RefusedApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("refused application")
        verbose_name_plural = _("refused applications")
        ordering = ["-at"]
        indexes = [models.Index(fields=["company", "-at"], name="recruiting_refused_newest")]

    def __str__(self) -> str:
        return self.reason


class StageChange(models.Model):
    """History of an application's stages; time in stage is read from here."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="stage_changes")
    from_stage = models.ForeignKey(Stage, models.PROTECT, null=True, blank=True, related_name="+")
    to_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.from_stage or '–'} → {self.to_stage}"
