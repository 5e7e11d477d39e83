"""People who apply: one row per person and company, with every address they write from."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership, Role
from recruiting.choices import Gender


def make_code() -> str:
    """Return a random public code for URLs that may leave the company."""
    return secrets.token_urlsafe(12)


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def visible_to(self, member: Membership) -> "CandidateQuerySet":
        """The company's people; members limited to some positions see those who applied there."""
        mine = self.filter(company_id=member.company_id)
        if member.role != Role.HIRING_MANAGER and not member.subcompany_id:
            return mine
        from recruiting.models.positions import Position  # noqa: PLC0415 -- positions know nothing of people

        allowed = Position.objects.visible_to(member).values("pk")
        return mine.filter(applications__position__in=allowed).distinct()


class NotMerged(models.Manager["Candidate"]):
    """People, without the rows that were merged into another's."""

    def get_queryset(self) -> CandidateQuerySet:
        return CandidateQuerySet(self.model, using=self._db).filter(merged_into=None)

    def visible_to(self, member: Membership) -> CandidateQuerySet:
        return self.get_queryset().visible_to(member)


class Candidate(models.Model):
    """A person as the company knows them. A public form never overwrites this.

    Who was merged into another keeps an empty row, so that it can be taken back; nothing lists it.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="candidates")
    code = models.CharField(max_length=24, unique=True, default=make_code, editable=False)
    first_name = models.CharField(_("first name"), max_length=255, blank=True)
    last_name = models.CharField(_("last name"), max_length=255, blank=True)
    phone = models.CharField(_("phone"), max_length=255, blank=True)
    location = models.CharField(_("location"), max_length=255, blank=True)
    gender = models.CharField(_("gender"), max_length=10, choices=Gender, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    merged_into = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="+", editable=False
    )

    objects = NotMerged()
    everybody = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["company", "-created_at", "-id"], name="recruiting_candidate_newest"
            ),
            models.Index(
                fields=["company", "last_name", "first_name"], name="recruiting_candidate_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or str(_("Unknown person"))

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper() or "?"


class CandidateAddress(models.Model):
    """An address a person writes from. ``normalised`` is what matching compares."""

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="addresses")
    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    address = models.CharField(_("address"), max_length=255)
    normalised = models.CharField(max_length=255, editable=False)
    is_primary = models.BooleanField(_("primary"), default=False)
    unreachable_since = models.DateTimeField(_("not reachable since"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("candidate address")
        verbose_name_plural = _("candidate addresses")
        ordering = ["-is_primary", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "normalised"], name="recruiting_address_unique"
            ),
            models.UniqueConstraint(
                fields=["candidate"],
                name="recruiting_address_one_primary",
                condition=Q(is_primary=True),
            ),
        ]
        indexes = [models.Index(fields=["company", "normalised"], name="recruiting_address_lookup")]

    def __str__(self) -> str:
        return self.address


class PossibleDuplicateQuerySet(models.QuerySet["PossibleDuplicate"]):
    def visible_to(self, member: Membership) -> "PossibleDuplicateQuerySet":
        """The company's pairs, for those who see all of its people."""
        if member.role == Role.HIRING_MANAGER or member.subcompany_id:
            return self.none()
        return self.filter(first__company_id=member.company_id)

    def undecided(self) -> "PossibleDuplicateQuerySet":
        """Pairs that nobody has merged or told apart, of people that are still listed."""
        return self.filter(dismissed_at=None, first__merged_into=None, second__merged_into=None)


class PossibleDuplicate(models.Model):
    """Two people who may be one: for a recruiter to look at, never merged by a machine."""

    first = models.ForeignKey(Candidate, models.CASCADE, related_name="+")
    second = models.ForeignKey(Candidate, models.CASCADE, related_name="possible_duplicates")
    reason = models.CharField(_("reason"), max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    dismissed_at = models.DateTimeField(_("dismissed"), null=True, blank=True)

    objects = PossibleDuplicateQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="recruiting_duplicate_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"


class CandidateMergeQuerySet(models.QuerySet["CandidateMerge"]):
    def visible_to(self, member: Membership) -> "CandidateMergeQuerySet":
        """The company's merges, for those who see all of its people."""
        if member.role == Role.HIRING_MANAGER or member.subcompany_id:
            return self.none()
        return self.filter(kept__company_id=member.company_id)

    def standing(self) -> "CandidateMergeQuerySet":
        """Those that can be taken back; of several into one another the newest first."""
        return self.filter(undone_at=None, kept__merged_into=None)


class CandidateMerge(models.Model):
    """That two people were found to be one, with all it takes to make them two again.

    ``moved`` names what came from ``other``: ids by kind, addresses that both had, facts that were empty.
    """

    kept = models.ForeignKey(Candidate, models.CASCADE, related_name="merges")
    other = models.ForeignKey(Candidate, models.CASCADE, related_name="+")
    by = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    moved = models.JSONField(default=dict)
    at = models.DateTimeField(_("merged"), default=timezone.now, editable=False)
    undone_at = models.DateTimeField(_("taken back"), null=True, blank=True, editable=False)

    objects = CandidateMergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.other} → {self.kept}"
