"""Rows for tests. Each is complete and believable; a test names only what it is about."""

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from companies import files
from companies.models import ApiCredential, Company, Membership, Role, Subcompany, User
from mailsettings.models import Delivery, EmailSettings, IncomingMail, Mailbox, OutgoingMail
from recruiting.choices import StageKind
from recruiting.hiring import defaults, pipeline
from recruiting.models import (
    Application,
    Attribute,
    AttributeOption,
    Candidate,
    CandidateAddress,
    Document,
    Message,
    MessageTemplate,
    Note,
    Pipeline,
    Position,
    PositionSection,
    PositionText,
    RejectionReason,
    Source,
    Submission,
    Tag,
    TeamMember,
)
from recruiting.models.applications import Door
from recruiting.models.positions import FIRST_PUBLIC_NUMBER
from recruiting.people import addresses

PASSWORD = "correct horse battery"

# ---- tenants and people


class CompanyFactory(DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Company {n} GmbH")
    account = factory.Sequence(lambda n: f"company-{n}")


class SubcompanyFactory(DjangoModelFactory[Subcompany]):
    class Meta:
        model = Subcompany

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Subcompany {n} GmbH")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.test")
    name = factory.Sequence(lambda n: f"User {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return User.objects.create_user(fields.pop("email"), PASSWORD, **fields)


class OperatorFactory(UserFactory):
    is_staff = True
    is_superuser = True


class MembershipFactory(DjangoModelFactory[Membership]):
    """A recruiter unless the test says otherwise; the user's password is ``PASSWORD``."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    company = factory.SubFactory(CompanyFactory)
    role = Role.RECRUITER


class ApiCredentialFactory(DjangoModelFactory[ApiCredential]):
    """A credential nobody knows the token of; use ``companies.credentials.issue`` to get one."""

    class Meta:
        model = ApiCredential

    company = factory.SubFactory(CompanyFactory)
    name = "Career site"
    token_digest = factory.Sequence(lambda n: f"{n:064x}")
    token_hint = "beef"


# ---- mail


class EmailSettingsFactory(DjangoModelFactory[EmailSettings]):
    class Meta:
        model = EmailSettings

    company = factory.SubFactory(CompanyFactory)
    use_custom_address = True


class MailboxFactory(DjangoModelFactory[Mailbox]):
    """The main company's mailbox, ready to send through a server on this machine."""

    class Meta:
        model = Mailbox

    company = factory.SubFactory(CompanyFactory)
    address = factory.Sequence(lambda n: f"jobs{n}@example.test")
    use_for_sending = True
    smtp_host = "127.0.0.1"
    smtp_port = 8025
    smtp_encryption = "none"
    smtp_account = factory.SelfAttribute("address")
    smtp_password = "sandbox"


def raw_mail(*, sender: str = "mia@mail.example", subject: str = "Hello", **headers: str) -> bytes:
    """A small plain mail; further headers by keyword (``In_Reply_To="<…>"``)."""
    lines = [
        f"From: {sender}",
        f"Subject: {subject}",
        "Date: Mon, 02 Nov 2026 10:00:00 +0100",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Good morning,\r\nI look forward to hearing from you.",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


class OutgoingMailFactory(DjangoModelFactory[OutgoingMail]):
    class Meta:
        model = OutgoingMail

    company = factory.SubFactory(CompanyFactory)
    raw = factory.LazyAttribute(lambda mail: files.store(mail.company, raw_mail()))
    message_id = factory.Sequence(lambda n: f"<out-{n}@example.test>")
    envelope_sender = "jobs@example.test"
    subject = "Your application"


class IncomingMailFactory(DjangoModelFactory[IncomingMail]):
    class Meta:
        model = IncomingMail

    door = IncomingMail.Door.SMTP
    raw = factory.LazyFunction(lambda: files.store(None, raw_mail()))
    digest = factory.SelfAttribute("raw.digest")
    size = factory.SelfAttribute("raw.size")


class DeliveryFactory(DjangoModelFactory[Delivery]):
    """A received mail, not filed yet. ``content`` is what stands in its raw file."""

    class Meta:
        model = Delivery

    class Params:
        content = factory.LazyFunction(raw_mail)

    company = factory.SubFactory(CompanyFactory)
    raw = factory.LazyAttribute(lambda delivery: files.store(delivery.company, delivery.content))
    dedupe_key = factory.Sequence(lambda n: f"{n:064x}")
    message_id = factory.Sequence(lambda n: f"<in-{n}@mail.example>")
    address = factory.SelfAttribute("company.recruiting_address")
    kind = "person"


# ---- positions


class PipelineFactory(DjangoModelFactory[Pipeline]):
    """A pipeline with all its stages (``recruiting.hiring.defaults.make_pipeline``)."""

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


# ---- candidates and their applications


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
        pipeline.record_arrival(self, by=None)


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


# ---- messages


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
