"""What the page of an application shows: the person, the conversation, the way through the stages."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from companies.access import Can
from companies.models import Membership
from mailsettings.models import OutgoingMail, OutgoingRecipient
from mailsettings.outbound import senders
from recruiting.conversation.writing import composing, drafts, signatures
from recruiting.desk.people import listed
from recruiting.forms.applications import DELAYS, NoteForm
from recruiting.forms.messages import ComposeForm
from recruiting.models import (
    Application,
    Message,
    MessageAttachment,
    Note,
    Position,
    Submission,
    TemplateFile,
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


# What the page of a person shows of an application beside what all of them need.
ALSO = (
    "position__pipeline",
    "position__scorecard",
    "source",
    "submission",
    "rejection_reason",
)


def visible(member: Membership, pk: int, *, also: Sequence[str] = ALSO) -> Application:
    """Return the application with its person and position, or 404 for a stranger."""
    return get_object_or_404(
        Application.objects.visible_to(member)
        .select_related(
            "candidate",
            "position__company__email_settings",
            "position__subcompany",
            "stage",
            "assignee__user",
            *also,
        )
        .annotate(
            **drafts.annotations(member),
            **signatures.annotation(member.company_id),
        ),
        pk=pk,
    )


def page(
    application: Application, member: Membership, *, compose: ComposeForm | None = None
) -> dict[str, Any]:
    """Everything the profile shows, in a fixed number of queries."""
    position = application.position
    lists = listed.of(application, member)
    return (
        lists
        | conversation(application, member, compose=compose, lists=lists)
        | sender_of(position, member)
        | {
            "position": position,
            "delays": DELAYS,
            "sent_in": sent_in(getattr(application, "submission", None)),
        }
    )


def sender_of(position: Position, member: Membership) -> dict[str, Any]:
    """Who a mail about the position comes from, for the composer to show."""
    sender, mine = senders.both(position.company, position.subcompany, member)
    return {
        "sender": sender,
        "sender_name": senders.from_name(sender, member.user),
        "own_sender": mine,
    }


def conversation(
    application: Application,
    member: Membership,
    *,
    compose: ComposeForm | None = None,
    lists: listed.Lists,
) -> dict[str, Any]:
    """The mails and notes, oldest first, and the form to go on with."""
    messages = list(mails(application)) if Can.VIEW_MESSAGES in member.can else []
    notes = lists["notes"]
    to = composing.recipient(application, messages, lists["addresses"])
    initial: dict[str, Any] = {"to": to, "subject": composing.next_subject(application, messages)}
    mine: dict[str, Any] | None = application.my_draft  # type: ignore[attr-defined]  # annotated
    if mine:
        # SQLite's JSON knows 0 and 1, which a checkbox would both take for ticked
        ticks = {name: bool(mine[name]) for name in ("with_template_files", "quote")}
        initial = mine | ticks | {"again": mine["again"].split()}
    files = None if compose else [row["name"] for row in lists["template_files"]]
    compose = compose or ComposeForm(initial=initial, application=application, by=member)
    answering: str = application.answering or ""  # type: ignore[attr-defined]  # annotated
    return {
        "application": application,
        "candidate": application.candidate,
        "entries": entries(messages, notes),
        "version": version(messages, notes, answering),
        "recipient": to,
        "draft": mine,
        "attached": lists["attached"],
        "answering": answering,
        "note_form": NoteForm(auto_id="note_%s"),
        "compose": compose,
        "template_files": template_files(compose, application) if files is None else files,
        "sent_before": sent_before(messages),
        "signature": signatures.both(application, member),
    }


def template_files(compose: ComposeForm, application: Application) -> list[str]:
    """Names of the files that go along with the template that was begun with; a query if there is one."""
    chosen = str(compose["template"].value() or "")
    if not chosen.isdecimal():
        return []
    kept = TemplateFile.objects.filter(
        template=int(chosen[:18]), template__company=application.candidate.company_id
    )
    return list(kept.values_list("name", flat=True))


def sent_before(messages: Iterable[Message]) -> list[MessageAttachment]:
    """The files that went to the candidate, the newest first, each once."""
    sent = [
        each
        for each in messages
        if each.direction == Message.Direction.OUT
        and not (each.outgoing and each.outgoing.state == OutgoingMail.State.CANCELLED)
    ]
    files = {
        (attachment.file_id, attachment.name): attachment
        for message in sent
        for attachment in message.attachments.all()
        if not attachment.is_inline
    }
    return list(reversed(files.values()))


def mails(application: Application) -> Iterable[Message]:
    """The messages with what their entries show; the HTML of a mail is for its own frame."""
    attachments = MessageAttachment.objects.select_related("file")
    refused = OutgoingRecipient.objects.filter(
        mail=OuterRef("outgoing"),
        state__in=[OutgoingRecipient.State.REFUSED, OutgoingRecipient.State.BOUNCED],
    )
    return list(
        application.messages.without_html()
        .annotate(was_refused=Exists(refused))
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


def version(messages: list[Message], notes: list[Note], answering: str = "") -> str:
    """A word that changes when anything of the conversation does, for a page that asks for news."""
    parts = [
        (
            message.pk,
            message.needs_confirmation,
            message.outgoing and (message.outgoing.state, message.outgoing.attempts),
        )
        for message in messages
    ]
    seen = repr((parts, [note.pk for note in notes], answering))
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
