"""What waits for a member: the kinds of rows on the first page, and how each is found."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from companies.models import Membership
from recruiting.choices import CLOSED_STAGES, StageKind
from recruiting.conversation.receiving import proposing, suggesting
from recruiting.desk.hiring import filters, refused
from recruiting.desk.messages import folders, inbox
from recruiting.models import (
    Application,
    EvaluationRequest,
    Interview,
    Message,
    Position,
    RefusedApplication,
    Stage,
    StageNotice,
)
from recruiting.models.applications import ApplicationQuerySet
from recruiting.models.counting import counted, newest
from recruiting.models.interviews import Answer

ROWS = 5
SHOWN = (
    "candidate__first_name",
    "candidate__last_name",
    "position__name",
    "stage__name",
    "stage__kind",
    "stage__max_days",
    "assignee__user__name",
    "assignee__user__email",
)
OF_PERSON = (
    "application__candidate__first_name",
    "application__candidate__last_name",
    "application__position__name",
)
READ = (  # what a mail that waits to be sorted proposes is read from
    "company",
    "text",
    "why",
    "why_about",
    "delivery__address",
)
FORGOTTEN = timedelta(days=14)  # an interview nobody has closed by then is not asked about any more


def new(member: Membership) -> ApplicationQuerySet:
    """Applications nobody has moved yet, newest first."""
    seen = Application.objects.visible_to(member)
    return seen.filter(stage__kind=StageKind.UNASSIGNED).order_by("-applied_at", "-pk")


def overdue(member: Membership) -> ApplicationQuerySet:
    """Undecided applications that are longer in their stage than it allows; the longest first."""
    stages = Stage.objects.visible_to(member).exclude(max_days=None)
    late = Application.objects.visible_to(member).undecided().filter(filters.overdue(stages))
    return late.order_by("stage_entered_at", "pk")


def unreplied(member: Membership) -> ApplicationQuerySet:
    return folders.threads("unreplied", member)


APPLICATIONS = {"unreplied": unreplied, "new": new, "overdue": overdue}


def with_next_stage(found: ApplicationQuerySet) -> ApplicationQuerySet:
    """Applications with all that a row shows, and the stage they would be moved on to."""
    further = Stage.objects.filter(
        pipeline=OuterRef("stage__pipeline"), order__gt=OuterRef("stage__order")
    ).exclude(kind__in=CLOSED_STAGES)
    first = further.order_by("order", "pk")
    rule = StageNotice.objects.brief(OuterRef("pk"), OuterRef(OuterRef("position")))
    rows: ApplicationQuerySet = (
        inbox.with_last_mail(found)
        .select_related("candidate", "position", "stage", "assignee__user")
        .annotate(
            next_stage=Subquery(
                first.values(stage=JSONObject(pk="pk", name="name", notice=rule))[:1]
            ),
        )
    )
    return rows


def applications(member: Membership) -> dict[str, dict[str, Any]]:
    """The first rows of the three kinds that are applications, and how many there are; one query."""
    found = {kind: find(member) for kind, find in APPLICATIONS.items()}
    listed = newest([rows[:ROWS] for rows in found.values()])
    shown = with_next_stage(Application.objects.filter(pk__in=listed)).annotate(
        **{f"count_{kind}": counted(rows) for kind, rows in found.items()}
    )
    # a row shows little of a person, position, stage and colleague, and they have many columns
    own = [field.attname for field in Application._meta.concrete_fields]
    all_of_them = list(shown.order_by().only(*own, *SHOWN))
    now = timezone.now()
    fits = {
        "unreplied": lambda row: (
            row.waiting_since and (row.snoozed_until is None or row.snoozed_until <= now)
        ),
        "new": lambda row: row.stage.kind == StageKind.UNASSIGNED,
        "overdue": lambda row: row.closed_at is None and row.is_overdue,
    }
    keys = {
        "unreplied": lambda row: (row.waiting_since, row.pk),
        "new": lambda row: (-row.applied_at.timestamp(), -row.pk),
        "overdue": lambda row: (row.stage_entered_at, row.pk),
    }
    return {
        kind: {
            "rows": sorted(filter(fits[kind], all_of_them), key=keys[kind])[:ROWS],
            "count": getattr(all_of_them[0], f"count_{kind}") if all_of_them else 0,
        }
        for kind in APPLICATIONS
    }


def mails(member: Membership) -> dict[str, dict[str, Any]]:
    """Mails that did not arrive and about which nobody has decided yet, and those to be sorted, each with
    what it proposes."""
    found = {"failed": folders.mails("failed", member)}
    if member.can.sort_messages:
        waiting = Message.objects.visible_to(member).unassigned().exclude(kind="test")
        found["unassigned"] = waiting.order_by("-at", "-pk")
    listed = Message.objects.filter(pk__in=newest([rows[:ROWS] for rows in found.values()]))
    shown = folders.with_rows(listed.select_related("delivery"), *READ).annotate(
        **{f"count_{kind}": counted(rows) for kind, rows in found.items()}
    )
    rows: list[Any] = list(shown.order_by("-at", "-pk"))
    fitting = {
        "failed": [row for row in rows if row.outgoing_id],
        "unassigned": [row for row in rows if not row.outgoing_id],
    }
    if fitting["unassigned"]:
        _propose(fitting["unassigned"], member)
    return {
        kind: {
            "rows": fitting[kind],
            "count": getattr(rows[0], f"count_{kind}") if rows else 0,
        }
        for kind in found
    }


def _propose(mails: list[Any], member: Membership) -> None:
    openings = proposing.Openings(
        Position.objects.visible_to(member).exclude(state=Position.State.ARCHIVED)
    )
    likely = suggesting.suggest(mails, Application.objects.visible_to(member), openings)
    for mail in mails:
        mail.best = next(iter(likely[mail.pk]), None)
        mail.proposal = proposing.propose(mail, openings)


def interviews(member: Membership) -> dict[str, Any]:
    """Today's, those the candidate declined, and those nobody has said took place."""
    now = timezone.localtime()
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    due = Q(starts_at__lt=tomorrow, ends_at__gt=now - FORGOTTEN)
    declined = Q(answer=Answer.DECLINED, ends_at__gt=now)
    # none takes longer than a day; an index knows when they start
    recent = Q(state=Interview.State.BOOKED, starts_at__gt=now - FORGOTTEN - timedelta(days=1))
    found = (
        Interview.objects.visible_to(member)
        .filter(recent, due | declined)
        .order_by("starts_at", "pk")
    )
    own = [field.attname for field in Interview._meta.concrete_fields]
    people = found.select_related("application__candidate", "application__position")
    return _first(people.only(*own, *OF_PERSON))


def refused_ones(member: Membership) -> dict[str, Any]:
    """Attempts that a door refused, with what accepting one would post."""
    waiting = RefusedApplication.objects.visible_to(member).waiting().select_related("position")
    part = _first(waiting.order_by("-at", "-pk"))
    for row in part["rows"]:
        row.shown_name, row.shown_reason = refused.name(row), refused.reason(row)
        row.known = refused.initial(row).items()
        row.is_complete = row.position_id and row.data.get("email") and row.data.get("last_name")
    return part


def asked(member: Membership) -> dict[str, Any]:
    """Evaluations that colleagues have asked the member for."""
    found = EvaluationRequest.objects.open_for(member)
    people = found.select_related(
        "application__candidate", "application__position", "asked_by__user"
    )
    own = ("due_on", "asked_by__user__name", "asked_by__user__email")
    return _first(people.only(*own, *OF_PERSON))


def _first(found: QuerySet[Any]) -> dict[str, Any]:
    """The first rows of ``found`` and how many there are, in one query."""
    rows: Iterable[Model] = list(found.annotate(count_all=counted(found))[:ROWS])
    first = next(iter(rows), None)
    return {"rows": rows, "count": getattr(first, "count_all", 0)}
