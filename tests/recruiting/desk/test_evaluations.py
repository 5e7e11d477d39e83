"""Scorecards, evaluations given by them, and colleagues who are asked for one."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from companies.models import AuditEntry, Membership
from recruiting.hiring.applications import reviewing
from recruiting.models import (
    Application,
    Criterion,
    EvaluationRequest,
    Notification,
    Review,
    Scorecard,
)
from tests import factories


def lines(*rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """What the browser posts for these lines."""
    posted: dict[str, Any] = {"line-TOTAL_FORMS": len(rows), "line-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        posted |= {f"line-{number}-{name}": value for name, value in row.items()}
    return posted


def row(name: str, place: int, **more: object) -> dict[str, object]:
    return {"section": "Craft", "name": name, "kind": "scale", "weight": 1, "ORDER": place} | more


def test_recruiter_writes_a_scorecard_orders_its_lines_and_removes_one(
    recruiter: Client, ada: Membership
) -> None:
    url = "/settings/recruiting/scorecards/new/"
    data = {"name": "Engineers"} | lines(row("Testing", 2), row("Design", 1, weight=3))
    assert recruiter.post(url, data).status_code == 302
    card = Scorecard.objects.get(company=ada.company)
    assert [each.name for each in card.criteria.all()] == ["Design", "Testing"]
    page = recruiter.get(f"/settings/recruiting/scorecards/{card.pk}/").text
    assert "Design" in page
    removed = lines(row("Design", 1, DELETE="on"), row("Testing", 2), initial=2)
    recruiter.post(f"/settings/recruiting/scorecards/{card.pk}/", {"name": "Makers"} | removed)
    assert list(card.criteria.values_list("name", flat=True)) == ["Testing"]
    nothing = recruiter.post(url, {"name": "Empty"} | lines(row("", 1)))
    assert nothing.status_code == 422
    verbs = AuditEntry.objects.filter(target_type="recruiting.scorecard").values_list("verb")
    assert {verb for (verb,) in verbs} == {"scorecard.created", "scorecard.changed"}


def card_of(application: Application) -> tuple[Criterion, Criterion, Criterion]:
    position = application.position
    position.scorecard = Scorecard.objects.create(company=position.company, name="Engineers")
    position.save()
    made = [
        Criterion(section="Craft", name="Design", weight=3, order=0),
        Criterion(section="Craft", name="Testing", weight=1, order=1),
        Criterion(section="Person", name="What would help?", kind="text", order=2),
    ]
    for each in made:
        each.scorecard = position.scorecard
        each.save()
    return made[0], made[1], made[2]


def test_scorecard_gives_weighted_stars_and_hides_others_until_ones_own_is_in(
    recruiter: Client, application: Application, ada: Membership, ben: Membership
) -> None:
    design, testing, question = card_of(application)
    answers = [{"section": "Craft", "name": "Design", "score": 2, "weight": 3}]
    reviewing.rate(application, 2, "Slow", by=ada, recommendation="no", answers=answers)
    url = f"/applications/{application.pk}/evaluations/"
    before = recruiter.get(url)
    assert "Slow" not in before.text
    assert "1 colleague has given an evaluation" in before.text
    given = {f"criterion-{design.pk}": "5", f"criterion-{testing.pk}": "1"}
    given |= {f"criterion-{question.pk}": "A mentor", "text": "Good", "recommendation": "yes"}
    assert recruiter.post(url, given).status_code == 302
    review = Review.objects.get(application=application, membership=ben)
    assert (review.stars, review.recommendation) == (4, "yes")
    page = recruiter.get(url)
    summary = page.context["evaluation"]
    assert [(each.name, each.average, each.lowest, each.highest) for each in summary.lines] == [
        ("Design", 3.5, 2, 5),
        ("Testing", 1, 1, 1),
    ]
    assert summary.recommendations == [("Yes", 1), ("No", 1)]
    assert (summary.average, summary.lowest, summary.highest) == (3, 2, 4)
    assert "A mentor" in page.text
    fragment = recruiter.get(url + "?fragment").text
    assert "2 evaluations, 2 to 4" in fragment
    assert "<html" not in fragment
    assert recruiter.post(url, {"recommendation": "yes"}).status_code == 422


def test_colleague_who_is_asked_finds_it_under_to_do_until_it_is_given(
    recruiter: Client, client: Client, application: Application, ada: Membership
) -> None:
    url = f"/applications/{application.pk}/evaluations/"
    day = timezone.localdate() + timedelta(days=3)
    page = recruiter.post(f"{url}ask/", {"colleague": ada.pk, "due_on": day}, follow=True).text
    assert "sees it under To do" in page
    told = Notification.objects.get(member=ada)
    assert told.path() == url
    assert "asks what you think of" in told.sentence()
    client.force_login(ada.user)
    assert "Evaluations you are asked for" in client.get("/").text
    client.post(url, {"stars": "3", "recommendation": "yes", "text": ""})
    assert "Evaluations you are asked for" not in client.get("/").text
    stranger = factories.MembershipFactory()
    recruiter.post(f"{url}ask/", {"colleague": stranger.pk, "due_on": day})
    yesterday = timezone.localdate() - timedelta(days=1)
    recruiter.post(f"{url}ask/", {"colleague": ada.pk, "due_on": yesterday})
    assert EvaluationRequest.objects.get().due_on == day


@pytest.mark.parametrize("count", [1, 3])
def test_evaluations_ask_the_database_the_same_for_one_and_for_three(
    recruiter: Client,
    application: Application,
    ben: Membership,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    design, *_others = card_of(application)
    for _ in range(count):
        colleague = factories.MembershipFactory(company=ben.company)
        reviewing.rate(application, 4, "Good", by=colleague)
        factories.DocumentFactory(application=application)
        Criterion.objects.create(scorecard=design.scorecard, section="More", name="More", order=9)
    reviewing.rate(application, 3, "Mine", by=ben)
    with django_assert_num_queries(11):
        page = recruiter.get(f"/applications/{application.pk}/evaluations/")
    assert page.text.count("Good") == count
