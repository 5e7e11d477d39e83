"""The first page: what waits."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import OutgoingMail
from recruiting.models import Application, Message, RefusedApplication
from tests import factories


@pytest.fixture
def waiting(application: Application, ben: Membership) -> Application:
    """Something of every kind for Ben: Mia wrote, waits, and is in her stage for too long."""
    long_ago = timezone.now() - timedelta(days=9)
    Application.objects.filter(pk=application.pk).update(
        unread_count=1, waiting_since=long_ago, last_message_at=long_ago, stage_entered_at=long_ago
    )
    factories.SentMessageFactory(
        application=application, outgoing__state=OutgoingMail.State.BOUNCED, subject="Invitation"
    )
    factories.UnassignedMessageFactory(
        company=application.position.company,
        subcompany=ben.subcompany,
        subject="Who reads this?",
        from_address="second@mail.example",
    )
    RefusedApplication.objects.create(
        company=application.position.company,
        position=application.position,
        reason="already applied",
        data={"last_name": "Refused", "email": "r@mail.example"},
    )
    return application


def test_home_shows_what_waits(recruiter: Client, waiting: Application) -> None:
    page = recruiter.get("/").text
    for words in ("Mia Muster", "Invitation", "Came back", "Who reads this?", "Refused"):
        assert words in page
    for count in ("Unanswered", "New applications", "Too long in a stage", "Refused applications"):
        assert f'{count} <span class="count">1</span>' in page
    for url in ("/todo/new/", "/todo/overdue/"):
        assert "Mia Muster" in recruiter.get(url).text


def test_what_waits_is_worked_off_without_leaving_the_page(
    recruiter: Client, waiting: Application
) -> None:
    """Each row does what it offers, ends on the first page, and the row is gone."""
    sent, unsorted = Message.objects.get(outgoing__isnull=False), Message.objects.unassigned().get()
    refused = RefusedApplication.objects.get()
    screening = waiting.position.pipeline.stages.get(name="Screening")
    version = recruiter.get("/").context["version"]
    assert recruiter.get(f"/?fragment={version}").status_code == 204
    page = ""
    for url, data in (
        (f"/messages/{sent.pk}/leave/", {}),
        (f"/applications/{waiting.pk}/done/", {}),
        (f"/applications/{waiting.pk}/move/", {"stage": screening.pk}),
        (f"/messages/unassigned/{unsorted.pk}/assign/", {"application": waiting.pk}),
        (f"/applications/{waiting.pk}/done/", {}),
        (
            f"/applications/refused/{refused.pk}/accept/",
            {"position": waiting.position_id, "last_name": "R", "email": "r@mail.example"},
        ),
    ):
        answer = recruiter.post(url, {**data, "back": "/"})
        assert answer["Location"] == "/", url
        page = recruiter.get(f"/?fragment={version}").text
    assert "Invitation" not in page
    assert "Mia Muster" not in page
    assert "New applications" in page  # the one that was refused
    recruiter.post(f"/messages/{sent.pk}/ask-again/", {"back": "/"})
    assert "Invitation" in recruiter.get("/").text
    recruiter.post(f"/messages/{sent.pk}/leave/")
    recruiter.post(f"/messages/{sent.pk}/retry/", {"back": "https://evil.example/"})
    assert Message.objects.get(pk=sent.pk).archived_at is None


def test_home_of_a_quiet_day_says_so(recruiter: Client) -> None:
    assert "Nothing waits" in recruiter.get("/").text


def test_home_shows_a_viewer_no_mail_to_sort(viewer: Client, company: Company) -> None:
    factories.UnassignedMessageFactory(company=company, subject="Who reads this?")
    assert "Who reads this?" not in viewer.get("/").text


def test_navigation_leads_to_messages_only_those_who_may_sort_them(
    recruiter: Client, viewer: Client
) -> None:
    assert "/messages/unassigned/" in recruiter.get("/").text
    assert "/messages/unassigned/" not in viewer.get("/").text


def test_home_of_somebody_without_a_company_explains_that(client: Client, db: None) -> None:
    client.force_login(factories.UserFactory(email="lost@example.test"))
    answer = client.get("/")
    assert answer.status_code == 403
    assert "You belong to no company" in answer.text


@pytest.mark.parametrize("count", [1, 3])
def test_home_asks_the_database_the_same_for_one_and_for_three(
    admin: Client, company: Company, count: int, django_assert_num_queries: object
) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    for _ in range(count):
        application = factories.ApplicationFactory(
            position__company=company, waiting_since=long_ago, stage_entered_at=long_ago
        )
        factories.SentMessageFactory(
            application=application, outgoing__state=OutgoingMail.State.FAILED
        )
        factories.UnassignedMessageFactory(company=company)
        RefusedApplication.objects.create(company=company, position=application.position)
        mail = factories.UnassignedMessageFactory(company=company)
        factories.CandidateAddressFactory(
            company=company, candidate=application.candidate, normalised=mail.from_address
        )
    with django_assert_num_queries(14):  # type: ignore[operator]  # pytest-django's fixture
        admin.get("/")
    factories.MailboxFactory(company=company, paused_at=long_ago)
    with django_assert_num_queries(15):  # type: ignore[operator]  # pytest-django's fixture
        assert "cannot send" in admin.get("/").text
