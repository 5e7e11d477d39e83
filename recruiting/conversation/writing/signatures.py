"""What stands under a mail: the writer's own signature, then the team's."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, Subquery

from companies import audit
from companies.models import Company, Membership, Subcompany
from mailsettings.mime import htmlletter, images
from mailsettings.mime.compose import Image
from recruiting.models import Application, Position, TeamSignature

MARK = "\n\n-- \n"  # RFC 3676 4.3
LARGEST_LOGO = 150_000  # bytes, which go along with every letter


@dataclass(frozen=True)
class Picture:
    """A logo: how a letter shows it, and the part of the mail that holds it."""

    shown: htmlletter.Logo
    image: Image


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
    nearest = _nearest(application.position)
    return nearest.text if nearest else ""


def both(application: Application, by: Membership | None) -> str:
    """The writer's own signature and the team's below it."""
    return join(by.signature if by else "", of(application))


def under(text: str, application: Application, by: Membership | None) -> str:
    """Put the signatures under a text, set off as readers of mail know it."""
    signature = both(application, by)
    return f"{text.rstrip()}{MARK}{signature}" if signature else text


def logo_below(application: Application) -> Picture | None:
    """The logo that the team's signature shows below itself."""
    nearest = _nearest(application.position)
    return picture(application.position.company) if nearest and nearest.with_logo else None


def _nearest(position: Position) -> TeamSignature | None:
    found = TeamSignature.objects.nearest(position.pk, position.subcompany_id, position.company_id)
    return found.first()


def picture(company: Company) -> Picture | None:
    """The company's logo for the end of a letter; None if there is none that every mail program shows."""
    stored = company.logo
    if stored is None or stored.size > LARGEST_LOGO:
        return None
    try:
        content = stored.read()
    except FileNotFoundError:
        return None
    content_id = f"logo.{stored.digest[:24]}@{settings.RECRUITING_DOMAIN}"
    shown = htmlletter.logo_for(content, content_id, company.name)
    kind = images.kind(content)
    image = Image(content_id, f"logo.{kind.rpartition('/')[2]}", kind, content)
    return Picture(shown, image) if shown else None


def without(text: str, application: Application, by: Membership | None) -> str:
    """What was written, without what ``under`` put there."""
    return text.removesuffix(under("", application, by))


def keep(
    text: str,
    *,
    by: Membership,
    subcompany: Subcompany | None = None,
    position: Position | None = None,
    with_logo: bool = False,
) -> None:
    """Keep the signature of a position, a subcompany or (neither) the company; none removes it. One audit line."""
    place: dict[str, Any] = {
        "company": by.company,
        "subcompany": subcompany,
        "position": position,
    }
    with transaction.atomic():
        if text.strip() or with_logo:
            values = {"text": text.strip(), "with_logo": with_logo}
            TeamSignature.objects.update_or_create(**place, defaults=values)
        else:
            TeamSignature.objects.filter(**place).delete()
        about = position or subcompany or by.company
        audit.record(by.company, "signature.changed", about, by=by)
