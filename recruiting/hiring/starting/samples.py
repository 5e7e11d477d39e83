"""Sample data to try things out on: one position with a few people, and gone again in one step.

Nobody outside sees it: the position is a draft, and the people have no address that a mail could go to.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from companies import audit
from companies.models import Company, Membership
from recruiting.choices import StageKind
from recruiting.hiring.applications import pipeline
from recruiting.hiring.positions import defaults, positions
from recruiting.models import (
    Application,
    Candidate,
    Note,
    Onboarding,
    Pipeline,
    Position,
    Stage,
    Submission,
)
from recruiting.models.applications import Door
from recruiting.search import index

# First name, last name, where, days ago, how many stages further
PEOPLE = [
    ("Lena", "Vogt", "Hamburg", 1, 0),
    ("Tariq", "Haddad", "Leipzig", 3, 0),
    ("Ines", "Kowalski", "Berlin", 8, 1),
    ("Marco", "Bellini", "Wien", 12, 2),
    ("Sophie", "Nguyen", "Köln", 20, 3),
]


@transaction.atomic
def load(member: Membership) -> Position:
    """Make the sample, if it is not there yet, and return its position. One audit line."""
    company = Company.objects.select_for_update().get(pk=member.company_id)
    row, _made = Onboarding.objects.get_or_create(company=company)
    if row.sample:
        return row.sample
    first = Pipeline.objects.filter(company=company).order_by("pk").first()
    row.sample = positions.create(
        company,
        name=_("Sample: Office manager"),
        pipeline=first or defaults.make_pipeline(company, _("Standard")),
        by=member,
        office="Berlin",
    )
    row.save()
    stages = list(
        Stage.objects.filter(pipeline=row.sample.pipeline, kind=StageKind.CUSTOM).order_by("order")
    )
    for number, person in enumerate(PEOPLE, start=1):
        _apply(row.sample, number, person, stages, member)
    audit.record(company, "sample.loaded", row.sample, by=member)
    return row.sample


def _apply(
    position: Position,
    number: int,
    person: tuple[str, str, str, int, int],
    stages: list[Stage],
    member: Membership,
) -> None:
    """One made-up person, without the letters and webhooks that a real one sets off."""
    first, last, location, days, further = person
    at = timezone.now() - timedelta(days=days)
    stage = stages[min(further, len(stages)) - 1] if further and stages else None
    application = Application.objects.create(
        position=position,
        candidate=Candidate.objects.create(
            company=position.company, first_name=first, last_name=last, location=location
        ),
        stage=position.pipeline.stages.get(kind=StageKind.UNASSIGNED),
        applied_address=f"sample-{number}",
        applied_at=at,
        stage_entered_at=at,
    )
    Submission.objects.create(
        application=application,
        door=Door.RECRUITER,
        message=_("I have kept an office of forty people running for six years."),
        submitted_at=at,
    )
    index.person(application.candidate)
    pipeline.arrival(application, by=member).save()
    if stage:
        application.stage_changes.create(
            from_stage=application.stage, to_stage=stage, by=member.user, at=at + timedelta(days=1)
        )
        Application.objects.filter(pk=application.pk).update(
            stage=stage, stage_entered_at=at + timedelta(days=1)
        )
        Note.objects.create(
            application=application, author=member.user, text=_("Made a good impression by phone.")
        )


@transaction.atomic
def remove(member: Membership) -> int:
    """Delete the sample for good, with everything that was done to it; return how many people went.

    A person who applied for another position too stays, with that application. One audit line.
    """
    row = Onboarding.objects.select_for_update().filter(company=member.company_id).first()
    if row is None or row.sample is None:
        return 0
    position = row.sample
    people = set(position.applications.values_list("candidate", flat=True))
    position.applications.all().delete()
    gone = Candidate.objects.filter(pk__in=people, applications=None)
    count = gone.count()
    gone.delete()
    audit.record(member.company, "sample.removed", position, by=member, people=count)
    position.delete()
    return count
