"""Moving applications through their stages. One function per transition, all through ``_enter``."""

from django.db import transaction
from django.utils import timezone

from companies import audit
from companies.models import Membership, User
from recruiting.choices import StageKind
from recruiting.conversation.writing import notices
from recruiting.hiring.applications import events
from recruiting.hiring.positions import positions
from recruiting.models import Application, RejectionReason, Stage, StageChange


class IllegalMove(Exception):
    """The stage belongs to another pipeline, or the reason to another company or kind."""


class MovedMeanwhile(Exception):
    """Somebody else has moved the application since the page was made on which it was moved."""


def move(
    application: Application, stage: Stage, *, by: audit.Actor, seen_in: int | None = None
) -> bool:
    """Put an application into a stage of its position's pipeline; return whether anything changed.

    Effects, under a lock on the application: its stage, the time it entered it, when it was decided
    (accepted, rejected, withdrawn) or that it is open again, one ``StageChange``, one audit line,
    webhooks. Who takes a position's last opening pauses it, so that nobody applies for what is taken.
    The stage it is in already changes nothing. A stage of another pipeline is an ``IllegalMove``. Who says
    in which stage they saw it gets ``MovedMeanwhile`` when it is in another by now.
    """
    return _enter(application, stage, reason=None, by=by, seen_in=seen_in)


def reject(application: Application, reason: RejectionReason | None, *, by: audit.Actor) -> bool:
    """Move to Rejected and keep why; the reason may be left open, and given later by another call."""
    _check(application, reason, RejectionReason.Kind.REJECTION)
    return _enter(application, system_stage(application, StageKind.REJECTED), reason=reason, by=by)


def withdraw(
    application: Application, reason: RejectionReason | None = None, *, by: audit.Actor
) -> bool:
    """Move to Withdrawn because the candidate ended it, and keep why if it is known."""
    _check(application, reason, RejectionReason.Kind.WITHDRAWAL)
    return _enter(application, system_stage(application, StageKind.WITHDRAWN), reason=reason, by=by)


def reopen(application: Application, *, by: audit.Actor) -> bool:
    """Bring a decided application back to the stage it was decided in; an open one stays."""
    if application.closed_at is None:
        return False
    last = application.stage_changes.filter(to_stage=application.stage_id).last()
    previous = last.from_stage if last else None
    if previous is None or previous.is_closed or previous.retired_at:
        previous = system_stage(application, StageKind.UNASSIGNED)
    return _enter(application, previous, reason=None, by=by, is_return=True)


def undo(change: StageChange, *, by: audit.Actor) -> bool:
    """Take back a move, unless the application has been moved since or came in by it; return whether.

    A position that this acceptance had paused is published again.
    """
    application = change.application
    newest = newest_change(application)
    if change.from_stage is None or newest is None or newest.pk != change.pk:
        return False
    if change.from_stage.retired_at:
        return False
    with transaction.atomic():
        undone = _enter(application, change.from_stage, reason=None, by=by, is_return=True)
        if undone and change.to_stage.kind == StageKind.ACCEPTED:
            positions.publish_when_freed(application.position, by=by)
    return undone


def newest_change(application: Application) -> StageChange | None:
    """The move that brought the application to where it is."""
    return application.stage_changes.order_by("at", "pk").last()


def system_stage(application: Application, kind: StageKind) -> Stage:
    """Return the one stage of that kind in the pipeline of the application's position."""
    return Stage.objects.get(pipeline=application.position.pipeline_id, kind=kind)


def arrival(application: Application, *, by: audit.Actor) -> StageChange:
    """Return the row that begins a new application's history: how it came into its first stage."""
    return StageChange(
        application=application, to_stage=application.stage, by=_user(by), at=application.applied_at
    )


def _enter(
    application: Application,
    stage: Stage,
    *,
    reason: RejectionReason | None,
    by: audit.Actor,
    is_return: bool = False,
    seen_in: int | None = None,
) -> bool:
    if stage.pipeline_id != application.position.pipeline_id:
        raise IllegalMove(f"stage {stage.pk} is not in the pipeline of {application.pk}")
    with transaction.atomic():
        locked = Application.objects.select_for_update().get(pk=application.pk)
        changed = locked.stage_id != stage.pk
        if changed and seen_in and seen_in != locked.stage_id:
            raise MovedMeanwhile
        if changed:
            _write(locked, stage, reason, by)
            if is_return:  # who comes back to a stage is not greeted there again
                notices.returned(locked)
            else:
                notices.entered(locked, by=by)
        elif reason and locked.rejection_reason_id != reason.pk:
            changed = True
            Application.objects.filter(pk=locked.pk).update(rejection_reason=reason)
            company = locked.position.company
            audit.record(company, "application.reason_given", locked, by=by, reason=reason.pk)
    application.refresh_from_db(
        fields=["stage", "stage_entered_at", "closed_at", "rejection_reason"]
    )
    return changed


def _write(
    locked: Application, stage: Stage, reason: RejectionReason | None, by: audit.Actor
) -> None:
    now = timezone.now()
    left = locked.stage_id
    locked.stage = stage
    locked.stage_entered_at = now
    locked.closed_at = now if stage.is_closed else None
    locked.rejection_reason = reason
    locked.save(update_fields=["stage", "stage_entered_at", "closed_at", "rejection_reason"])
    StageChange.objects.create(
        application=locked, from_stage_id=left, to_stage=stage, by=_user(by), at=now
    )
    audit.record(
        locked.position.company,
        "application.moved",
        locked,
        by=by,
        from_stage=left,
        to_stage=stage.pk,
    )
    if stage.kind == StageKind.ACCEPTED:
        positions.pause_when_filled(locked.position, by=by)
    events.stage_changed(locked, left_id=left)


def _check(application: Application, reason: RejectionReason | None, kind: str) -> None:
    if reason is None:
        return
    if reason.company_id != application.position.company_id or reason.kind != kind:
        raise IllegalMove(f"reason {reason.pk} is not a {kind} of this company")


def _user(by: audit.Actor) -> User | None:
    user = by.user if isinstance(by, Membership) else by
    return user if isinstance(user, User) else None
