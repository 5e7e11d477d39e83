"""Tables of the applicant tracking system, one module per subject."""

from recruiting.models.applications import Application, RefusedApplication, StageChange, Submission
from recruiting.models.attributes import Attribute, AttributeOption, AttributeValue, Tag
from recruiting.models.candidates import (
    Candidate,
    CandidateAddress,
    CandidateMerge,
    PossibleDuplicate,
)
from recruiting.models.documents import Document, RefusedDocument, UploadedDocument
from recruiting.models.drafts import DraftFile, MessageDraft
from recruiting.models.imports import CandidateImport, ImportedRow
from recruiting.models.interviews import (
    CalendarFeed,
    Interview,
    InterviewParticipant,
    InterviewSlot,
    InterviewType,
)
from recruiting.models.mailings import Mailing, MailingRecipient
from recruiting.models.messages import (
    Message,
    MessageAttachment,
    MessageTemplate,
    Note,
    TemplateFile,
)
from recruiting.models.notices import DueNotice, StageNotice
from recruiting.models.notifications import Notification, NotificationChoice, TeamNotifications
from recruiting.models.onboarding import Onboarding
from recruiting.models.pipelines import Pipeline, RejectionReason, Stage
from recruiting.models.positions import Position, PositionSection, PositionText, TeamMember
from recruiting.models.reports import ReportMark
from recruiting.models.reviews import Recommendation, Review
from recruiting.models.rules import MailRule
from recruiting.models.scorecards import Criterion, EvaluationRequest, Scorecard
from recruiting.models.search import SearchEntry
from recruiting.models.signatures import TeamSignature
from recruiting.models.sources import Source
from recruiting.models.views import SavedView

__all__ = [
    "Application",
    "Attribute",
    "AttributeOption",
    "AttributeValue",
    "CalendarFeed",
    "Candidate",
    "CandidateAddress",
    "CandidateImport",
    "CandidateMerge",
    "Criterion",
    "Document",
    "DraftFile",
    "DueNotice",
    "EvaluationRequest",
    "ImportedRow",
    "Interview",
    "InterviewParticipant",
    "InterviewSlot",
    "InterviewType",
    "MailRule",
    "Mailing",
    "MailingRecipient",
    "Message",
    "MessageAttachment",
    "MessageDraft",
    "MessageTemplate",
    "Note",
    "Notification",
    "NotificationChoice",
    "Onboarding",
    "Pipeline",
    "Position",
    "PositionSection",
    "PositionText",
    "PossibleDuplicate",
    "Recommendation",
    "RefusedApplication",
    "RefusedDocument",
    "RejectionReason",
    "ReportMark",
    "Review",
    "SavedView",
    "Scorecard",
    "SearchEntry",
    "Source",
    "Stage",
    "StageChange",
    "StageNotice",
    "Submission",
    "Tag",
    "TeamMember",
    "TeamNotifications",
    "TeamSignature",
    "TemplateFile",
    "UploadedDocument",
]
