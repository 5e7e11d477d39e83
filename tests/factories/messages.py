"""Conversations and templates."""

import factory
from factory.django import DjangoModelFactory

from recruiting.models import (
    Message,
    MessageTemplate,
)
from tests.factories.mail import DeliveryFactory, OutgoingMailFactory
from tests.factories.people import ApplicationFactory
from tests.factories.tenants import CompanyFactory


class UnassignedMessageFactory(DjangoModelFactory[Message]):
    """A received mail nobody could file."""

    class Meta:
        model = Message

    company = factory.SubFactory(CompanyFactory)
    direction = Message.Direction.IN
    delivery = factory.SubFactory(
        DeliveryFactory, company=factory.SelfAttribute("..company"), state="unmatched"
    )
    message_id = factory.SelfAttribute("delivery.message_id")
    from_name = "Mia Muster"
    from_address = "mia@mail.example"
    subject = "A question"
    text = "May I send my certificates later?"


class MessageFactory(UnassignedMessageFactory):
    """A received mail in the conversation of an application."""

    application = factory.SubFactory(ApplicationFactory)
    candidate = factory.SelfAttribute("application.candidate")
    company = factory.SelfAttribute("candidate.company")
    delivery = factory.SubFactory(
        DeliveryFactory, company=factory.SelfAttribute("..company"), state="filed"
    )
    matched_by = "references"


class SentMessageFactory(MessageFactory):
    """A mail to the candidate, queued."""

    direction = Message.Direction.OUT
    delivery = None
    outgoing = factory.SubFactory(OutgoingMailFactory, company=factory.SelfAttribute("..company"))
    message_id = factory.SelfAttribute("outgoing.message_id")
    from_name = "Company"
    from_address = "jobs@example.test"
    subject = "Your application"
    text = "Thank you for your application."
    matched_by = ""


class MessageTemplateFactory(DjangoModelFactory[MessageTemplate]):
    class Meta:
        model = MessageTemplate

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Template {n}")
    language = "en"
    subject = "Your application for {{ position }}"
    body = "Dear {{ first_name }},\n\nthank you for your application."
