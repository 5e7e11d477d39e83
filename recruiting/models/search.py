"""What the search looks through: one row per person, position, message and document."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from recruiting.models.candidates import Candidate
from recruiting.models.documents import Document
from recruiting.models.messages import Message
from recruiting.models.positions import Position


class SearchEntry(models.Model):
    """The folded words of one thing; each database has an index of its own over them (migration 0008).

    A migration that rebuilds this table on SQLite must install the triggers of that index again.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("People")
        POSITION = "position", _("Positions")
        MESSAGE = "message", _("Messages")
        DOCUMENT = "document", _("Documents")

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    candidate = models.OneToOneField(Candidate, models.CASCADE, null=True, related_name="+")
    position = models.OneToOneField(Position, models.CASCADE, null=True, related_name="+")
    message = models.OneToOneField(Message, models.CASCADE, null=True, related_name="+")
    document = models.OneToOneField(Document, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=255, blank=True)
    words = models.TextField(blank=True)
    text = models.TextField(blank=True)  # as it was written, for the line that explains a match
    problem = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        indexes = [models.Index(fields=["company", "kind", "-at"], name="recruiting_search_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
