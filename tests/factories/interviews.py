"""Interviews with their types, people and proposed times."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from recruiting.models import Interview, InterviewParticipant, InterviewSlot, InterviewType
from tests.factories.people import ApplicationFactory
from tests.factories.tenants import CompanyFactory, MembershipFactory


class InterviewTypeFactory(DjangoModelFactory[InterviewType]):
    class Meta:
        model = InterviewType

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Interview type {n}")
    minutes = 45


class InterviewFactory(DjangoModelFactory[Interview]):
    """Booked in three days for an hour; nobody was told."""

    class Meta:
        model = Interview

    application = factory.SubFactory(ApplicationFactory)
    title = "First interview"
    time_zone = "Europe/Berlin"
    starts_at = factory.LazyFunction(
        lambda: timezone.now().replace(microsecond=0) + timedelta(days=3)
    )
    ends_at = factory.LazyAttribute(
        lambda row: row.starts_at + timedelta(hours=1) if row.starts_at else None
    )


class ProposedInterviewFactory(InterviewFactory):
    """The candidate is to choose; give it slots."""

    state = Interview.State.PROPOSED
    starts_at = None


class InterviewParticipantFactory(DjangoModelFactory[InterviewParticipant]):
    class Meta:
        model = InterviewParticipant

    interview = factory.SubFactory(InterviewFactory)
    membership = factory.SubFactory(
        MembershipFactory,
        company=factory.SelfAttribute("..interview.application.position.company"),
    )


class InterviewSlotFactory(DjangoModelFactory[InterviewSlot]):
    class Meta:
        model = InterviewSlot

    interview = factory.SubFactory(ProposedInterviewFactory)
    starts_at = factory.Sequence(
        lambda n: timezone.now().replace(microsecond=0) + timedelta(days=3, hours=n)
    )
