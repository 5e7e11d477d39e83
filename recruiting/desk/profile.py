"""What the page of an application shows: the person, the conversation, the way through the stages."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from companies.access import Can
from companies.models import Membership
from mailsettings.models import OutgoingMail
from mailsettings.outbound import senders
from recruiting.conversation import composing
from recruiting.forms.applications import DELAYS, NoteForm
from recruiting.forms.messages import ComposeForm
from recruiting.models import (
    Application,
    Message,
    MessageAttachment,
    MessageTemplate,
    Note,
    RejectionReason,
    Submission,
)

UNFOLDED = 3  # so many of the newest mails stand open
TROUBLE = frozenset(
    {OutgoingMail.State.FAILED, OutgoingMail.State.UNCONFIRMED, OutgoingMail.State.BOUNCED}
)
SENT_IN = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "location": _("Location"),
    "gender": _("Gender"),
    "birthday": _("Birthday"),
    "available_from": _("Available from"),
    "salary_expectations": _("Salary expectations"),
    "external_posting_id": _("Posting id"),
    "source": _("Source"),
    "tags": _("Tags"),
    "documents": _("Documents"),
}


def visible(member: Membership, pk: int) -> Application:
    """Return the application with its person and position, or 404 for a stranger."""
    return get_object_or_404(
        Application.objects.visible_to(member)
        .select_related(
            "candidate",
            "position__company__email_settings",
            "position__subcompany",
            "position__pipeline",
            "stage",
            "source",
            "submission",
            "rejection_reason",
        )
        .prefetch_related("candidate__addresses"),
        pk=pk,
    )


def page(
    application: Application, member: Membership, *, compose: ComposeForm | None = None
) -> dict[str, Any]:
    """Everything the profile shows, in a fixed number of queries."""
    position, candidate = application.position, application.candidate
    sender = senders.resolve(position.company, position.subcompany)
    others = (
        Application.objects.visible_to(member)
        .filter(candidate=candidate)
        .exclude(pk=application.pk)
        .select_related("position", "stage")
    )
    return conversation(application, member, compose=compose) | {
        "position": position,
        "sender": sender,
        "sender_name": senders.from_name(sender, member.user),
        "own_sender": senders.personal(member),
        "addresses": candidate.addresses.all(),
        "documents": application.documents.select_related("file"),
        "history": application.stage_changes.select_related("from_stage", "to_stage", "by"),
        "attributes": application.attribute_values.select_related("attribute", "option"),
        "tags": application.tags.all(),
        "others": others,
        "stages": list(position.pipeline.stages.all()),
        "rejection_templates": MessageTemplate.objects.filter(
            company=position.company_id, category=MessageTemplate.Category.REJECTION
        ),
        "delays": DELAYS,
        "reasons": RejectionReason.objects.filter(company=position.company_id),
        "sent_in": sent_in(getattr(application, "submission", None)),
        "note_form": NoteForm(),
    }


def conversation(
    application: Application, member: Membership, *, compose: ComposeForm | None = None
) -> dict[str, Any]:
    """The mails and notes, oldest first, and the form to go on with."""
    messages = list(mails(application)) if Can.VIEW_MESSAGES in member.can else []
    notes = list(application.notes.select_related("author"))
    to = composing.recipient(application, messages)
    initial = {"to": to, "subject": composing.next_subject(application, messages)}
    return {
        "application": application,
        "candidate": application.candidate,
        "entries": entries(messages, notes),
        "version": version(messages, notes),
        "recipient": to,
        "compose": compose or ComposeForm(initial=initial),
    }


def mails(application: Application) -> Iterable[Message]:
    """The messages with what their entries show; the HTML of a mail is for its own frame."""
    attachments = MessageAttachment.objects.select_related("file")
    return (
        application.messages.annotate(has_html=~Q(html=""))
        .defer("html")
        .select_related("author", "outgoing__mailbox")
        .prefetch_related(Prefetch("attachments", queryset=attachments), "outgoing__recipients")
        .order_by("at", "pk")
    )


def entries(messages: list[Message], notes: list[Note]) -> list[dict[str, Any]]:
    """Mails and notes by time; older mails that need nobody's eye are ``folded``."""
    newest = {message.pk for message in messages[-UNFOLDED:]}
    rows: list[tuple[datetime, dict[str, Any]]] = [
        (message.at, {"message": message, "folded": message.pk not in newest and _is_calm(message)})
        for message in messages
    ]
    rows += [(note.created_at, {"note": note}) for note in notes]
    return [row for _at, row in sorted(rows, key=lambda each: each[0])]


def _is_calm(message: Message) -> bool:
    if message.outgoing is not None:
        return message.outgoing.state not in TROUBLE
    if message.direction == Message.Direction.OUT:  # a copy of what was written elsewhere
        return True
    return not message.needs_confirmation and message.read_at is not None


def version(messages: list[Message], notes: list[Note]) -> str:
    """A word that changes when anything of the conversation does, for a page that asks for news."""
    parts = [
        (
            message.pk,
            message.needs_confirmation,
            message.outgoing and (message.outgoing.state, message.outgoing.attempts),
        )
        for message in messages
    ]
    seen = repr((parts, [note.pk for note in notes]))
    return hashlib.sha256(seen.encode()).hexdigest()[:12]


def sent_in(submission: Submission | None) -> list[tuple[str, str]]:
    """What was sent in as pairs of a name and a value, in the order of the form; unknown names last."""
    if submission is None:
        return []
    data = dict(submission.data)
    own = data.pop("attributes", {}) | data.pop("extra", {})
    known = [(str(label), data.pop(name)) for name, label in SENT_IN.items() if name in data]
    rows = [*known, *own.items(), *data.items()]
    return [
        (name, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in rows
    ]
