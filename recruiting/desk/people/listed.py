"""What the page of an application lists, in one query for it all, however much there is."""

import json
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from companies.capabilities import GRANTS, Can
from companies.models import Membership, Role, StoredFile, User
from recruiting.choices import DocumentCategory
from recruiting.conversation.writing import drafts
from recruiting.models import (
    Application,
    CandidateAddress,
    DraftFile,
    Interview,
    InterviewParticipant,
    MessageTemplate,
    Note,
    RejectionReason,
    StageNotice,
    TemplateFile,
)

BLANK: dict[str, Any] = {
    "pk": "pk",
    "kind": Value(""),
    "name": "name",
    "order": Value(0),
    "mode": Value(""),
    "template": Value(""),
    "at": Cast(Value(None), DateTimeField()),
}
Lists = dict[str, list[Any]]
COLUMNS = (*BLANK, "listed")
LISTS = (
    "addresses",
    "notes",
    "colleagues",
    "others",
    "tags",
    "stages",
    "reasons",
    "rejection_templates",
    "template_files",
    "attached",
    "history",
    "attributes",
    "documents",
    "interviews",
    "participants",
)


def of(application: Application, member: Membership) -> Lists:
    """Every list by its name, each a row of ``COLUMNS``.

    ``kind`` of the person's other applications and of the history is a stage, of attributes the value, of
    documents their category; ``mode`` of the history is who moved, of attributes the type, of documents the
    code, while ``order`` is their size. ``attached`` are the files of what the member writes here,
    ``interviews`` have an ``interview`` and the names of its ``people``.
    """
    found = _read([*_parts(application, member), *_of_application(application)])
    for name in ("tags", "stages", "reasons", "rejection_templates", "template_files"):
        found[name].sort(key=lambda row: (row["order"], row["name"]))
    for name in ("attributes", "participants"):
        found[name].sort(key=lambda row: (row["order"], row["pk"]))
    found["history"].sort(key=lambda row: (row["at"], row["pk"]))
    found["documents"].sort(key=lambda row: (row["at"], row["pk"]))
    found["others"].sort(key=lambda row: row["at"], reverse=True)
    for document in found["documents"]:
        document["category"] = DocumentCategory(document["kind"]).label
    found["interviews"] = _interviews(found["interviews"], found.pop("participants"))
    return found


def of_thread(application: Application, member: Membership) -> Lists:
    """What a conversation shows beside its mails, and the ``colleagues`` who may take it over, by name."""
    position = application.position
    everybody = Membership.objects.active().filter(
        Q(subcompany=None) | Q(subcompany=position.subcompany_id),
        ~Q(role=Role.HIRING_MANAGER) | Q(positions__position=position),
        company=member.company_id,
        role__in=[role for role, may in GRANTS.items() if Can.WRITE_MESSAGES in may],
    )
    colleagues = _rows("colleagues", everybody, name=_name_of("user"))
    return _read([colleagues, *_of_conversation(application, member)])


def _read(parts: list[QuerySet[Any, Any]]) -> Lists:
    """Every list by its name; those of a conversation as the rows they are."""
    first, *more = (rows.order_by() for rows in parts)
    found: Lists = {name: [] for name in LISTS}
    for values in first.union(*more, all=True):
        row = dict(zip(COLUMNS, values, strict=True))
        found[row["listed"]].append(row)
    found["colleagues"].sort(key=lambda row: row["name"].casefold())
    found["attached"] = [
        DraftFile(code=row["mode"], name=row["name"], file=StoredFile(size=row["order"]))
        for row in sorted(found["attached"], key=lambda row: row["pk"])
    ]
    found["addresses"] = [
        CandidateAddress(pk=row["pk"], address=row["name"], unreachable_since=row["at"])
        for row in sorted(found["addresses"], key=lambda row: (-row["order"], row["pk"]))
    ]
    found["notes"] = [_note(row) for row in found["notes"]]
    found["notes"].sort(key=lambda note: (note.created_at, note.pk))
    return found


def _note(row: dict[str, Any]) -> Note:
    author = User(pk=row["order"], name=row["name"]) if row["order"] else None
    said = {"text": row["template"], "mentions": json.loads(row["kind"])}
    return Note(pk=row["pk"], author=author, created_at=row["at"], **said)


def _of_conversation(application: Application, member: Membership) -> list[QuerySet[Any, Any]]:
    files = TemplateFile.objects.filter(
        template=_drafted_from(application), template__company=application.candidate.company_id
    )
    primary_first = Cast("is_primary", IntegerField())
    attached = drafts.uploaded(application, by=member)
    return [
        _rows(
            "addresses",
            application.candidate.addresses,
            name="address",
            order=primary_first,
            at="unreachable_since",
        ),
        _rows(
            "notes",
            application.notes,
            kind=Cast("mentions", CharField()),
            name=_name_of("author"),
            order=Coalesce("author", 0),
            template="text",
            at="created_at",
        ),
        _rows("template_files", files),
        _rows("attached", attached, order="file__size", mode="code"),
    ]


def _parts(application: Application, member: Membership) -> list[QuerySet[Any, Any]]:
    """One query for each list; that of the other applications first, whose columns are the types of all."""
    others = Application.objects.visible_to(member).exclude(pk=application.pk)
    others = others.filter(candidate=application.candidate_id)
    company = application.position.company_id
    reasons = RejectionReason.objects.filter(company=company)
    texts = MessageTemplate.objects.filter(
        company=company, category=MessageTemplate.Category.REJECTION
    )
    rule = StageNotice.objects.nearest(OuterRef("pk"), application.position_id)
    return [
        _rows("others", others, kind="stage__name", name="position__name", at="applied_at"),
        _rows("tags", application.tags),
        _rows(
            "stages",
            application.position.pipeline.stages,
            kind="kind",
            order="order",
            mode=Subquery(rule.values("mode")[:1]),
            template=Subquery(rule.values("template__name")[:1]),
        ),
        _rows("reasons", reasons, kind="kind"),
        _rows("rejection_templates", texts, kind="language"),
        *_of_conversation(application, member),
    ]


def _of_application(application: Application) -> list[QuerySet[Any, Any]]:
    value = Coalesce("option__name", Cast("date", CharField()), "text", output_field=CharField())
    return [
        _rows(
            "history",
            application.stage_changes,
            kind="from_stage__name",
            name="to_stage__name",
            mode=_name_of("by"),
            at="at",
        ),
        _rows(
            "attributes",
            application.attribute_values,
            kind=value,
            name="attribute__name",
            order="attribute__order",
            mode="attribute__type",
        ),
        _rows(
            "documents",
            application.documents,
            kind="category",
            order="file__size",
            mode="code",
            at="created_at",
        ),
        _rows(
            "interviews",
            application.interviews,
            kind="state",
            name="title",
            order="minutes",
            mode="time_zone",
            template="answer",
            at="starts_at",
        ),
        _rows(
            "participants",
            InterviewParticipant.objects.filter(interview__application=application),
            pk="interview",
            name=_name_of("membership__user"),
            order=F("pk"),
        ),
    ]


def _rows(listed: str, rows: Any, **columns: Any) -> QuerySet[Any, Any]:
    """The rows of one list as ``COLUMNS``; those not given say nothing."""
    given = BLANK | columns
    found: QuerySet[Any, Any] = rows.values_list(*given.values(), Value(listed))
    return found


def _name_of(user: str) -> Coalesce:
    """As people read their colleagues' names: ``User.get_full_name``, in the database."""
    return Coalesce(NullIf(f"{user}__name", Value("")), f"{user}__email", output_field=CharField())


def _drafted_from(application: Application) -> int:
    """The template that the member's draft was begun with, 0 for none."""
    draft: dict[str, Any] | None = application.my_draft  # type: ignore[attr-defined]  # annotated
    return int(draft["template"] or 0) if draft else 0


def _interviews(
    rows: list[dict[str, Any]], participants: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Interviews by their time, those without one last, each with who takes part."""
    people: dict[int, list[str]] = {}
    for row in participants:
        people.setdefault(row["pk"], []).append(row["name"])
    rows.sort(key=lambda row: (row["at"] is None, row["at"], row["pk"]))
    found: list[dict[str, Any]] = []
    for row in rows:
        interview = Interview(
            pk=row["pk"],
            state=row["kind"],
            title=row["name"],
            minutes=row["order"],
            time_zone=row["mode"],
            answer=row["template"],
            starts_at=row["at"],
        )
        interview.ends_at = row["at"] and row["at"] + interview.length
        found.append({"interview": interview, "people": people.get(row["pk"], [])})
    return found
