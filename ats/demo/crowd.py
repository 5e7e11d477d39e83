"""Many more candidates, written in bulk, for trying how the product feels with a full house."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from ats.demo.people import FIRST_NAMES, LAST_NAMES
from companies.models import Company
from recruiting.models import (
    Application,
    Candidate,
    CandidateAddress,
    Position,
    Source,
    Stage,
    StageChange,
    Submission,
)
from recruiting.models.applications import Door

BATCH = 500
DAYS = 120  # over which they applied
# How many of twelve stand in each stage of the standard pipeline: a funnel.
FUNNEL = (0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 6, 7)


def add(company: Company, wanted: int) -> None:
    """Fill the company up to ``wanted`` candidates; those there are stay as they are."""
    missing = range(Candidate.objects.filter(company=company).count(), wanted)
    positions = list(Position.objects.filter(company=company).published().order_by("number"))
    sources = list(Source.objects.filter(company=company))
    stages = {
        position.pk: list(Stage.objects.filter(pipeline=position.pipeline_id))
        for position in positions
    }
    for start in range(missing.start, missing.stop, BATCH):
        people = list(_people(company, range(start, min(start + BATCH, missing.stop))))
        Candidate.objects.bulk_create(people)
        addresses = [_address(person, start + n) for n, person in enumerate(people)]
        CandidateAddress.objects.bulk_create(addresses)
        applications = []
        for number, address in enumerate(addresses, start):
            position = positions[number % len(positions)]
            stage = stages[position.pk][FUNNEL[number // len(positions) % len(FUNNEL)]]
            source = sources[number % len(sources)]
            applications.append(_application(address, position, stage, source))
        Application.objects.bulk_create(applications)
        Submission.objects.bulk_create(
            Submission(
                application=application,
                door=Door.ENDPOINT,
                data={"email": application.applied_address},
            )
            for application in applications
        )
        StageChange.objects.bulk_create(
            StageChange(
                application=application, to_stage=application.stage, at=application.applied_at
            )
            for application in applications
        )


def _people(company: Company, numbers: range) -> Iterator[Candidate]:
    for number in numbers:
        yield Candidate(
            company=company,
            first_name=FIRST_NAMES[number % len(FIRST_NAMES)],
            last_name=LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)],
            location="Berlin" if number % 3 else "Wien",
            created_at=_when(number),
        )


def _address(person: Candidate, number: int) -> CandidateAddress:
    address = f"{person.first_name}.{person.last_name}.{number}@mail.example".lower()
    return CandidateAddress(
        candidate=person,
        company_id=person.company_id,
        address=address,
        normalised=address,
        is_primary=True,
    )


def _application(
    address: CandidateAddress, position: Position, stage: Stage, source: Source
) -> Application:
    at = address.candidate.created_at
    return Application(
        candidate=address.candidate,
        position=position,
        stage=stage,
        source=source,
        applied_address=address.normalised,
        applied_at=at,
        stage_entered_at=at,
        closed_at=at + timedelta(days=9) if stage.is_closed else None,
    )


def _when(number: int) -> datetime:
    """Spread over the last days, one after the other, never in the future."""
    return timezone.now() - timedelta(days=number * 37 % DAYS, minutes=number * 11 % 1440)
