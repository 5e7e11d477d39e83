"""Files kept by content: raw mail and documents, one row per company and digest."""

from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models.companies import Company


class StoredFile(models.Model):
    """Bytes in file storage, named by their SHA-256 and owned by one company, never shared between two.

    Rows that need the bytes point here with PROTECT; a file nobody points to is swept.
    ``company`` is empty only for the copy a door keeps until a mail has been routed.
    """

    company = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, related_name="+")
    digest = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("size in bytes"))
    path = models.CharField(_("path"), max_length=200)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "digest"],
                name="companies_file_unique",
                condition=models.Q(company__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["digest"],
                name="companies_door_file_unique",
                condition=models.Q(company=None),
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="companies_file_age")]

    def __str__(self) -> str:
        return self.digest[:12]

    def read(self) -> bytes:
        """Return all bytes; ``FileNotFoundError`` when storage has lost them."""
        with default_storage.open(self.path, "rb") as stored:
            return bytes(stored.read())
