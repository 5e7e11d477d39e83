"""Applying: every door into the house ends in ``apply``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from companies import audit, sql
from companies.models import ApiCredential, Company
from mailsettings.outbound import webhooks
from recruiting.choices import StageKind
from recruiting.conversation.writing import notices
from recruiting.hiring.applications import events, pipeline
from recruiting.models import (
    Application,
    Attribute,
    AttributeOption,
    AttributeValue,
    Candidate,
    Document,
    Position,
    RefusedApplication,
    RefusedDocument,
    Source,
    Stage,
    Submission,
    Tag,
)
from recruiting.models.applications import Door
from recruiting.people import addresses, candidates
from recruiting.people.uploads import Paper

PUBLIC_DOORS = frozenset({Door.ENDPOINT, Door.FORM})


class NotAccepted(Exception):
    """The application cannot be taken."""


class AlreadyApplied(NotAccepted):
    """There is an application from this address for this position."""


class PositionNotPublished(NotAccepted):
    """The position takes no applications from outside now."""


@dataclass(frozen=True)
class Applicant:
    """All that was sent in, checked and cleaned. Empty means not given.

    ``tags`` are names; those the company does not have are kept in the snapshot only, like ``extra``.
    """

    email: str
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    location: str = ""
    gender: str = ""
    birthday: date | None = None
    available_from: str = ""
    salary_expectations: str = ""
    external_posting_id: str = ""
    message: str = ""
    source: Source | None = None
    tags: Sequence[str] = ()
    attributes: Mapping[Attribute, str | date | AttributeOption] = field(default_factory=dict)
    documents: Sequence[Paper] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    applied_at: datetime | None = None


def apply(
    position: Position,
    applicant: Applicant,
    *,
    door: Door,
    credential: ApiCredential | None = None,
    by: audit.Actor = None,
    candidate: Candidate | None = None,
    also: Sequence[models.Model] = (),
) -> Application:
    """Make an application in the first stage of the position's pipeline.

    One short transaction, after the body was received and its files were kept. Effects: the person
    (found, or made; ``candidate`` names one) and the address, the application, the snapshot of what
    was sent in, documents, attribute values, tags, the first line of the history, one audit line, webhooks,
    and the rows the door keeps of it itself (``also``).
    Raises ``AlreadyApplied`` (the unique constraint decides, so fifty identical posts at once make
    one application) or, at a public door, ``PositionNotPublished``. A public door's attempt stays, with
    its files, as a ``RefusedApplication``: its caller must not hold a transaction of its own. What a
    member decides (``by``) is not refused again, and asks for no published position.
    """
    if candidate and candidate.company_id != position.company_id:
        raise ValueError("the candidate belongs to another company")
    try:
        with transaction.atomic():
            return _apply(position, applicant, door, credential, by, candidate, also)
    except PositionNotPublished:
        refuse(position, applicant, "not published", door=door, credential=credential)
        raise
    except IntegrityError:
        if not has_applied(position, applicant.email):
            raise
        if by is None and door in PUBLIC_DOORS:
            refuse(position, applicant, "already applied", door=door, credential=credential)
        raise AlreadyApplied from None


def refuse(
    position: Position,
    applicant: Applicant,
    reason: str,
    *,
    door: Door,
    credential: ApiCredential | None = None,
) -> RefusedApplication:
    """Keep an applicant who was not taken, with the files, for a recruiter to see."""
    return keep_attempt(
        position.company,
        snapshot(applicant) | {"message": applicant.message},
        applicant.documents,
        reason,
        position=position,
        door=door,
        credential=credential,
    )


def keep_attempt(
    company: Company,
    data: Mapping[str, object],
    documents: Sequence[Paper],
    reason: str,
    *,
    door: Door,
    position: Position | None = None,
    credential: ApiCredential | None = None,
) -> RefusedApplication:
    """Keep what was sent in and never became an applicant, in the words of ``snapshot`` where it fits."""
    with transaction.atomic():
        refused = RefusedApplication.objects.create(
            company=company,
            position=position,
            credential=credential,
            door=door,
            reason=reason[:200],
            data=dict(data),
        )
        RefusedDocument.objects.bulk_create(
            RefusedDocument(refused=refused, **_columns(paper)) for paper in documents
        )
    return refused


def has_applied(position: Position, email: str) -> bool:
    """Whether there is an application from this address for this position."""
    return Application.objects.filter(
        position=position, applied_address=addresses.normalise(email)
    ).exists()


def snapshot(applicant: Applicant) -> dict[str, object]:
    """Return what was sent in as JSON, without the message and without what was not given."""
    words: dict[str, object] = {
        name: getattr(applicant, name)
        for name in (
            "first_name",
            "last_name",
            "email",
            "phone",
            "location",
            "gender",
            "available_from",
            "salary_expectations",
            "external_posting_id",
        )
    }
    words["birthday"] = applicant.birthday.isoformat() if applicant.birthday else ""
    words["source"] = applicant.source.name if applicant.source else ""
    words["tags"] = list(applicant.tags)
    words["attributes"] = {
        attribute.name: str(value) for attribute, value in applicant.attributes.items()
    }
    words["documents"] = [paper.name for paper in applicant.documents]
    words["extra"] = dict(applicant.extra)
    return {name: value for name, value in words.items() if value}


def _apply(
    position: Position,
    applicant: Applicant,
    door: Door,
    credential: ApiCredential | None,
    by: audit.Actor,
    candidate: Candidate | None,
    also: Sequence[models.Model],
) -> Application:
    [position], [stage], greetings, sharers, endpoints = sql.ask(
        _lock.of(position.pk),
        _first_stage.of(position.pk),
        notices.greetings.of(position.pk),
        candidates.writing_from.of(position.company_id, addresses.normalise(applicant.email)),
        webhooks.registered.of(position.company_id),
    )
    if by is None and door in PUBLIC_DOORS and not position.is_published:
        raise PositionNotPublished
    made: list[models.Model] = []
    if candidate:
        addresses.learn(candidate, applicant.email)
    else:
        candidate, made = _find_person(position.company, applicant, sharers)
    application = _application(position, candidate, stage, applicant)
    submission = Submission(
        application=application,
        door=door,
        credential=credential,
        data=snapshot(applicant),
        message=applicant.message,
    )
    sql.insert(
        *made,
        application,
        submission,
        *_attached(application, applicant),
        pipeline.arrival(application, by=by),
        *audit.line(position.company, "application.created", application, by=by, door=door),
        *events.news_of(application, door=door),
        *also,
    )
    _tag(application, applicant)
    if _is_greeted(door, applicant.source):
        notices.entered(application, by=None, rules=greetings)
    events.application_received(application, endpoints, door=door)
    return application


def _is_greeted(door: Door, source: Source | None) -> bool:
    """Whoever sends through the interface writes to applicants itself, unless its channel says that we do."""
    if door == Door.ENDPOINT:
        return source is not None and source.acknowledge
    return door != Door.RECRUITER


@sql.written_once
def _lock(position: int) -> "models.QuerySet[Position]":
    """One applicant at a time in a company: two of one person's applications must find one person.

    The position is read again, as it may have been closed while files came in.
    """
    companies = Position.objects.select_related("company")
    return companies.select_for_update(of=("company",), no_key=True).filter(pk=position)


@sql.written_once
def _first_stage(position: int) -> "models.QuerySet[Stage]":
    """Where everybody begins."""
    return Stage.objects.filter(pipeline__positions=position, kind=StageKind.UNASSIGNED)


def _application(
    position: Position, candidate: Candidate, stage: Stage, applicant: Applicant
) -> Application:
    at = applicant.applied_at or timezone.now()
    return Application(
        candidate=candidate,
        position=position,
        stage=stage,
        source=applicant.source,
        applied_address=addresses.normalise(applicant.email),
        applied_at=at,
        stage_entered_at=at,
        available_from=applicant.available_from,
        salary_expectations=applicant.salary_expectations,
        external_posting_id=applicant.external_posting_id,
    )


def _find_person(
    company: Company, applicant: Applicant, sharers: Sequence[Candidate]
) -> tuple[Candidate, list[models.Model]]:
    return candidates.find_or_make(
        company,
        sharers,
        first_name=applicant.first_name,
        last_name=applicant.last_name,
        address=applicant.email,
        phone=applicant.phone,
        location=applicant.location,
        gender=applicant.gender,
        birthday=applicant.birthday,
    )


def _attached(application: Application, applicant: Applicant) -> list[models.Model]:
    """Documents and attribute values."""
    return [
        *_documents(application, applicant.documents),
        *(
            AttributeValue(application=application, attribute=attribute, **{_column(value): value})
            for attribute, value in applicant.attributes.items()
        ),
    ]


def _tag(application: Application, applicant: Applicant) -> None:
    """Add the tags the company knows."""
    wanted = {name.strip().casefold() for name in applicant.tags}
    if wanted:
        tags = Tag.objects.filter(company=application.position.company_id)
        application.tags.set([tag for tag in tags if tag.name.casefold() in wanted])


def add_documents(application: Application, papers: Sequence[Paper]) -> None:
    """Give an application further documents."""
    Document.objects.bulk_create(_documents(application, papers))


def _documents(application: Application, papers: Sequence[Paper]) -> list[Document]:
    return [
        Document(application=application, candidate=application.candidate, **_columns(paper))
        for paper in papers
    ]


def _columns(paper: Paper) -> dict[str, object]:
    return {
        "file": paper.file,
        "name": paper.name,
        "content_type": paper.content_type,
        "category": paper.category,
    }


def _column(value: str | date | AttributeOption) -> str:
    if isinstance(value, AttributeOption):
        return "option"
    return "date" if isinstance(value, date) else "text"
