"""Refused applications: what a recruiter takes nevertheless, and what goes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from companies import audit
from companies.models import Membership
from recruiting.choices import Gender
from recruiting.hiring.applications import applying
from recruiting.hiring.applications.applying import Applicant
from recruiting.models import (
    Application,
    Attribute,
    AttributeOption,
    Note,
    Position,
    RefusedApplication,
    Source,
)
from recruiting.models.applications import Door
from recruiting.people import addresses
from recruiting.people.uploads import Paper


class AlreadyAccepted(Exception):
    """Somebody has taken this application in the meantime."""


def accept(
    refused: RefusedApplication,
    *,
    position: Position,
    first_name: str,
    last_name: str,
    email: str,
    phone: str,
    by: Membership,
) -> Application:
    """Make an application of a refused attempt, once only; returns it.

    The member has corrected who it is and for which position; all else is taken as it was sent, as
    far as the company still knows it. Of somebody who has applied for the position before, the new
    documents and the message (as a note) join the first application. Effects beside those of
    ``applying.apply``: the attempt is marked, one audit line. Raises ``AlreadyAccepted``.
    """
    with transaction.atomic():
        refused = (
            RefusedApplication.objects.select_for_update(of=("self",))
            .select_related("company", "credential")
            .get(pk=refused.pk)
        )
        if refused.accepted_at:
            raise AlreadyAccepted
        applicant = _read(
            refused, email=email, first_name=first_name, last_name=last_name, phone=phone
        )
        application = _take(refused, position, applicant, by)
        refused.accepted_at, refused.application = timezone.now(), application
        refused.save(update_fields=["accepted_at", "application"])
        audit.record(refused.company, "application.accepted_anyway", application, by=by)
    return application


def _take(
    refused: RefusedApplication, position: Position, applicant: Applicant, by: Membership
) -> Application:
    """Return the application made of it, or the person's first one, which it joined."""
    before = Application.objects.filter(
        position=position, applied_address=addresses.normalise(applicant.email)
    )
    application = before.first()
    if application is None:
        try:
            return applying.apply(
                position, applicant, door=Door(refused.door), credential=refused.credential, by=by
            )
        except applying.AlreadyApplied:  # a moment ago, through another door
            application = before.get()
    _join(application, applicant, by)
    return application


def delete(refused: RefusedApplication, *, by: Membership) -> None:
    """Forget an attempt with its files before its time, which leaves one audit line."""
    with transaction.atomic():
        audit.record(refused.company, "refused_application.deleted", refused, by=by)
        refused.delete()


def _join(application: Application, applicant: Applicant, by: Membership) -> None:
    """Add to an application what was sent again and is not there yet."""
    known = set(application.documents.values_list("file_id", flat=True))
    new = [paper for paper in applicant.documents if paper.file.pk not in known]
    applying.add_documents(application, new)
    if applicant.message:
        Note.objects.create(application=application, author=by.user, text=applicant.message)


def _read(refused: RefusedApplication, **corrected: str) -> Applicant:
    data: Mapping[str, Any] = refused.data
    gender = _text(data, "gender").lower()
    return Applicant(
        **corrected,
        location=_text(data, "location")[:255],
        gender=gender if gender in Gender.values else "",
        birthday=_day(_text(data, "birthday")),
        available_from=_text(data, "available_from")[:100],
        salary_expectations=_text(data, "salary_expectations")[:255],
        external_posting_id=_text(data, "external_posting_id")[:255],
        message=_text(data, "message"),
        source=_source(refused, _text(data, "source")),
        tags=[str(tag) for tag in data.get("tags") or ()],
        attributes=_attributes(refused, data.get("attributes") or {}),
        documents=[
            Paper(row.file, row.name, row.content_type, row.category)
            for row in refused.documents.select_related("file")
        ],
        extra={str(name): str(text) for name, text in (data.get("extra") or {}).items()},
        applied_at=refused.at,
    )


def _text(data: Mapping[str, Any], name: str) -> str:
    return str(data.get(name) or "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _source(refused: RefusedApplication, named: str) -> Source | None:
    """The source of that name, or of that id where the attempt never came as far as its name."""
    same = Q(name=named)
    if named.isdecimal() and len(named) < 19:
        same |= Q(pk=int(named))
    return Source.objects.filter(same, company=refused.company).first() if named else None


def _attributes(
    refused: RefusedApplication, sent: Mapping[str, Any]
) -> dict[Attribute, str | date | AttributeOption]:
    """What was sent for attributes the company has, by name or API name, where it makes sense."""
    known = Attribute.objects.filter(
        Q(name__in=sent) | Q(api_name__in=sent), company=refused.company
    ).prefetch_related("options")
    values: dict[Attribute, str | date | AttributeOption] = {}
    for attribute in known:
        text = str(sent.get(attribute.api_name) or sent.get(attribute.name) or "")
        value = _value(attribute, text)
        if value:
            values[attribute] = value
    return values


def _value(attribute: Attribute, text: str) -> str | date | AttributeOption | None:
    if attribute.type == Attribute.Type.DATE:
        return _day(text)
    if attribute.type == Attribute.Type.OPTIONS:
        options = (o for o in attribute.options.all() if text in (o.api_name, o.name))
        return next(options, None)
    return text
