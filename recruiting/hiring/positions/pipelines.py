"""The pipelines of a company: written whole, stage by stage, in the order they are given."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import CharField, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from companies import audit
from companies.models import Membership
from recruiting.choices import CLOSED_STAGES, StageKind
from recruiting.hiring.positions import defaults
from recruiting.models import Application, Pipeline, Stage, StageChange


class StageInUse(Exception):
    """Somebody is in a stage that was to be removed; the stage is the argument."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.name)
        self.stage = stage


def create(name: str, *, by: Membership) -> Pipeline:
    """Make a pipeline with the usual stages, to be changed."""
    with transaction.atomic():
        made = defaults.make_pipeline(by.company, name)
        audit.record(by.company, "pipeline.created", made, by=by, name=name)
    return made


def save(
    pipeline: Pipeline, name: str, lines: Sequence[Mapping[str, Any]], *, by: Membership
) -> None:
    """Name a pipeline and give it these stages: ``stage`` (its id, None for a new one), ``name``, ``max_days``.

    Who arrives stands first and what is decided last, whatever the order. Stages that are not among the
    lines are removed: deleted, or retired where the history of applications names them. The system's
    own stay. Raises ``StageInUse`` while somebody is in one, and changes nothing then.
    """
    with transaction.atomic():
        Pipeline.objects.select_for_update().get(pk=pipeline.pk)
        known = {stage.pk: stage for stage in Stage.objects.filter(pipeline=pipeline)}
        written = [_written(pipeline, known, line) for line in lines]
        for stage in known.values():
            if stage in written:
                continue
            if stage.kind == StageKind.CUSTOM:
                _remove(stage)
            else:
                written.append(stage)
        # Names are unique at every moment; of two that change places one would meet the other.
        apart = Concat(Value("~"), Cast("pk", CharField()))
        Stage.objects.filter(pipeline=pipeline).update(name=apart)
        for order, stage in enumerate(sorted(written, key=_rank)):
            stage.order = order
            stage.save()
        pipeline.name = name
        pipeline.save(update_fields=["name"])
        audit.record(pipeline.company, "pipeline.changed", pipeline, by=by, name=name)


def delete(pipeline: Pipeline, *, by: Membership) -> bool:
    """Delete a pipeline that no position has, unless it is the company's last; return whether."""
    with transaction.atomic():
        others = Pipeline.objects.filter(company=pipeline.company_id).exclude(pk=pipeline.pk)
        if pipeline.positions.exists() or not others.exists():
            return False
        audit.record(pipeline.company, "pipeline.deleted", pipeline, by=by, name=pipeline.name)
        pipeline.delete()
    return True


def _written(pipeline: Pipeline, known: Mapping[int, Stage], line: Mapping[str, Any]) -> Stage:
    stage = known.get(line["stage"] or 0) or Stage(pipeline=pipeline, kind=StageKind.CUSTOM)
    stage.name, stage.max_days = line["name"], line["max_days"]
    return stage


def _rank(stage: Stage) -> int:
    """Who arrives stands first, who is decided last; the rest stays as it is given."""
    return -1 if stage.kind == StageKind.UNASSIGNED else int(stage.kind in CLOSED_STAGES)


def _remove(stage: Stage) -> None:
    if Application.objects.filter(stage=stage).exists():
        raise StageInUse(stage)
    if StageChange.objects.filter(Q(to_stage=stage) | Q(from_stage=stage)).exists():
        Stage.objects.filter(pk=stage.pk).update(retired_at=timezone.now())
    else:
        stage.delete()
