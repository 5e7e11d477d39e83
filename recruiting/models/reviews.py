"""What members think of an application; others see it once they have said what they think."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from recruiting.models.applications import Application


class Recommendation(models.TextChoices):
    """What a member would do, the best first."""

    STRONG_YES = "strong_yes", _("Definitely yes")
    YES = "yes", _("Yes")
    NO = "no", _("No")
    STRONG_NO = "strong_no", _("Definitely not")


class Review(models.Model):
    """One member's evaluation; without stars the member has only skipped it in the queue.

    ``answers`` are the lines of the scorecard as it was then: ``section``, ``name``, and ``score`` with
    its ``weight``, or ``text``.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="reviews")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField(
        _("stars"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )
    recommendation = models.CharField(
        _("recommendation"), max_length=10, choices=Recommendation, blank=True
    )
    answers = models.JSONField(_("answers"), default=list, blank=True)
    text = models.TextField(_("text"), blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "membership"], name="recruiting_review_once"
            ),
            models.CheckConstraint(
                condition=Q(stars=None) | Q(stars__gte=1, stars__lte=5),
                name="recruiting_review_stars",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stars or '–'}"
