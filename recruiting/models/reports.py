"""What tells reports that a day has to be counted anew."""

from django.db import models

from companies.models import Company


class ReportMark(models.Model):
    """Something of a day changed: of those who applied or of the mails that came on it (by UTC).

    Triggers write them, in the transaction of the change, whoever makes it. ``salt`` tells a mark from
    another that had its number before a backup was put back.
    """

    company = models.ForeignKey(
        Company,
        models.CASCADE,
        db_constraint=False,  # deleting a company deletes applications, which leave marks
        related_name="+",
    )
    day = models.DateField()
    salt = models.PositiveIntegerField()

    class Meta:
        verbose_name = "report mark"
        verbose_name_plural = "report marks"
        indexes = [models.Index(fields=["company", "day"], name="recruiting_report_mark_day")]

    def __str__(self) -> str:
        return f"{self.day}"
