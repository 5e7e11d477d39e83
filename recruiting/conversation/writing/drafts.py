"""Drafts: saved as they are typed, put back when a message is stopped, gone when it was sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies import files
from companies.models import Membership
from mailsettings.mime.compose import Attachment
from recruiting.conversation.writing import signatures
from recruiting.models import Application, Message, MessageAttachment, MessageTemplate
from recruiting.models.drafts import ANSWERING_FOR, DraftFile, MessageDraft

CHOSEN = ("template", "with_template_files", "again", "quote", "sent_from")
# What most servers take is 25 MB; base64 makes 1.37 of every byte.
MAX_ATTACHMENTS = 18 * 1024 * 1024
FIELDS = {"to": 1000, "cc": 1000, "bcc": 1000, "subject": 300, "text": 100_000}
TOO_LARGE = _("Attach at most 18 MB; most servers refuse more.")


class TooLarge(Exception):
    """The files of a message are more than servers take; the text says so."""


def keep(
    application: Application,
    typed: Mapping[str, str],
    *,
    by: Membership,
    again: Sequence[str] = (),
) -> bool:
    """Keep what the member has typed, complete or not; nothing to keep removes the draft. Idempotent.

    A file that was uploaded for it is something to keep. Its template is kept too, and the codes of
    earlier files that go along ``again``. Return whether there is a draft now. What is too long for a
    field is cut, never refused.
    """
    values: dict[str, Any] = {
        name: str(typed.get(name, "")).replace("\0", "")[:longest]
        for name, longest in FIELDS.items()
    }
    if not values["text"].strip() and not uploaded(application, by=by).exists():
        discard(application, by=by)
        return False
    asked = str(typed.get("template", ""))
    known = MessageTemplate.objects.filter(company=by.company_id)
    values["template"] = known.filter(pk=asked[:18]).first() if asked.isdecimal() else None
    values["with_template_files"] = bool(typed.get("with_template_files"))
    values["quote"] = bool(typed.get("quote"))
    values["sent_from"] = str(typed.get("sent_from", ""))[:10]
    values["again"] = " ".join(
        sent_before(application).filter(code__in=again).values_list("code", flat=True)
    )
    MessageDraft.objects.update_or_create(
        application=application,
        author=by.user,
        defaults={**values, "updated_at": timezone.now()},
    )
    return True


def uploaded(application: Application, *, by: Membership) -> "QuerySet[DraftFile]":
    """The files of what the member is writing here."""
    return DraftFile.objects.filter(draft__application=application, draft__author=by.user_id)


def attach(
    application: Application, attachments: Sequence[Attachment], *, by: Membership
) -> list[DraftFile]:
    """Keep uploads with what the member is writing, which becomes a draft by it; the same file once.

    ``TooLarge`` before anything is kept when a mail with all of its files would not be taken.
    """
    sizes = uploaded(application, by=by).aggregate(all=Sum("file__size"))["all"] or 0
    if sizes + sum(len(each.content) for each in attachments) > MAX_ATTACHMENTS:
        raise TooLarge(TOO_LARGE)
    kept = files.store_many(by.company, [each.content for each in attachments])
    draft, _new = MessageDraft.objects.get_or_create(application=application, author=by.user)
    return [
        DraftFile.objects.get_or_create(
            draft=draft,
            file=stored,
            name=each.name,
            defaults={"content_type": each.content_type},
        )[0]
        for each, stored in zip(attachments, kept, strict=True)
    ]


def drop(application: Application, code: str, *, by: Membership) -> None:
    """Take a file out of what the member is writing; idempotent."""
    if code:
        uploaded(application, by=by).filter(code=code).delete()


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
    draft, is_new = MessageDraft.objects.get_or_create(
        application=message.application,
        author=by.user,
        defaults={
            "to": ", ".join(message.to_addresses)[:1000],
            "cc": ", ".join(message.cc_addresses)[:1000],
            "bcc": ", ".join(message.bcc_addresses)[:1000],
            "subject": message.subject[:300],
            "quote": bool(message.quoted_text),
            "text": signatures.without(message.text, message.application, by),
        },
    )
    if is_new:
        DraftFile.objects.bulk_create(
            DraftFile(draft=draft, file=one.file, name=one.name, content_type=one.content_type)
            for one in message.attachments.filter(is_inline=False).select_related("file")
        )
