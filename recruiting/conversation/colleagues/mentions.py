"""Mentioning colleagues in notes: ``@Ben Berger`` tells Ben, however the note was written."""

import re

from django.db import transaction

from companies.models import Membership
from recruiting.conversation.colleagues import notify
from recruiting.models import Application, Note
from recruiting.models.notifications import NewsKind


def colleagues(application: Application) -> list[Membership]:
    """Who may be mentioned: everybody of the company who sees the application, by name."""
    members = Membership.objects.active().filter(company=application.position.company_id)
    listed = members.select_related("user").order_by("user__name", "user__email")
    position = application.position
    team = set(position.team.values_list("membership", flat=True))
    return [
        one
        for one in listed
        if one.subcompany_id in (None, position.subcompany_id)
        and (one.role != "hiring_manager" or one.pk in team)
    ]


def found(text: str, people: list[Membership]) -> list[Membership]:
    """Whom a text mentions, by name or address; the longest name that fits is meant."""
    rest, named = text, []
    for one in sorted(people, key=lambda each: len(str(each.user)), reverse=True):
        for name in {str(one.user), one.user.email}:
            pattern = re.compile(rf"(?<!\w)@{re.escape(name)}(?!\w)", re.IGNORECASE)
            rest, count = pattern.subn(" ", rest)
            if count and one not in named:
                named.append(one)
    return named


def add_note(application: Application, text: str, *, by: Membership) -> Note:
    """Keep a note and tell the colleagues it mentions."""
    named = found(text, colleagues(application)) if "@" in text else []
    with transaction.atomic():
        note = Note.objects.create(
            application=application,
            author=by.user,
            text=text,
            mentions=[str(one.user) for one in named],
        )
        for one in named:
            notify.tell(one, NewsKind.MENTION, application, by=by)
    return note
