"""The folders of Messages: what is in each, and how much."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from mailsettings.models import OutgoingMail
from recruiting.models import Application, Message
from recruiting.models.applications import ApplicationQuerySet
from recruiting.models.counting import counted
from recruiting.models.messages import MessageQuerySet

TROUBLE = (OutgoingMail.State.FAILED, OutgoingMail.State.UNCONFIRMED, OutgoingMail.State.BOUNCED)
NAMES: dict[str, str | Promise] = {
    "unassigned": _("Unassigned"),
    "unreplied": _("Unreplied"),
    "mine": _("Mine"),
    "all": _("All"),
    "failed": _("Failed"),
    "machine": _("Machine mail"),
    "tests": _("Tests"),
}
THREADS = ("unreplied", "mine", "all")  # their rows are conversations, those of the others mails
SORTERS = ("unassigned", "machine", "tests")  # for those who sort messages
ICONS = {
    "unassigned": "inbox",
    "unreplied": "reply",
    "mine": "user",
    "all": "mail",
    "failed": "triangle-alert",
    "machine": "bot",
    "tests": "flask-conical",
}


SHOWN = (
    "at",
    "subject",
    "kind",
    "from_name",
    "from_address",
    "archived_at",
    "candidate__first_name",
    "candidate__last_name",
    "outgoing__state",
    "outgoing__attempts",
    "outgoing__look",
    "outgoing__mailbox__imap_host",
    "application__position__name",
)


@dataclass(frozen=True)
class Folder:
    key: str
    name: str | Promise
    url: str
    icon: str
    count: int | None


def listed(member: Membership, counts: dict[str, int]) -> list[Folder]:
    """The folders the member sees, with counts where something waits."""
    return [
        Folder(key, name, url(key), ICONS[key], counts.get(key))
        for key, name in NAMES.items()
        if member.can.sort_messages or key not in SORTERS
    ]


def url(folder: str) -> str:
    return reverse(
        "recruiting:unassigned" if folder == "unassigned" else f"recruiting:messages-{folder}"
    )


def after(rows: Iterable[Any], pk: int | None) -> int | None:
    """The key of the row that follows an open one, of the one before it at the end; none if it is alone."""
    keys = [row.pk for row in rows]
    if pk not in keys:
        return None
    place = keys.index(pk)
    return next(iter(keys[place + 1 : place + 2] or keys[:place][-1:]), None)


def onward(request: HttpRequest, member: Membership, folder: str) -> HttpResponse:
    """To the row that stood after the one that was dealt with (``onward``), if it is there still; else to the list."""
    wanted = request.POST.get("onward", "")
    if wanted.isdecimal() and everything(folder, member).filter(pk=wanted[:18]).exists():
        return redirect(f"{url(folder)}{wanted[:18]}/")
    return redirect(url(folder))


def counts(here: str, member: Membership, now: datetime) -> dict[str, Any]:
    """What counts the rows of each folder that is worked off (the shell counts Unassigned), and all rows ``here``."""
    mine = threads("unreplied", member, now)
    asked = {
        "here": counted(everything(here, member, now)),
        "unreplied": counted(mine),
        "mine": counted(mine.filter(assignee_id=member.pk)),
        "failed": counted(mails("failed", member)),
    }
    if member.can.sort_messages:
        unsorted = Message.objects.visible_to(member).unassigned()
        asked["tests"] = counted(unsorted.filter(kind="test"))
    return asked


def threads(folder: str, member: Membership, now: datetime | None = None) -> ApplicationQuerySet:
    """The conversations of a folder: what waited longest first, All by its newest mail."""
    seen = Application.objects.visible_to(member)
    if folder == "unreplied":
        awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now or timezone.now())
        return seen.filter(awake, waiting_since__isnull=False).order_by("waiting_since", "pk")
    if folder == "mine":
        mine = seen.filter(assignee_id=member.pk, last_message_at__isnull=False)
        return mine.order_by("-waiting_since", "-last_message_at", "-pk")
    # Each is asked for in turn until a page is full: sorting all that are visible would read them all.
    is_visible = Exists(seen.filter(pk=OuterRef("pk")))
    spoken = Application.objects.filter(is_visible, last_message_at__isnull=False)
    return spoken.order_by("-last_message_at", "-pk")


def everything(folder: str, member: Membership, now: datetime | None = None) -> Any:
    """All rows of a folder, or of the archive of Unassigned, to be counted."""
    if folder in ("unassigned", "archived"):
        seen = Message.objects.visible_to(member)
        return seen.archived() if folder == "archived" else seen.unassigned()
    if folder == "all":
        return Application.objects.visible_to(member).filter(last_message_at__isnull=False)
    return threads(folder, member, now) if folder in THREADS else mails(folder, member)


def with_rows(found: MessageQuerySet, *more: str) -> MessageQuerySet:
    """Mails with what their rows show, and no more of it but ``more``."""
    shown = found.select_related("candidate", "outgoing__mailbox", "application__position")
    return shown.only(*SHOWN, *more)


def mails(folder: str, member: Membership) -> MessageQuerySet:
    """The mails of a folder, newest first; Failed without those somebody decided to leave."""
    seen = Message.objects.visible_to(member).order_by("-at", "-pk")
    if folder == "failed":
        # by ids, so that the few are looked up: joined, every mail would be looked at
        troubled = OutgoingMail.objects.filter(state__in=TROUBLE)
        return seen.filter(outgoing__in=troubled.values("pk"), archived_at=None)
    received = seen.filter(direction=Message.Direction.IN)
    if folder == "tests":
        return received.filter(kind="test")
    return received.exclude(kind__in=["person", "test"])
