"""The demo's positions and the people who applied for them, with what was written since."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from ats.demo import letters, pdf
from ats.demo.people import Person
from ats.demo.positions import Opening
from companies import files
from companies.models import Company, Membership, Role, Subcompany
from recruiting.choices import DocumentCategory
from recruiting.hiring.applications import applying, pipeline
from recruiting.hiring.applications.applying import Applicant
from recruiting.hiring.positions import positions
from recruiting.models import (
    Application,
    Attribute,
    AttributeOption,
    Note,
    Pipeline,
    Position,
    PositionSection,
    PositionText,
    Source,
    Stage,
    StageChange,
    Submission,
    TeamMember,
)
from recruiting.models.applications import Door
from recruiting.people import addresses
from recruiting.people.uploads import Paper


def open_position(company: Company, opening: Opening) -> Position:
    """Return the position of that name, opened with its texts and team if it is not there yet."""
    existing = Position.objects.filter(company=company, name=opening.name).first()
    if existing:
        return existing
    subcompany = (
        Subcompany.objects.get(company=company, name=opening.subcompany)
        if opening.subcompany
        else None
    )
    position = positions.create(
        company,
        name=opening.name,
        pipeline=Pipeline.objects.filter(company=company).order_by("pk")[0],
        subcompany=subcompany,
        by=None,
        **opening.fields,
    )
    for language, text in opening.texts.items():
        row = PositionText.objects.create(position=position, language=language, title=text.title)
        PositionSection.objects.bulk_create(
            PositionSection(text=row, order=order, heading=heading, body=body)
            for order, (heading, body) in enumerate(text.sections)
        )
    managers = Membership.objects.filter(company=company, role=Role.HIRING_MANAGER)
    for member in managers if opening.managed else ():
        TeamMember.objects.create(position=position, membership=member)
    if opening.published:
        positions.publish(position, by=None)
    return position


def take_in(company: Company, person: Person) -> None:
    """Let a person apply and bring the application to where it is today; once."""
    position = Position.objects.get(company=company, name=person.position)
    address = addresses.normalise(person.address)
    if Application.objects.filter(position=position, applied_address=address).exists():
        return
    application = applying.apply(position, _applicant(company, person), door=Door.ENDPOINT)
    applied = application.applied_at
    recruiter = Membership.objects.filter(company=company, role=Role.RECRUITER).first()
    for stage in _way(position, person.stage):
        pipeline.move(application, stage, by=recruiter)
    _date_back(application, applied)
    letters.exchange(application, person.mails, since=applied, recruiter=recruiter)
    if person.note:
        Note.objects.create(
            application=application,
            author=recruiter.user if recruiter else None,
            text=person.note,
        )


def _applicant(company: Company, person: Person) -> Applicant:
    return Applicant(
        email=person.address,
        first_name=person.first_name,
        last_name=person.last_name,
        phone=person.phone,
        location=person.location,
        available_from=person.available_from,
        salary_expectations=person.salary,
        message=person.message,
        source=Source.objects.filter(company=company, name=person.source).first(),
        tags=person.tags,
        attributes=_attributes(company, person),
        documents=[_cv(company, person)],
        applied_at=timezone.now() - timedelta(days=person.days, hours=len(person.last_name)),
    )


def _attributes(company: Company, person: Person) -> dict[Attribute, str | date | AttributeOption]:
    values: dict[Attribute, str | date | AttributeOption] = {}
    for attribute in Attribute.objects.filter(company=company):
        text = person.attributes.get(attribute.name, "")
        if not text:
            continue
        if attribute.type == Attribute.Type.OPTIONS:
            values[attribute] = attribute.options.get(name=text)
        else:
            is_date = attribute.type == Attribute.Type.DATE
            values[attribute] = date.fromisoformat(text) if is_date else text
    return values


def _cv(company: Company, person: Person) -> Paper:
    lines = [
        f"{person.first_name} {person.last_name}",
        " · ".join(filter(None, [person.location, person.phone, person.address])),
        "",
        f"Application as {person.position}",
        "",
        *person.message.splitlines(),
    ]
    name = f"CV {person.first_name} {person.last_name}.pdf"
    stored = files.store(company, pdf.page(lines))
    return Paper(stored, name, "application/pdf", DocumentCategory.CV)


def _way(position: Position, goal: str) -> Sequence[Stage]:
    """Return the stages somebody passes on the way to the one of that name."""
    stages = list(position.pipeline.stages.all())
    last = next(stage for stage in stages if stage.name == goal)
    if last.is_closed and last.kind != "accepted":
        return [stages[1], last]
    return [
        stage for stage in stages[1 : stages.index(last) + 1] if stage == last or stage.order < 5
    ]


def _date_back(application: Application, applied: datetime) -> None:
    """Spread the history over the days since the application came in."""
    changes = list(StageChange.objects.filter(application=application))
    step = (timezone.now() - applied) / (len(changes) + 1)
    for number, change in enumerate(changes):
        StageChange.objects.filter(pk=change.pk).update(at=applied + step * number)
    entered = applied + step * (len(changes) - 1)
    application.refresh_from_db()
    application.stage_entered_at = entered
    application.closed_at = entered if application.closed_at else None
    application.save(update_fields=["stage_entered_at", "closed_at"])
    application.candidate.created_at = applied
    application.candidate.save(update_fields=["created_at"])
    Submission.objects.filter(application=application).update(submitted_at=applied)
