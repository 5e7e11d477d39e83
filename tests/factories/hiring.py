"""Positions with their pipelines, and all a company adds to its applications."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from companies.models import Role
from recruiting.hiring.positions import defaults
from recruiting.models import (
    Attribute,
    AttributeOption,
    Pipeline,
    Position,
    PositionSection,
    PositionText,
    RejectionReason,
    Source,
    Tag,
    TeamMember,
)
from recruiting.models.positions import FIRST_PUBLIC_NUMBER
from tests.factories.tenants import CompanyFactory, MembershipFactory


class PipelineFactory(DjangoModelFactory[Pipeline]):
    """A pipeline with all its stages (``recruiting.hiring.positions.defaults.make_pipeline``)."""

    class Meta:
        model = Pipeline

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Pipeline {n}")

    @classmethod
    def _create(cls, model_class: type[Pipeline], *args: Any, **fields: Any) -> Pipeline:
        return defaults.make_pipeline(fields["company"], fields["name"])


class PositionFactory(DjangoModelFactory[Position]):
    """A published position of the main company with a text in English."""

    class Meta:
        model = Position
        skip_postgeneration_save = True

    company = factory.SubFactory(CompanyFactory)
    number = factory.Sequence(lambda n: FIRST_PUBLIC_NUMBER + n)
    name = factory.Sequence(lambda n: f"Position {n}")
    state = Position.State.PUBLISHED
    published_at = factory.LazyFunction(timezone.now)
    pipeline = factory.SubFactory(PipelineFactory, company=factory.SelfAttribute("..company"))
    office = "Berlin"
    department = "Engineering"
    text = factory.RelatedFactory("tests.factories.PositionTextFactory", "position")


class PositionTextFactory(DjangoModelFactory[PositionText]):
    class Meta:
        model = PositionText
        skip_postgeneration_save = True

    position = factory.SubFactory(PositionFactory, text=None)
    language = "en"
    title = factory.SelfAttribute("position.name")
    section = factory.RelatedFactory("tests.factories.PositionSectionFactory", "text")


class PositionSectionFactory(DjangoModelFactory[PositionSection]):
    class Meta:
        model = PositionSection

    text = factory.SubFactory(PositionTextFactory, section=None)
    heading = "Your tasks"
    body = "<p>You build what candidates see first.</p>"


class TeamMemberFactory(DjangoModelFactory[TeamMember]):
    class Meta:
        model = TeamMember

    position = factory.SubFactory(PositionFactory)
    membership = factory.SubFactory(
        MembershipFactory,
        company=factory.SelfAttribute("..position.company"),
        role=Role.HIRING_MANAGER,
    )


class SourceFactory(DjangoModelFactory[Source]):
    class Meta:
        model = Source

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Source {n}")


class TagFactory(DjangoModelFactory[Tag]):
    class Meta:
        model = Tag

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"tag {n}")


class RejectionReasonFactory(DjangoModelFactory[RejectionReason]):
    class Meta:
        model = RejectionReason

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Reason {n}")


class AttributeFactory(DjangoModelFactory[Attribute]):
    class Meta:
        model = Attribute

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Attribute {n}")
    api_name = factory.Sequence(lambda n: f"custom_attribute_{n + 1}")


class AttributeOptionFactory(DjangoModelFactory[AttributeOption]):
    class Meta:
        model = AttributeOption

    attribute = factory.SubFactory(AttributeFactory, type=Attribute.Type.OPTIONS)
    name = factory.Sequence(lambda n: f"Option {n}")
    api_name = factory.Sequence(lambda n: f"custom_option_{n + 1}")
