"""The first page: what waits."""

import pytest
from django.test import Client
from django.utils import timezone

from companies.models import Company, Membership, Subcompany
from mailsettings.models import OutgoingMail
from recruiting.models import Application
from tests import factories


def test_home_shows_what_waits(
    recruiter: Client, application: Application, ben: Membership
) -> None:
    Application.objects.filter(pk=application.pk).update(unread_count=1)
    factories.SentMessageFactory(
        application=application, outgoing__state=OutgoingMail.State.BOUNCED, subject="Invitation"
    )
    factories.UnassignedMessageFactory(
        company=application.position.company, subcompany=ben.subcompany, subject="Who reads this?"
    )
    page = recruiter.get("/").text
    for words in ("Unread answers", "Mia Muster", "Invitation", "Came back", "Who reads this?"):
        assert words in page


def test_home_of_a_quiet_day_says_so(recruiter: Client) -> None:
    assert "Nothing waits" in recruiter.get("/").text


def test_home_names_paused_accounts_to_those_who_can_repair_them(
    admin: Client, recruiter: Client, company: Company, subcompany: Subcompany
) -> None:
    factories.MailboxFactory(
        company=company,
        subcompany=subcompany,
        address="jobs@acme.example",
        paused_at=timezone.now(),
        pause_reason="The server refuses the password.",
    )
    assert "jobs@acme.example cannot send" in admin.get("/").text
    assert "jobs@acme.example" not in recruiter.get("/").text


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
    for _ in range(count):
        application = factories.ApplicationFactory(position__company=company, unread_count=1)
        factories.SentMessageFactory(
            application=application, outgoing__state=OutgoingMail.State.FAILED
        )
        factories.UnassignedMessageFactory(company=company)
    with django_assert_num_queries(11):  # type: ignore[operator]  # pytest-django's fixture
        admin.get("/")
