"""Drafts: saved as they are typed, put back when a message is stopped, gone when it was sent."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.utils import timezone

from companies.models import Membership
from recruiting.models import Application, Message
from recruiting.models.drafts import ANSWERING_FOR, MessageDraft

FIELDS = {"to": 1000, "cc": 1000, "bcc": 1000, "subject": 300, "text": 100_000}


def keep(application: Application, typed: Mapping[str, str], *, by: Membership) -> bool:
    """Keep what the member has typed, complete or not; nothing typed removes the draft. Idempotent.

    Return whether there is a draft now. What is too long for a field is cut, never refused.
    """
    values = {
        name: str(typed.get(name, "")).replace("\0", "")[:longest]
        for name, longest in FIELDS.items()
    }
    if not values["text"].strip():
        discard(application, by=by)
        return False
    MessageDraft.objects.update_or_create(
        application=application,
        author=by.user,
        defaults={**values, "updated_at": timezone.now()},
    )
    return True


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
                typed=JSONObject(**{field: field for field in FIELDS})
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
    """Make a draft of a message that was stopped before it left; a draft that is there already stays."""
    if message.application is None:
        return
    MessageDraft.objects.get_or_create(
        application=message.application,
        author=by.user,
        defaults={
            "to": ", ".join(message.to_addresses)[:1000],
            "cc": ", ".join(message.cc_addresses)[:1000],
            "bcc": ", ".join(message.bcc_addresses)[:1000],
            "subject": message.subject[:300],
            "text": message.text.removesuffix(f"\n\n-- \n{by.signature}"),
        },
    )
