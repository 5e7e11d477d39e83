"""Messages: folders, and who answers a conversation and when."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import OutgoingMail
from recruiting.conversation.receiving import intake
from recruiting.conversation.writing import composing
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application
from tests import factories
from tests.recruiting.desk.conftest import browser

HELLO = Letter(subject="Hello", text="Dear Mia")


@pytest.fixture
def waiting(application: Application) -> Application:
    """Mia has written and nobody has answered."""
    message = factories.MessageFactory(
        application=application, subject="May I bring my dog?", text="He is small."
    )
    application.waiting_since = application.last_message_at = message.at
    application.save()
    return application


def names(client: Client, folder: str) -> list[str]:
    return [str(row.candidate) for row in client.get(f"/messages/{folder}/").context["page"]]


def test_the_short_address_of_messages_leads_to_what_is_unassigned(recruiter: Client) -> None:
    assert recruiter.get("/messages/")["Location"] == "/messages/unassigned/"


def test_an_answer_of_a_candidate_waits_until_somebody_writes(
    recruiter: Client, application: Application, ben: Membership
) -> None:
    raw = factories.raw_mail(sender="mia@mail.example", subject="May I?")
    delivery = factories.DeliveryFactory(company=application.position.company, content=raw)
    intake.file(delivery.pk)
    assert names(recruiter, "unreplied") == ["Mia Muster"]
    composing.send(application, HELLO, by=ben)
    assert names(recruiter, "unreplied") == []
    assert names(recruiter, "mine") == ["Mia Muster"]


def test_a_thread_shows_its_mails_and_a_composer(recruiter: Client, waiting: Application) -> None:
    page = recruiter.get(f"/messages/unreplied/{waiting.pk}/").text
    for words in ("May I bring my dog?", 'id="composer"', "Waits", "Done", "Snooze"):
        assert words in page


@pytest.mark.parametrize(
    ("hours", "waited", "clock"),
    [
        (24, 1, "Answer due in 22 hours"),
        (24, 23, "Answer due in 59 minutes"),
        (24, 30, "Answer late by 6 hours"),
        (None, 30, "Waits 1 day"),
    ],
)
def test_the_clock_of_the_companys_rule_stands_in_inbox_thread_and_to_do(
    recruiter: Client, waiting: Application, hours: int | None, waited: int, clock: str
) -> None:
    Company.objects.update(reply_hours=hours)
    since = timezone.now() - timedelta(hours=waited)
    Application.objects.update(waiting_since=since)
    for url in ("/messages/unreplied/", f"/messages/unreplied/{waiting.pk}/", "/"):
        page = recruiter.get(url).text.replace("\xa0", " ")
        assert clock in page, url


def test_who_waits_can_be_chosen_in_the_inbox_and_written_to_at_once(
    recruiter: Client, viewer: Client, waiting: Application
) -> None:
    box = f'name="application"\n           value="{waiting.pk}"'
    page = recruiter.get("/messages/unreplied/").text
    assert box in page
    assert 'action="/messages/mailings/new/"' in page
    chosen = {"application": waiting.pk, "action": "write"}
    assert "Mia Muster" in recruiter.post("/messages/mailings/new/", chosen).text
    assert box not in viewer.get("/messages/unreplied/").text
    assert box not in recruiter.get("/").text


def test_done_leaves_unreplied_and_can_be_undone(recruiter: Client, waiting: Application) -> None:
    one = f"/applications/{waiting.pk}/"
    page = recruiter.post(f"{one}done/", {"folder": "unreplied"}, follow=True)
    assert page.redirect_chain == [("/messages/unreplied/", 302)]
    assert f"{one}reopen/" in page.text
    assert names(recruiter, "unreplied") == []
    recruiter.post(f"{one}reopen/")
    assert names(recruiter, "unreplied") == ["Mia Muster"]


def test_a_snoozed_conversation_comes_back(recruiter: Client, waiting: Application) -> None:
    recruiter.post(f"/applications/{waiting.pk}/snooze/", {"for": "3h"})
    assert names(recruiter, "unreplied") == []
    Application.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert names(recruiter, "unreplied") == ["Mia Muster"]


@pytest.mark.parametrize(
    "typed", ["9999-12-31T23:59:00-12:00", "", "2020-01-01T10:00", "2026-13-99T10:00", "soon"]
)
def test_nobody_snoozes_into_the_past(recruiter: Client, waiting: Application, typed: str) -> None:
    page = recruiter.post(f"/applications/{waiting.pk}/snooze/", {"until": typed}, follow=True).text
    assert "Choose a moment in the future." in page
    assert names(recruiter, "unreplied") == ["Mia Muster"]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "nowhere", "a@b"])
def test_an_action_ends_on_no_page_but_ours(
    recruiter: Client, waiting: Application, back: str
) -> None:
    answer = recruiter.post(f"/applications/{waiting.pk}/done/", {"back": back})
    assert answer["Location"].startswith(("/messages/", "/applications/"))


def test_a_conversation_is_handed_to_a_colleague_who_sees_it(
    recruiter: Client, waiting: Application, ada: Membership
) -> None:
    recruiter.post(f"/applications/{waiting.pk}/assignee/", {"assignee": ada.pk})
    assert names(browser(ada), "mine") == ["Mia Muster"]
    assert names(recruiter, "mine") == []


def test_a_conversation_is_not_handed_to_somebody_who_cannot_see_it(
    recruiter: Client, waiting: Application, company: Company, cleo: Membership
) -> None:
    blind = factories.MembershipFactory(company=company, role="hiring_manager")
    for member in (blind, cleo):
        recruiter.post(f"/applications/{waiting.pk}/assignee/", {"assignee": member.pk})
    waiting.refresh_from_db()
    assert waiting.assignee is None


def test_failed_machine_and_test_mails_have_folders(
    admin: Client, application: Application
) -> None:
    company = application.position.company
    factories.SentMessageFactory(
        application=application, outgoing__state=OutgoingMail.State.FAILED, subject="Lost letter"
    )
    factories.UnassignedMessageFactory(
        company=company, kind="auto_reply", subject="Out of office", archived_at=timezone.now()
    )
    factories.UnassignedMessageFactory(company=company, kind="test", subject="Redirect?")
    for folder, words in (
        ("failed", "Lost letter"),
        ("machine", "Out of office"),
        ("tests", "Redirect?"),
    ):
        page = admin.get(f"/messages/{folder}/").text
        assert words in page


def test_folders_asked_for_news_answer_with_the_list_or_nothing(
    recruiter: Client, waiting: Application
) -> None:
    version = recruiter.get("/messages/unreplied/").context["version"]
    url = f"/messages/unreplied/?fragment={version}"
    assert recruiter.get(url).status_code == 204
    Application.objects.update(waiting_since=None)
    assert "Nobody waits for an answer" in recruiter.get(url).text


def test_hiring_managers_see_their_conversations_and_no_unsorted_mail(
    manager: Client, waiting: Application
) -> None:
    assert names(manager, "unreplied") == ["Mia Muster"]
    assert manager.get("/messages/machine/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("path", ["unreplied/", "failed/", "unreplied/{pk}/"])
def test_folders_ask_the_database_the_same_for_one_and_for_three(
    recruiter: Client,
    application: Application,
    path: str,
    count: int,
    django_assert_max_num_queries: Any,
) -> None:
    for _ in range(count):
        other = factories.ApplicationFactory(
            position=application.position, waiting_since=timezone.now()
        )
        factories.MessageFactory(application=other)
        factories.SentMessageFactory(application=other, outgoing__state="failed")
    url = f"/messages/{path.format(pk=application.pk)}"
    recruiter.get(url)
    with django_assert_max_num_queries(15):
        recruiter.get(url)


def test_a_colleague_nobody_has_is_not_chosen(recruiter: Client, waiting: Application) -> None:
    page = recruiter.post(
        f"/applications/{waiting.pk}/assignee/", {"assignee": "9" * 5000}, follow=True
    )
    assert "Choose a colleague" in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_an_open_thread_asks_the_database_the_same_for_one_and_for_three_mails(
    recruiter: Client, waiting: Application, count: int, django_assert_max_num_queries: Any
) -> None:
    """Also while it is unread, half an answer with files is written, and a connection is broken."""
    company, url = waiting.position.company, f"/messages/all/{waiting.pk}/"
    template = factories.MessageTemplateFactory(company=company)
    factories.MailboxFactory(company=company, paused_at=timezone.now())
    for number in range(count):
        factories.SentMessageFactory(application=waiting)
        factories.NoteFactory(application=waiting)
        factories.CandidateAddressFactory(company=company, candidate=waiting.candidate)
        chosen = {"attachments": ContentFile(b"x", f"{number}.pdf")}
        typed = {"text": "Dear", "template": template.pk}
        recruiter.post(f"/applications/{waiting.pk}/draft/", typed | chosen)
    factories.MessageFactory(application=waiting)
    Application.objects.filter(pk=waiting.pk).update(unread_count=1)
    with django_assert_max_num_queries(15):
        page = recruiter.get(url)
    assert [each.name for each in page.context["attached"]] == [f"{n}.pdf" for n in range(count)]
    assert "cannot send" in page.text
