"""Lists of candidates that were brought along, row by row, so that each can be looked at and taken back."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership, StoredFile
from recruiting.models.applications import Application
from recruiting.models.positions import Position


class CandidateImportQuerySet(models.QuerySet["CandidateImport"]):
    def visible_to(self, member: Membership) -> "CandidateImportQuerySet":
        """Imports into the positions the member sees."""
        positions = Position.objects.visible_to(member).values("pk")
        return self.filter(company_id=member.company_id, position__in=positions)


class CandidateImport(models.Model):
    """A file of candidates for one position; ``mapping`` says which column holds what."""

    class State(models.TextChoices):
        NEW = "new", _("To be checked")
        QUEUED = "queued", _("Waiting")
        DONE = "done", _("Done")
        UNDONE = "undone", _("Taken back")
        FAILED = "failed", _("The file is lost or cannot be read any more")

    company = models.ForeignKey(Company, models.CASCADE, related_name="candidate_imports")
    position = models.ForeignKey(Position, models.CASCADE, related_name="imports")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(_("file name"), max_length=255)
    by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    mapping = models.JSONField(_("columns"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    total = models.PositiveIntegerField(_("rows"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = CandidateImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class ImportedRow(models.Model):
    """What became of one row: an application, or a reason why there is none."""

    source = models.ForeignKey(CandidateImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    application = models.ForeignKey(
        Application, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="recruiting_row_once")
        ]

    def __str__(self) -> str:
        return str(self.number)
