"""A row in every table of a company, for tests that look whether one shows where it must not."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.utils import timezone

from companies import audit, credentials, files
from companies.models import (
    Company,
    Membership,
    StoredFile,
    SupportAccess,
)
from mailsettings.models import (
    IncomingMail,
    MailFolder,
    OAuthGrant,
    OutgoingRecipient,
    ProbeRun,
    Proof,
    SenderDomain,
    SentCopy,
    WebhookEndpoint,
)
from recruiting.models import (
    Application,
    AttributeValue,
    CalendarFeed,
    CandidateImport,
    CandidateMerge,
    DueNotice,
    Mailing,
    MailingRecipient,
    MailRule,
    MessageAttachment,
    MessageDraft,
    Notification,
    NotificationChoice,
    Onboarding,
    PossibleDuplicate,
    RefusedApplication,
    RefusedDocument,
    Review,
    SavedView,
    Scorecard,
    SearchEntry,
    StageNotice,
    TeamNotifications,
    TeamSignature,
    UploadedDocument,
)
from tests import factories


def plant(company: Company) -> None:
    """Give a company at least one row in every table."""
    subcompany = factories.SubcompanyFactory(company=company)
    member = factories.MembershipFactory(company=company, subcompany=subcompany, role="admin")
    operator = factories.OperatorFactory()
    SupportAccess.objects.create(company=company, operator=operator, reason="x", until=old())
    audit.record(company, "x", company, by=member, name="x")
    credential, _token = credentials.issue(company, name="site", by=member)
    credentials.note_request(credential, "x", 200)
    factories.EmailSettingsFactory(company=company)
    mailbox = factories.MailboxFactory(company=company)
    ProbeRun.objects.create(company=company, mailbox=mailbox, kind="smtp")
    Proof.objects.create(company=company, mailbox=mailbox, kind="smtp", proven_at=old())
    OAuthGrant.objects.create(mailbox=mailbox, provider="google")
    domain = SenderDomain.objects.create(company=company, name="planted.example")
    domain.proofs.create(sender="planted@planted.example")
    hook = WebhookEndpoint.objects.create(company=company, url="https://planted.example/")
    hook.deliveries.create(event="message.received")
    folder = MailFolder.objects.create(mailbox=mailbox, server="x")
    factories.IncomingMailFactory(folder=folder)
    incoming = factories.IncomingMailFactory()
    pipeline = factories.PipelineFactory(company=company)
    position = factories.PositionFactory(company=company, subcompany=subcompany, pipeline=pipeline)
    factories.TeamMemberFactory(position=position, membership=member)
    person = factories.CandidateFactory(company=company)
    application = factories.ApplicationFactory(position=position, candidate=person)
    other = factories.CandidateFactory(company=company)
    PossibleDuplicate.objects.create(first=person, second=other, reason="name")
    CandidateMerge.objects.create(kept=person, other=other, undone_at=old())
    option = factories.AttributeOptionFactory(attribute__company=company)
    AttributeValue.objects.create(
        application=application, attribute=option.attribute, option=option
    )
    document = factories.DocumentFactory(application=application)
    refused = RefusedApplication.objects.create(company=company, reason="x")
    RefusedDocument.objects.create(refused=refused, file=document.file, name="x")
    UploadedDocument.objects.create(company=company, file=document.file, name="x")
    message = factories.MessageFactory(
        application=application, delivery__company=company, delivery__incoming=incoming
    )
    MessageAttachment.objects.create(message=message, file=document.file, name="x")
    outgoing = factories.OutgoingMailFactory(company=company)
    OutgoingRecipient.objects.create(mail=outgoing, address="x@mail.example")
    SentCopy.objects.create(mail=outgoing)
    factories.NoteFactory(application=application)
    plant_hiring(application, document.file, member)
    plant_letters(application, member)
    plant_interviews(application, member)
    plant_lists(company)


def plant_interviews(application: Application, member: Membership) -> None:
    kind = factories.InterviewTypeFactory(company=member.company)
    interview = factories.InterviewFactory(application=application, type=kind)
    factories.InterviewParticipantFactory(interview=interview, membership=member)
    factories.InterviewSlotFactory(interview=interview)
    CalendarFeed.objects.create(membership=member)
    Onboarding.objects.create(company=member.company)


def plant_lists(company: Company) -> None:
    """What a company chooses from."""
    for listed in [
        factories.RejectionReasonFactory,
        factories.SourceFactory,
        factories.TagFactory,
        factories.MessageTemplateFactory,
    ]:
        listed(company=company)


def plant_hiring(application: Application, file: StoredFile, member: Membership) -> None:
    """What the hiring desk keeps beside an application."""
    company, position = member.company, application.position
    Review.objects.create(application=application, membership=member, stars=3)
    Scorecard.objects.create(company=company, name="x").criteria.create(name="x")
    application.evaluation_requests.create(membership=member, due_on=old().date())
    SavedView.objects.create(company=company, position=position, owner=member, name="x")
    brought = CandidateImport.objects.create(
        company=company, position=position, file=file, name="x"
    )
    brought.rows.create(number=1, application=application)
    SearchEntry.objects.create(company=company, kind="person", name="x")


def plant_letters(application: Application, member: Membership) -> None:
    """What is being written about an application, by people and by itself."""
    company = member.company
    mailing = Mailing.objects.create(company=company, author=member, subject="x", text="x")
    MailingRecipient.objects.create(mailing=mailing, application=application)
    notice = StageNotice.objects.create(stage=application.stage)
    DueNotice.objects.create(application=application, notice=notice)
    template = factories.MessageTemplateFactory(company=company)
    template.files.create(file=factories.DocumentFactory(application=application).file, name="x")
    MailRule.objects.create(company=company, pattern="x@planted.example", treat="spam")
    Notification.objects.create(company=company, kind="mention", member=member)
    NotificationChoice.objects.create(member=member, kind="mention")
    TeamNotifications.objects.create(company=company, address="team@planted.example")
    TeamSignature.objects.create(company=company, text="Planted GmbH")
    draft = MessageDraft.objects.create(application=application, author=member.user)
    draft.files.create(file=files.store(company, b"kept"), name="Kept.txt")


def old() -> Any:
    return timezone.now() - timedelta(days=1)


def inside(model: Any, company: Company) -> dict[str, Any]:
    if model is IncomingMail:
        return {"deliveries__company": company}
    path = getattr(admin.site.get_model_admin(model), "company_path", "company")
    return {path: company.pk if path == "pk" else company}
