"""Opening, publishing and archiving positions. Each change is one function with its audit line."""

from collections.abc import Collection, Sequence

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from companies import audit
from companies.models import Company, Membership, Subcompany
from recruiting.choices import StageKind
from recruiting.models import Pipeline, Position, PositionSection, PositionText, TeamMember
from recruiting.models.positions import FIRST_PUBLIC_NUMBER
from recruiting.search import index

ATTEMPTS = 20  # to get a free number while others take theirs


class PipelineInUse(Exception):
    """Applications stand in the stages of the pipeline, so the position keeps it."""


def create(
    company: Company,
    *,
    name: str,
    pipeline: Pipeline,
    by: audit.Actor,
    subcompany: Subcompany | None = None,
    **fields: object,
) -> Position:
    """Open a draft with the next public number and return it.

    Numbers are unique over all companies. Two people who open a position at the same moment get two
    numbers: the unique constraint decides and the loser takes the next one.
    """
    with transaction.atomic():
        position = _insert(
            company=company, name=name, pipeline=pipeline, subcompany=subcompany, **fields
        )
        index.position(position)
        audit.record(company, "position.created", position, by=by, name=name)
    return position


def _insert(**fields: object) -> Position:
    for attempt in range(ATTEMPTS):
        highest = Position.objects.aggregate(Max("number"))["number__max"]
        number = max(highest or 0, FIRST_PUBLIC_NUMBER - 1) + 1
        position = Position(number=number, **fields)
        try:
            with transaction.atomic():
                position.save(force_insert=True)
        except IntegrityError:
            if attempt == ATTEMPTS - 1 or not Position.objects.filter(number=number).exists():
                raise
        else:
            break
    return position


def set_state(position: Position, state: Position.State, *, by: audit.Actor) -> None:
    """Publish, pause or archive a position, or make it a draft again; its applications stay.

    Publishing notes the time. The state it is in already changes nothing.
    """
    fields: dict[str, object] = {"state": state, "filled_at": None}
    if state == Position.State.PUBLISHED:
        fields["published_at"] = timezone.now()
    with transaction.atomic():
        changed = Position.objects.filter(pk=position.pk).exclude(state=state).update(**fields)
        if changed:
            audit.record(position.company, f"position.{state.value}", position, by=by)
    position.refresh_from_db(fields=["state", "published_at", "filled_at"])


def pause_when_filled(position: Position, *, by: audit.Actor) -> bool:
    """Take a published position offline once as many are accepted as it has openings; return whether."""
    accepted = position.applications.filter(stage__kind=StageKind.ACCEPTED).count()
    if not position.is_published or accepted < position.openings:
        return False
    set_state(position, Position.State.PAUSED, by=by)
    Position.objects.filter(pk=position.pk).update(filled_at=timezone.now())
    return True


def publish_when_freed(position: Position, *, by: audit.Actor) -> bool:
    """Publish again what ``pause_when_filled`` paused and nobody touched since; return whether."""
    found = Position.objects.filter(pk=position.pk, state=Position.State.PAUSED)
    accepted = position.applications.filter(stage__kind=StageKind.ACCEPTED).count()
    if not found.exclude(filled_at=None).exists() or accepted >= position.openings:
        return False
    published_at = position.published_at
    set_state(position, Position.State.PUBLISHED, by=by)
    Position.objects.filter(pk=position.pk).update(published_at=published_at)
    return True


def publish(position: Position, *, by: audit.Actor) -> None:
    """Show the position to applicants."""
    set_state(position, Position.State.PUBLISHED, by=by)


def unpublish(position: Position, *, by: audit.Actor) -> None:
    """Take the position offline for a while."""
    set_state(position, Position.State.PAUSED, by=by)


def archive(position: Position, *, by: audit.Actor) -> None:
    """Close the position for good; its applications stay readable."""
    set_state(position, Position.State.ARCHIVED, by=by)


def update(position: Position, *, by: audit.Actor, **fields: object) -> bool:
    """Change details of a position; return whether any differed. Names of what changed go to the audit."""
    changed = [name for name, value in fields.items() if getattr(position, name) != value]
    if "pipeline" in changed and position.applications.exists():
        raise PipelineInUse
    if not changed:
        return False
    for name in changed:
        setattr(position, name, fields[name])
    with transaction.atomic():
        position.save(update_fields=[*changed, "revision"])
        index.position(position)
        audit.record(position.company, "position.changed", position, by=by, fields=changed)
    return True


def write_text(
    position: Position,
    language: str,
    title: str,
    sections: Sequence[tuple[str, str]],
    *,
    by: audit.Actor,
) -> None:
    """Replace what a position says in one language: a title and pairs of heading and clean HTML.

    Without a title and sections the language is taken off the career page.
    """
    with transaction.atomic():
        PositionText.objects.filter(position=position, language=language).delete()
        if title or sections:
            text = PositionText.objects.create(
                position=position, language=language, title=title or position.name
            )
            PositionSection.objects.bulk_create(
                PositionSection(text=text, order=order, heading=heading, body=body)
                for order, (heading, body) in enumerate(sections)
            )
        audit.record(position.company, "position.text_changed", position, by=by, language=language)


def set_team(position: Position, wanted: Collection[Membership], *, by: audit.Actor) -> None:
    """Make these members the position's team; hiring managers among them see it from now on."""
    with transaction.atomic():
        position.team.exclude(membership__in=wanted).delete()
        known = set(position.team.values_list("membership_id", flat=True))
        TeamMember.objects.bulk_create(
            TeamMember(position=position, membership=each)
            for each in wanted
            if each.pk not in known
        )
        ids = [each.pk for each in wanted]
        audit.record(position.company, "position.team_changed", position, by=by, members=ids)


def duplicate(position: Position, *, by: audit.Actor) -> Position:
    """Open a draft like this one, with its texts, form and team, and a number and applications of its own."""
    own = {
        "id",
        "revision",
        "is_general",
        "number",
        "state",
        "created_at",
        "published_at",
        "filled_at",
        "name",
        "company",
        "pipeline",
    }
    fields = {
        field.name: getattr(position, field.name)
        for field in Position._meta.concrete_fields
        if field.name not in own
    }
    name = _("%(name)s (copy)") % {"name": position.name[:190]}
    with transaction.atomic():
        copy = create(position.company, name=name, pipeline=position.pipeline, by=by, **fields)
        for text in position.texts.prefetch_related("sections"):
            sections = [(each.heading, each.body) for each in text.sections.all()]
            write_text(copy, text.language, text.title, sections, by=by)
        set_team(copy, [each.membership for each in position.team.select_related()], by=by)
    return copy
