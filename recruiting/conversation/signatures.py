"""What stands under a mail: the writer's own signature, then the team's."""

from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from companies import audit
from companies.models import Membership, Subcompany
from recruiting.models import Application, Position, TeamSignature

MARK = "\n\n-- \n"  # RFC 3676 4.3


def join(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def annotation(company_id: int) -> dict[str, Any]:
    """What a query of applications brings along, so that ``of`` need not ask for each."""
    nearest = TeamSignature.objects.nearest(
        OuterRef("position"), OuterRef("position__subcompany"), company_id
    )
    return {"team_signature": Subquery(nearest.values("text")[:1])}


def of(application: Application) -> str:
    """The team's signature for mail about the application's position; empty if there is none."""
    if hasattr(application, "team_signature"):
        return application.team_signature or ""
    position = application.position
    found = TeamSignature.objects.nearest(position.pk, position.subcompany_id, position.company_id)
    nearest = found.first()
    return nearest.text if nearest else ""


def both(application: Application, by: Membership | None) -> str:
    """The writer's own signature and the team's below it."""
    return join(by.signature if by else "", of(application))


def under(text: str, application: Application, by: Membership | None) -> str:
    """Put the signatures under a text, set off as readers of mail know it."""
    signature = both(application, by)
    return f"{text.rstrip()}{MARK}{signature}" if signature else text


def without(text: str, application: Application, by: Membership | None) -> str:
    """What was written, without what ``under`` put there."""
    return text.removesuffix(under("", application, by))


def keep(
    text: str,
    *,
    by: Membership,
    subcompany: Subcompany | None = None,
    position: Position | None = None,
) -> None:
    """Keep the signature of a position, a subcompany or (neither) the company; none removes it. One audit line."""
    place: dict[str, Any] = {
        "company": by.company,
        "subcompany": subcompany,
        "position": position,
    }
    with transaction.atomic():
        if text.strip():
            TeamSignature.objects.update_or_create(**place, defaults={"text": text.strip()})
        else:
            TeamSignature.objects.filter(**place).delete()
        about = position or subcompany or by.company
        audit.record(by.company, "signature.changed", about, by=by)
