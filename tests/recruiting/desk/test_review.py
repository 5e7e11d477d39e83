"""The review queue and evaluations."""

import pytest
from django.test import Client

from companies import files
from companies.models import Membership
from recruiting.hiring.applications import reviewing
from recruiting.models import Application, Position, Review
from tests import factories


@pytest.fixture
def second(application: Application) -> Application:
    made: Application = factories.ApplicationFactory(position=application.position)
    return made


def act(client: Client, application: Application, **data: object) -> str:
    url = f"/positions/{application.position_id}/review/"
    return client.post(url, {"application": application.pk, **data}, follow=True).text


def test_queue_goes_from_one_to_the_next_and_resumes(
    recruiter: Client, application: Application, second: Application
) -> None:
    url = f"/positions/{application.position_id}/review/"
    assert recruiter.get(url).context["application"] == application
    act(recruiter, application, action="skip")
    page = recruiter.get(url)
    assert page.context["application"] == second
    assert page.context["progress"] == {"total": 2, "seen": 1, "left": 1}
    act(recruiter, second, action="advance")
    second.refresh_from_db()
    assert second.stage.name == "Screening"
    done = recruiter.get(f"{url}?stage={application.stage_id}")
    assert "Nobody is waiting for you" in done.text
    assert "Go on with Screening" in done.text
    on = recruiter.get(url)  # without a stage it goes on where somebody waits
    assert (on.context["application"], on.context["stage"]) == (second, second.stage)


def test_rejecting_in_the_queue_keeps_the_reason_and_can_be_taken_back(
    recruiter: Client, application: Application
) -> None:
    reason = factories.RejectionReasonFactory(company=application.position.company)
    page = act(recruiter, application, action="reject", reason=reason.pk)
    application.refresh_from_db()
    assert (application.stage.kind, application.rejection_reason) == ("rejected", reason)
    assert "/undo/?changes=" in page
    act(recruiter, application, action="advance")
    application.refresh_from_db()
    assert application.stage.kind == "rejected"


def test_evaluations_of_others_are_hidden_until_ones_own_is_given(
    recruiter: Client, application: Application, ada: Membership, ben: Membership
) -> None:
    reviewing.rate(application, 2, "Too quiet", by=ada)
    url = f"/positions/{application.position_id}/review/"
    before = recruiter.get(url).text
    assert "Too quiet" not in before
    assert "1 colleague has given an evaluation" in before
    after = act(recruiter, application, stars="5", text="Great")
    assert "Too quiet" in after
    summary = reviewing.summary(application, ben)
    assert (summary.average, summary.lowest, summary.highest) == (3.5, 2, 5)
    act(recruiter, application, stars="9")
    assert Review.objects.count() == 2


def test_tags_are_added_from_the_companys_own(recruiter: Client, application: Application) -> None:
    mine = factories.TagFactory(company=application.position.company)
    strange = factories.TagFactory()
    for tag in (mine, strange):
        act(recruiter, application, action="tag", tag=tag.pk)
    assert list(application.tags.all()) == [mine]


def test_cv_is_shown_beside_it_if_it_is_a_pdf(
    recruiter: Client, stranger: Client, application: Application
) -> None:
    company = application.position.company
    document = factories.DocumentFactory(
        application=application,
        content_type="application/pdf",
        file=files.store(company, b"%PDF-1.7 x"),
    )
    assert (
        f"/documents/{document.code}/preview/"
        in recruiter.get(f"/positions/{application.position_id}/review/").text
    )
    shown = recruiter.get(f"/documents/{document.code}/preview/")
    assert (shown["Content-Type"], shown["Content-Disposition"]) == ("application/pdf", "inline")
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    shown.getvalue()
    document.file = files.store(company, b"<html>no pdf")
    document.save()
    handed_out = recruiter.get(f"/documents/{document.code}/preview/")
    assert handed_out["Content-Type"] == "application/octet-stream"
    handed_out.getvalue()
    assert stranger.get(f"/documents/{document.code}/preview/").status_code == 404


def test_hiring_manager_reviews_and_a_viewer_does_not(
    manager: Client, viewer: Client, application: Application
) -> None:
    url = f"/positions/{application.position_id}/review/"
    assert manager.get(url).status_code == 200
    assert viewer.get(url).status_code == 403
    act(manager, application, stars="4")
    assert Review.objects.get().stars == 4


@pytest.mark.parametrize("count", [1, 3])
def test_review_asks_the_database_the_same_for_one_and_for_three(
    admin: Client, position: Position, count: int, django_assert_max_num_queries: object
) -> None:
    for _ in range(count):
        each = factories.ApplicationFactory(position=position)
        factories.DocumentFactory(application=each)
        other = factories.MembershipFactory(company=position.company)
        reviewing.rate(each, 3, "", by=other)
    with django_assert_max_num_queries(15):  # type: ignore[operator]  # pytest-django's fixture
        admin.get(f"/positions/{position.pk}/review/")
