"""Drafts: saved as they are typed, put back when a message is stopped, gone when it was sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.utils import timezone

from companies.models import Membership
from recruiting.conversation import signatures
from recruiting.models import Application, Message, MessageAttachment, MessageTemplate
from recruiting.models.drafts import ANSWERING_FOR, MessageDraft

CHOSEN = ("template", "with_template_files", "again")
FIELDS = {"to": 1000, "cc": 1000, "bcc": 1000, "subject": 300, "text": 100_000}


def keep(
    application: Application,
    typed: Mapping[str, str],
    *,
    by: Membership,
    again: Sequence[str] = (),
) -> bool:
    """Keep what the member has typed, complete or not; nothing typed removes the draft. Idempotent.

    Its template is kept too, and the codes of earlier files that go along ``again``. Return whether there
    is a draft now. What is too long for a field is cut, never refused.
    """
    values: dict[str, Any] = {
        name: str(typed.get(name, "")).replace("\0", "")[:longest]
        for name, longest in FIELDS.items()
    }
    if not values["text"].strip():
        discard(application, by=by)
        return False
    asked = str(typed.get("template", ""))
    known = MessageTemplate.objects.filter(company=by.company_id)
    values["template"] = known.filter(pk=asked[:18]).first() if asked.isdecimal() else None
    values["with_template_files"] = bool(typed.get("with_template_files"))
    values["again"] = " ".join(
        sent_before(application).filter(code__in=again).values_list("code", flat=True)
    )
    MessageDraft.objects.update_or_create(
        application=application,
        author=by.user,
        defaults={**values, "updated_at": timezone.now()},
    )
    return True


def sent_before(application: Application) -> "QuerySet[MessageAttachment]":
    """Files that went, or were to go, to the candidate of this conversation."""
    return MessageAttachment.objects.filter(
        message__application=application,
        message__direction=Message.Direction.OUT,
        is_inline=False,
    )


def annotations(member: Membership) -> dict[str, Any]:
    """What a query of applications says of drafts: ``my_draft``, the member's own as it was typed, and
    ``answering``, the name of a colleague who is writing right now."""
    written = MessageDraft.objects.filter(application=OuterRef("pk"))
    fresh = written.filter(updated_at__gt=timezone.now() - ANSWERING_FOR)
    name = Coalesce(
        NullIf("author__name", Value("")), "author__email", output_field=models.CharField()
    )
    return {
        "my_draft": Subquery(
            written.filter(author=member.user_id).values(
                typed=JSONObject(**{field: field for field in (*FIELDS, *CHOSEN)})
            )
        ),
        "answering": Subquery(
            fresh.exclude(author=member.user_id).order_by("-updated_at").values(who=name)[:1]
        ),
    }


def exists(application: Application, *, by: Membership) -> bool:
    """Whether the member is writing something already."""
    return MessageDraft.objects.filter(application=application, author=by.user).exists()


def discard(application: Application, *, by: Membership) -> None:
    MessageDraft.objects.filter(application=application, author=by.user).delete()


def put_back(message: Message, *, by: Membership) -> None:
    """Make a draft of a message that was stopped before it left, with its files.

    A draft that is there already stays.
    """
    if message.application is None:
        return
    files = message.attachments.filter(is_inline=False).values_list("code", flat=True)
    MessageDraft.objects.get_or_create(
        application=message.application,
        author=by.user,
        defaults={
            "to": ", ".join(message.to_addresses)[:1000],
            "cc": ", ".join(message.cc_addresses)[:1000],
            "bcc": ", ".join(message.bcc_addresses)[:1000],
            "subject": message.subject[:300],
            "again": " ".join(files),
            "text": signatures.without(message.text, message.application.position, by),
        },
    )
