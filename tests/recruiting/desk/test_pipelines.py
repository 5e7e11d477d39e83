"""Pipelines on the recruiters' pages: stages renamed, ordered, added, removed."""

from typing import Any

import pytest
from django.test import Client

from companies.models import AuditEntry, Membership
from recruiting.choices import StageKind
from recruiting.hiring.applications import pipeline as moving
from recruiting.hiring.positions import pipelines, scorecards
from recruiting.models import Application, Pipeline, Scorecard, Stage


def posted(pipeline: Pipeline, *added: str, **changes: dict[str, Any]) -> dict[str, Any]:
    """The form as it stands, with lines changed by their stage's name and others added."""
    stages = list(pipeline.stages.all())
    rows: list[dict[str, Any]] = [
        {"stage": each.pk, "name": each.name, "max_days": each.max_days or "", "ORDER": number}
        | changes.get(each.name.split()[0], {})
        for number, each in enumerate(stages, 1)
    ]
    rows += [{"stage": "", "name": name, "max_days": 4, "ORDER": 3} for name in added]
    data: dict[str, Any] = {"name": pipeline.name}
    data |= {"line-TOTAL_FORMS": len(rows), "line-INITIAL_FORMS": len(stages)}
    for number, row in enumerate(rows):
        data |= {f"line-{number}-{name}": value for name, value in row.items()}
    return data


def names(pipeline: Pipeline) -> list[str]:
    return list(pipeline.stages.values_list("name", flat=True))


def test_stages_are_renamed_ordered_added_and_removed_when_empty(
    admin: Client, application: Application, ada: Membership
) -> None:
    pipeline = application.position.pipeline
    url = f"/settings/recruiting/pipelines/{pipeline.pk}/"
    before = names(pipeline)
    assert before[:4] == ["Unassigned", "Screening", "Phone interview", "On-site interview"]
    changed = posted(
        pipeline,
        "Case study",
        Unassigned={"ORDER": 9, "name": "New"},
        Screening={"name": "Phone interview", "ORDER": 4, "max_days": 2},
        Phone={"name": "Screening", "ORDER": 2},
    )
    page = admin.post(url, changed, follow=True)
    assert page.status_code == 200, page.context["lines"].errors
    assert names(pipeline)[:5] == [
        "New",  # who arrives stands first, whatever the number
        "Screening",
        "Case study",
        "Phone interview",
        "On-site interview",
    ]
    assert Stage.objects.get(pipeline=pipeline, name="Phone interview").max_days == 2
    assert "Case study" in admin.get(f"/positions/{application.position_id}/board/").text
    case = Stage.objects.get(pipeline=pipeline, name="Case study")
    moving.move(application, case, by=ada)
    refused = admin.post(url, posted(pipeline, Case={"DELETE": "on"}))
    assert refused.status_code == 422
    assert "move them on before you remove it" in refused.text
    moving.move(application, Stage.objects.get(pipeline=pipeline, name="Screening"), by=ada)
    change = moving.newest_change(application)
    admin.post(url, posted(pipeline, Case={"DELETE": "on"}, **{"On-site": {"DELETE": "on"}}))
    assert "Case study" not in names(pipeline)
    assert not Stage.everything.filter(pipeline=pipeline, name="On-site interview").exists()
    assert "Case study" in admin.get(f"/applications/{application.pk}/").text  # in its history
    assert change is not None
    change.refresh_from_db()
    assert not moving.undo(change, by=ada)  # nobody comes back to what is not there
    admin.post(url, posted(pipeline, "Case study"))  # its name is free again
    assert names(pipeline).count("Case study") == 1
    kinds = set(pipeline.stages.values_list("kind", flat=True))
    assert kinds == set(StageKind.values)
    assert AuditEntry.objects.filter(verb="pipeline.changed").count() == 3


def test_pipeline_is_made_with_the_usual_stages_and_deleted_while_no_position_has_it(
    admin: Client, application: Application
) -> None:
    admin.post("/settings/recruiting/pipelines/new/", {"name": "Apprentices"})
    made = Pipeline.objects.get(name="Apprentices")
    assert len(names(made)) == 8
    again = admin.post("/settings/recruiting/pipelines/new/", {"name": "Apprentices"}, follow=True)
    assert "There is a pipeline of this name." in again.text
    used = application.position.pipeline
    for pipeline in (made, used):
        admin.post(f"/settings/recruiting/pipelines/{pipeline.pk}/delete/")
    assert list(Pipeline.objects.filter(company=used.company)) == [used]


def test_who_is_limited_to_a_subcompany_does_not_change_what_all_share(recruiter: Client) -> None:
    assert recruiter.get("/settings/recruiting/pipelines/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_pipelines_and_scorecards_ask_the_database_the_same_for_one_and_for_three(
    admin: Client, ada: Membership, count: int, django_assert_num_queries: object
) -> None:
    for number in range(count):
        pipelines.create(f"Pipeline {number}", by=ada)
        line = {"section": "", "name": "Craft", "kind": "scale", "weight": 1}
        scorecards.save(Scorecard(company=ada.company), f"Card {number}", [line], by=ada)
    for url, queries in (("pipelines", 6), ("scorecards", 5)):
        with django_assert_num_queries(queries):  # type: ignore[operator]  # pytest-django's fixture
            assert url.title() in admin.get(f"/settings/recruiting/{url}/").text
