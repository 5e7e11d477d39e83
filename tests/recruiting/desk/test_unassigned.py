"""Unassigned messages: the list, the opened message, and the three ways out of it."""

import pytest
from django.test import Client

from companies.models import Company, Membership
from recruiting.models import Application, Message, Position
from tests import factories

LIST = "/messages/unassigned/"


@pytest.fixture
def message(company: Company, ben: Membership) -> Message:
    message: Message = factories.UnassignedMessageFactory(
        company=company,
        subcompany=ben.subcompany,
        from_name="Mia Muster",
        from_address="second@mail.example",
        subject="My certificates",
        text="As promised on the phone.",
        reason="Nobody here is known to write from second@mail.example.",
    )
    return message


def url(message: Message, end: str = "") -> str:
    return f"{LIST}{message.pk}/{end}"


def test_list_shows_what_waits_and_marks_tests(recruiter: Client, message: Message) -> None:
    factories.UnassignedMessageFactory(
        company=message.company, subcompany=message.subcompany, kind="test", subject="Redirect?"
    )
    page = recruiter.get(LIST).text
    for words in ("My certificates", "Mia Muster", "Redirect?", "Test mail"):
        assert words in page


def test_empty_list_explains_itself(recruiter: Client) -> None:
    assert "Nothing to sort" in recruiter.get(LIST).text


def test_list_asked_for_news_answers_with_the_list_or_nothing(
    recruiter: Client, message: Message
) -> None:
    version = recruiter.get(LIST).context["version"]
    assert recruiter.get(f"{LIST}?fragment={version}").status_code == 204
    opened = url(message)  # somebody else sorts it while it is open here
    message.delete()
    news = recruiter.get(f"{opened}?fragment={version}")
    assert "Nothing to sort" in news.text
    assert "<html" not in news.text


def test_opened_message_says_why_it_is_here_and_who_it_may_be(
    recruiter: Client, message: Message, application: Application
) -> None:
    page = recruiter.get(url(message)).text
    for words in ("Why is this here?", "Nobody here is known", "Perhaps Mia Muster", "Same name"):
        assert words in page


def test_opened_message_of_an_unknown_person_offers_a_filled_in_form(
    recruiter: Client, message: Message
) -> None:
    form = recruiter.get(url(message)).context["create_form"]
    shown = {name: form.initial[name] for name in ("first_name", "last_name", "email")}
    assert shown == {
        "first_name": "Mia",
        "last_name": "Muster",
        "email": "second@mail.example",
    }


def test_search_finds_conversations_by_address(
    recruiter: Client, message: Message, application: Application
) -> None:
    other = factories.ApplicationFactory(
        position=application.position, candidate__address="jonas@web.example"
    )
    found = recruiter.get(f"{url(message)}?q=jonas@web").context["choices"]
    assert found == [other]
    assert "Nobody fits" in recruiter.get(f"{url(message)}?q=nobody-at-all").text


def test_assigned_message_stands_in_the_conversation_and_the_address_is_known(
    recruiter: Client, message: Message, application: Application
) -> None:
    data = {"application": application.pk, "remember_address": "on"}
    page = recruiter.post(url(message, "assign/"), data, follow=True).text
    message.refresh_from_db()
    assert message.application == application
    assert application.candidate.addresses.filter(address="second@mail.example").exists()
    assert "Assigned to Mia Muster" in page


def test_message_cannot_be_assigned_to_a_strangers_application(
    recruiter: Client, message: Message
) -> None:
    foreign = factories.ApplicationFactory()
    page = recruiter.post(url(message, "assign/"), {"application": foreign.pk}, follow=True).text
    message.refresh_from_db()
    assert message.application is None
    assert "Choose an application" in page


def test_application_is_created_of_a_message(
    recruiter: Client, message: Message, position: Position
) -> None:
    data = {
        "position": position.pk,
        "first_name": "Mia",
        "last_name": "Muster",
        "email": "second@mail.example",
    }
    answer = recruiter.post(url(message, "create/"), data)
    application = Application.objects.get()
    assert answer["Location"] == f"/applications/{application.pk}/"
    message.refresh_from_db()
    assert message.application == application


def test_application_without_a_position_keeps_the_form(recruiter: Client, message: Message) -> None:
    data = {"first_name": "Mia", "last_name": "Changed", "email": "second@mail.example"}
    answer = recruiter.post(url(message, "create/"), data)
    assert answer.status_code == 422
    assert answer.context["create_form"].errors.keys() == {"position"}
    assert "Changed" in answer.text


def test_application_that_exists_is_not_created_again(
    recruiter: Client, message: Message, application: Application
) -> None:
    data = {
        "position": application.position_id,
        "first_name": "Mia",
        "last_name": "Muster",
        "email": "mia@mail.example",
    }
    answer = recruiter.post(url(message, "create/"), data)
    assert answer.status_code == 422
    assert "already applied to this position" in answer.text
    assert Application.objects.count() == 1


def test_archived_message_leaves_the_list_and_comes_back_by_undo(
    recruiter: Client, message: Message
) -> None:
    page = recruiter.post(url(message, "archive/"), follow=True).text
    assert not Message.objects.unassigned().exists()
    assert f'action="{url(message, "restore/")}"' in page
    recruiter.post(url(message, "restore/"))
    assert list(Message.objects.unassigned()) == [message]


def test_archived_messages_are_listed_and_come_back_days_later(
    recruiter: Client, message: Message
) -> None:
    recruiter.post(url(message, "archive/"))
    assert "My certificates" in recruiter.get(f"{LIST}?folder=archived").text
    page = recruiter.get(f"{url(message)}?folder=archived").text
    assert "As promised on the phone." in page
    assert f'action="{url(message, "restore/")}"' in page
    assert f'action="{url(message, "archive/")}"' not in page
    assert "My certificates" not in recruiter.get(LIST).text.partition('class="toast')[0]


def test_a_person_of_one_name_becomes_an_application(
    recruiter: Client, message: Message, position: Position
) -> None:
    data = {
        "position": position.pk,
        "first_name": "",
        "last_name": "Mia",
        "email": "mia@one.example",
    }
    recruiter.post(url(message, "create/"), data)
    assert Application.objects.get().candidate.name == "Mia"


@pytest.mark.parametrize("end", ["", "assign/", "create/", "archive/", "restore/"])
def test_unassigned_message_is_hidden_from_strangers_and_refused_to_viewers(
    stranger: Client, viewer: Client, message: Message, end: str
) -> None:
    ask = "post" if end else "get"
    assert getattr(stranger, ask)(url(message, end)).status_code == 404
    assert getattr(viewer, ask)(url(message, end)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_unassigned_asks_the_database_the_same_for_one_and_for_three(
    admin: Client, company: Company, count: int, django_assert_num_queries: object
) -> None:
    messages = factories.UnassignedMessageFactory.create_batch(count, company=company)
    factories.ApplicationFactory.create_batch(
        count, position__company=company, candidate__last_name="Muster"
    )
    with django_assert_num_queries(15):  # type: ignore[operator]  # pytest-django's fixture
        admin.get(url(messages[0]))
