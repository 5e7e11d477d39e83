"""Letters to candidates who enter a stage; the first stage's is the acknowledgement.

A move only writes a row. The letter is composed when it is due, through the position's sender, and only
if the application is still in that stage: a move that was taken back sends nothing.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from companies import audit, sql
from companies.models import Membership
from recruiting.choices import StageKind
from recruiting.conversation.writing import composing, drafts, placeholders, rows
from recruiting.models import Application, MessageTemplate
from recruiting.models.notices import DueNotice, StageNotice

Mode = StageNotice.Mode
BATCH = 200
MOVED_ON = "moved on"
UNDO_WITHIN = timedelta(hours=1)
# Letters that no person wrote, to one person in a day: should a machine apply again and again, it ends here.
MOST_A_DAY = 10
TOO_MANY = "too many automatic letters to this person today"


@sql.written_once
def greetings(position: int) -> "QuerySet[StageNotice]":
    """The rules of the first stage of a position, the nearest first."""
    first = StageNotice.objects.filter(
        stage__pipeline__positions=position, stage__kind=StageKind.UNASSIGNED
    )
    return first.of(position)


def entered(
    application: Application, *, by: audit.Actor, rules: Iterable[StageNotice] | None = None
) -> None:
    """The application came into its stage: prepare a draft for who moved it, or note what is due.

    No machine writes the same letter twice: one that waits or has been written is not noted again, and
    what the member is writing already stays. ``rules`` are those of the stage, the nearest first, where
    the caller has them.
    """
    if rules is None:
        rules = StageNotice.objects.nearest(application.stage_id, application.position_id)
    notice = next(iter(rules), None)
    if notice is None or notice.mode == Mode.OFF or notice.template_id is None:
        return
    member = by if isinstance(by, Membership) else None
    if notice.mode == Mode.AUTO:
        known_states = (DueNotice.State.PENDING, DueNotice.State.WRITTEN)
        if application.due_notices.filter(notice=notice, state__in=known_states).exists():
            return
        due = timezone.now() + timedelta(minutes=notice.delay_minutes)
        DueNotice.objects.create(application=application, notice=notice, by=member, due_at=due)
    elif member and notice.template and not drafts.exists(application, by=member):
        version = in_language(notice.template, application)
        known = placeholders.values(application, member.user)
        typed = {
            "to": composing.recipient(application),
            "subject": placeholders.render(version.subject, known).text,
            "text": placeholders.render(version.body, known).text,
            "template": str(version.pk),
            "with_template_files": "on",
        }
        drafts.keep(application, typed, by=member)


def keep(rule: StageNotice, *, by: Membership) -> None:
    """Keep the rule of a stage; one of a position that says nothing of its own is removed. One audit line."""
    with transaction.atomic():
        if rule.mode:
            rule.save()
        elif rule.pk:
            rule.delete()
        about = {"mode": rule.mode or "as for all", "position": rule.position_id}
        audit.record(by.company, "stage_notice.changed", rule.stage, by=by, **about)


def returned(application: Application) -> None:
    """A move was taken back: what fell due in between, and was dropped for it, is written after all."""
    dropped = application.due_notices.filter(
        notice__stage=application.stage_id,
        state=DueNotice.State.DROPPED,
        problem=MOVED_ON,
        due_at__gt=timezone.now() - UNDO_WITHIN,
    )
    dropped.update(state=DueNotice.State.PENDING, problem="", due_at=timezone.now())


def in_language(template: MessageTemplate, application: Application) -> MessageTemplate:
    """Return the template in the language of the position, if it is advertised in one only."""
    languages = list(application.position.texts.values_list("language", flat=True)[:2])
    if len(languages) != 1 or languages[0] == template.language:
        return template
    versions = MessageTemplate.objects.filter(
        company=template.company_id, name=template.name, language=languages[0]
    )
    return versions.first() or template


def write_due() -> int:
    """Queue each letter that is due; return how many. One that cannot be written says why."""
    due = DueNotice.objects.filter(state=DueNotice.State.PENDING, due_at__lte=timezone.now())
    oldest = due.order_by("due_at").values_list("pk", flat=True)[:BATCH]
    return rows.write_each(list(oldest), _write, _drop)


def _drop(pk: int, problem: str) -> None:
    mine = DueNotice.objects.filter(pk=pk, state=DueNotice.State.PENDING)
    mine.update(state=DueNotice.State.DROPPED, problem=problem)


def _write(pk: int) -> bool:
    mine = DueNotice.objects.filter(pk=pk, state=DueNotice.State.PENDING)
    with transaction.atomic():
        if not mine.update(state=DueNotice.State.WRITTEN):
            return False
        row = DueNotice.objects.select_related(
            "notice__template",
            "by__user",
            "by__company",
            "application__candidate",
            "application__position__company__email_settings",
            "application__position__subcompany",
        ).get(pk=pk)
        row.problem = _send(row)
        if row.problem:
            row.state = DueNotice.State.DROPPED
        row.save(update_fields=["state", "problem", "message"])
    return not row.problem


def _send(row: DueNotice) -> str:
    """Queue the letter of a row, or return why not."""
    notice, application = row.notice, row.application
    if application.stage_id != notice.stage_id:
        return MOVED_ON
    if notice.template is None or notice.mode != Mode.AUTO:
        return "switched off"
    written = DueNotice.objects.filter(
        application__candidate=application.candidate_id,
        message__at__gt=timezone.now() - timedelta(days=1),
    )
    if written.count() >= MOST_A_DAY:
        return TOO_MANY
    version = in_language(notice.template, application)
    letter = composing.Letter(version.subject, version.body, template=version.pk, is_automatic=True)
    try:
        row.message = composing.send(application, letter, by=row.by)
    except composing.CannotSend as error:
        return str(error)[:300]
    return ""
