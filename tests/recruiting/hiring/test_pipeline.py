"""Moving, rejecting, withdrawing, reopening."""

from datetime import timedelta

import pytest
from django.utils import timezone

from companies.models import AuditEntry, Membership
from recruiting.choices import StageKind
from recruiting.hiring.applications import pipeline
from recruiting.hiring.positions import positions
from recruiting.models import Application, Position, RejectionReason, Stage
from tests import factories


def stage_named(application: Application, name: str) -> Stage:
    return Stage.objects.get(pipeline=application.position.pipeline, name=name)


def test_move_writes_stage_history_and_audit(application: Application, ben: Membership) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    Application.objects.update(stage_entered_at=yesterday)
    screening = stage_named(application, "Screening")
    assert pipeline.move(application, screening, by=ben) is True
    assert application.stage == screening
    assert application.stage_entered_at > yesterday
    change = application.stage_changes.last()
    assert (change.from_stage.kind, change.to_stage, change.by) == (
        "unassigned",
        screening,
        ben.user,
    )
    entry = AuditEntry.objects.get(verb="application.moved")
    assert (entry.actor, entry.target_id, entry.company) == (ben.user, application.pk, ben.company)
    assert entry.detail.data == {
        "from_stage": change.from_stage_id,
        "to_stage": screening.pk,
    }


def test_move_to_the_same_stage_changes_nothing(application: Application, ben: Membership) -> None:
    entered = application.stage_entered_at
    assert pipeline.move(application, application.stage, by=ben) is False
    application.refresh_from_db()
    assert application.stage_entered_at == entered
    assert application.stage_changes.count() == 1
    assert not AuditEntry.objects.filter(verb="application.moved").exists()


def test_move_to_a_stage_of_another_pipeline_is_illegal(
    application: Application, ben: Membership
) -> None:
    other = factories.PipelineFactory(company=ben.company).stages.get(name="Screening")
    with pytest.raises(pipeline.IllegalMove):
        pipeline.move(application, other, by=ben)
    application.refresh_from_db()
    assert application.stage.kind == StageKind.UNASSIGNED


@pytest.mark.parametrize("name", ["Accepted", "Rejected", "Withdrawn"])
def test_move_to_a_closing_stage_decides_and_leaving_it_opens_again(
    application: Application, ben: Membership, name: str
) -> None:
    pipeline.move(application, stage_named(application, name), by=ben)
    assert application.closed_at is not None
    assert not Application.objects.undecided().exists()
    pipeline.move(application, stage_named(application, "Screening"), by=ben)
    assert application.closed_at is None


def test_move_of_a_stale_row_does_not_undo_what_others_wrote(
    application: Application, ben: Membership
) -> None:
    Application.objects.update(unread_count=3)
    pipeline.move(application, stage_named(application, "Screening"), by=ben)
    assert Application.objects.get().unread_count == 3


def test_reject_keeps_the_reason(application: Application, ben: Membership) -> None:
    reason = factories.RejectionReasonFactory(company=ben.company)
    pipeline.reject(application, reason, by=ben)
    assert (application.stage.kind, application.rejection_reason) == (StageKind.REJECTED, reason)


def test_reject_refuses_reasons_of_others_and_of_withdrawals(
    application: Application, ben: Membership, cleo: Membership
) -> None:
    strange = factories.RejectionReasonFactory(company=cleo.company)
    withdrawal = factories.RejectionReasonFactory(
        company=ben.company, kind=RejectionReason.Kind.WITHDRAWAL
    )
    for reason in (strange, withdrawal):
        with pytest.raises(pipeline.IllegalMove):
            pipeline.reject(application, reason, by=ben)
    application.refresh_from_db()
    assert application.closed_at is None


def test_withdraw_needs_no_reason(application: Application, ben: Membership) -> None:
    pipeline.withdraw(application, by=ben)
    assert application.stage.kind == StageKind.WITHDRAWN
    assert application.rejection_reason is None


def test_reopen_goes_back_to_where_it_was_decided(
    application: Application, ben: Membership
) -> None:
    pipeline.move(application, stage_named(application, "Phone interview"), by=ben)
    reason = factories.RejectionReasonFactory(company=ben.company)
    pipeline.reject(application, reason, by=ben)
    assert pipeline.reopen(application, by=ben) is True
    assert application.stage.name == "Phone interview"
    assert (application.closed_at, application.rejection_reason) == (None, None)
    assert pipeline.reopen(application, by=ben) is False


def test_reason_can_be_given_after_a_card_was_dropped_on_rejected(
    application: Application, ada: Membership
) -> None:
    pipeline.reject(application, None, by=ada)
    reason = factories.RejectionReasonFactory(company=ada.company)
    assert pipeline.reject(application, reason, by=ada)
    assert application.rejection_reason == reason
    assert not pipeline.reject(application, reason, by=ada)
    assert application.stage_changes.count() == 2


def test_taking_back_the_acceptance_that_filled_a_position_publishes_it_again(
    application: Application, ada: Membership
) -> None:
    position = application.position
    accepted = pipeline.system_stage(application, StageKind.ACCEPTED)
    pipeline.move(application, accepted, by=ada)
    position.refresh_from_db()
    assert position.state == Position.State.PAUSED
    change = pipeline.newest_change(application)
    assert change
    assert pipeline.undo(change, by=ada)
    position.refresh_from_db()
    assert position.is_published
    assert position.filled_at is None
    pipeline.move(application, accepted, by=ada)
    positions.set_state(position, Position.State.DRAFT, by=ada)
    pipeline.undo(pipeline.newest_change(application), by=ada)  # type: ignore[arg-type]  # there is one
    position.refresh_from_db()
    assert position.state == Position.State.DRAFT
