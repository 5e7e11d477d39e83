"""The board of a position, and moving on it."""

import pytest
from django.test import Client

from recruiting.choices import StageKind
from recruiting.desk.hiring import board
from recruiting.models import Application, Position, Stage
from tests import factories


def stage(position: Position, kind: str) -> Stage:
    return position.pipeline.stages.filter(kind=kind).first()  # type: ignore[return-value]  # every pipeline has one


def test_board_shows_cards_in_their_columns(recruiter: Client, application: Application) -> None:
    application.tags.add(factories.TagFactory(company=application.position.company, name="Python"))
    page = recruiter.get(f"/positions/{application.position_id}/board/")
    first = page.context["columns"][0]
    assert [card.pk for card in first["cards"]] == [application.pk]
    for words in ("Mia Muster", "Python", "Screening", "max 3 d"):
        assert words in page.text


def test_board_folds_closed_stages_until_one_is_opened(
    recruiter: Client, position: Position
) -> None:
    rejected = stage(position, StageKind.REJECTED)
    factories.ApplicationFactory(
        position=position, stage=rejected, candidate__first_name="Rejected person"
    )
    url = f"/positions/{position.pk}/board/"
    assert "Rejected person" not in recruiter.get(url).text
    assert "Rejected person" in recruiter.get(f"{url}?stage={rejected.pk}").text


def test_board_finds_people_by_name(recruiter: Client, application: Application) -> None:
    factories.ApplicationFactory(position=application.position, candidate__first_name="Jonas")
    page = recruiter.get(f"/positions/{application.position_id}/board/?q=jon").text
    assert "Jonas" in page
    assert "Mia Muster" not in page
    assert "of 2" in page


def test_board_shows_the_newest_cards_and_leads_to_the_rest(
    recruiter: Client, position: Position, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "CARDS", 2)
    factories.ApplicationFactory.create_batch(3, position=position)
    url = f"/positions/{position.pk}/board/"
    assert "Show 1 more" in recruiter.get(url).text


def test_board_of_a_stranger_is_not_found(stranger: Client, position: Position) -> None:
    assert stranger.get(f"/positions/{position.pk}/board/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_board_asks_the_database_the_same_for_one_and_for_three(
    recruiter: Client, position: Position, count: int, django_assert_num_queries: object
) -> None:
    factories.ApplicationFactory.create_batch(count, position=position)
    with django_assert_num_queries(14):  # type: ignore[operator]  # pytest-django's fixture
        recruiter.get(f"/positions/{position.pk}/board/")


def test_move_by_plain_form_leads_back_to_the_person(
    recruiter: Client, application: Application
) -> None:
    offer = stage(application.position, StageKind.OFFER)
    answer = recruiter.post(f"/applications/{application.pk}/move/", {"stage": offer.pk})
    assert answer["Location"] == f"/applications/{application.pk}/"
    application.refresh_from_db()
    assert application.stage == offer


def test_move_by_script_answers_with_the_card_alone(
    recruiter: Client, application: Application
) -> None:
    offer = stage(application.position, StageKind.OFFER)
    url = f"/applications/{application.pk}/move/"
    answer = recruiter.post(url, {"stage": offer.pk}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert f'data-card="{application.pk}"' in answer.text
    assert "<html" not in answer.text


def test_move_to_a_stage_of_another_pipeline_changes_nothing(
    recruiter: Client, application: Application
) -> None:
    foreign = stage(factories.PositionFactory(), StageKind.OFFER)
    url = f"/applications/{application.pk}/move/"
    answer = recruiter.post(url, {"stage": foreign.pk}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (
        422,
        "This stage is not one of this position's.",
    )
    page = recruiter.post(url, {"stage": foreign.pk}, follow=True).text
    assert "This stage is not one of" in page
    application.refresh_from_db()
    assert application.stage.kind == StageKind.UNASSIGNED


def test_move_is_refused_to_strangers_and_viewers(
    stranger: Client, viewer: Client, application: Application
) -> None:
    url = f"/applications/{application.pk}/move/"
    data = {"stage": stage(application.position, StageKind.OFFER).pk}
    assert stranger.post(url, data).status_code == 404
    assert viewer.post(url, data).status_code == 403
