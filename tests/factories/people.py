"""Candidates, their applications, and what was sent in."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from companies import files
from recruiting.choices import StageKind
from recruiting.hiring.applications import pipeline
from recruiting.models import (
    Application,
    Candidate,
    CandidateAddress,
    Document,
    Note,
    Submission,
)
from recruiting.models.applications import Door
from recruiting.people import addresses
from tests.factories.hiring import PositionFactory
from tests.factories.tenants import CompanyFactory


class CandidateFactory(DjangoModelFactory[Candidate]):
    """A person who writes from one address; ``address=""`` for a person without."""

    class Meta:
        model = Candidate

    company = factory.SubFactory(CompanyFactory)
    first_name = "Mia"
    last_name = factory.Sequence(lambda n: f"Muster{n}")
    address = factory.Sequence(lambda n: f"mia{n}@mail.example")

    @classmethod
    def _create(cls, model_class: type[Candidate], *args: Any, **fields: Any) -> Candidate:
        address = fields.pop("address")
        candidate: Candidate = super()._create(model_class, *args, **fields)
        if address:
            addresses.learn(candidate, address)
        return candidate


class CandidateAddressFactory(DjangoModelFactory[CandidateAddress]):
    """A further address of a person."""

    class Meta:
        model = CandidateAddress

    candidate = factory.SubFactory(CandidateFactory)
    company = factory.SelfAttribute("candidate.company")
    address = factory.Sequence(lambda n: f"other{n}@mail.example")
    normalised = factory.LazyAttribute(lambda row: addresses.normalise(row.address))


class ApplicationFactory(DjangoModelFactory[Application]):
    """An application in the first stage (``stage=`` moves it) with what was sent in."""

    class Meta:
        model = Application
        skip_postgeneration_save = True

    position = factory.SubFactory(PositionFactory)
    candidate = factory.SubFactory(
        CandidateFactory, company=factory.SelfAttribute("..position.company")
    )
    stage = factory.LazyAttribute(
        lambda application: application.position.pipeline.stages.get(kind=StageKind.UNASSIGNED)
    )
    closed_at = factory.LazyAttribute(
        lambda application: timezone.now() if application.stage.is_closed else None
    )
    applied_address = factory.LazyAttribute(
        lambda application: application.candidate.addresses.first().normalised
    )
    submission = factory.RelatedFactory("tests.factories.SubmissionFactory", "application")

    @factory.post_generation
    def history(self, create: bool, extracted: object, **_: object) -> None:
        pipeline.arrival(self, by=None).save()


class SubmissionFactory(DjangoModelFactory[Submission]):
    class Meta:
        model = Submission

    application = factory.SubFactory(ApplicationFactory, submission=None)
    door = Door.ENDPOINT
    message = "I have been looking for exactly this."


class DocumentFactory(DjangoModelFactory[Document]):
    """A CV. ``content`` is what stands in its file."""

    class Meta:
        model = Document

    class Params:
        content = b"%PDF-1.4 a curriculum vitae"

    application = factory.SubFactory(ApplicationFactory)
    candidate = factory.SelfAttribute("application.candidate")
    file = factory.LazyAttribute(
        lambda document: files.store(document.candidate.company, document.content)
    )
    name = "cv.pdf"
    content_type = "application/pdf"
    category = "cv"


class NoteFactory(DjangoModelFactory[Note]):
    class Meta:
        model = Note

    application = factory.SubFactory(ApplicationFactory)
    text = "Call her back on Monday."
