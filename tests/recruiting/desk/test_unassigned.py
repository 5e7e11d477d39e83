"""Unassigned messages: the list, the opened message, and the three ways out of it."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import Delivery
from recruiting.conversation.receiving import intake, rules, sorting
from recruiting.models import Application, MailRule, Message, Position
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
        why="unknown",
        why_about={"address": "second@mail.example"},
    )
    return message


def url(message: Message, end: str = "") -> str:
    return f"{LIST}{message.pk}/{end}"


def undo_of(page: Any) -> str:
    """The address that the Undo of the newest toast posts to."""
    tags = [each.extra_tags for each in page.context["messages"] if each.extra_tags]
    return str(tags[-1]).removeprefix("undo:")


def test_list_shows_what_waits_and_marks_tests(recruiter: Client, message: Message) -> None:
    factories.UnassignedMessageFactory(
        company=message.company, subcompany=message.subcompany, kind="test", subject="Redirect?"
    )
    page = recruiter.get(LIST).text
    for words in ("My certificates", "Mia Muster", "Redirect?", "Test mail"):
        assert words in page
    for news in ("", "?fragment=other"):  # a test mail is shown and not counted
        assert '<span class="count">1</span>' in recruiter.get(LIST + news).text


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


def test_what_is_done_with_one_message_is_undone(
    recruiter: Client, message: Message, application: Application, position: Position
) -> None:
    """Made an application, assigned, spam, deleted: each comes back, and what was learned is forgotten."""
    data = {"application": application.pk, "remember_address": "on"}
    made = {"position": position.pk, "last_name": "New", "email": message.from_address}
    for end, typed in (
        ("create/", made),
        ("assign/", data),
        ("archive/", {"as": "spam"}),
        ("archive/", {"as": "deleted"}),
    ):
        page = recruiter.post(url(message, end), typed, follow=True)
        assert not Message.objects.unassigned().exists()
        undo = undo_of(page)
        recruiter.post(undo)
        assert Message.objects.unassigned().exists()
        assert "Nobody here is known" in recruiter.get(url(message)).text
    recruiter.post(url(message, "create/"), made)
    new = Application.objects.exclude(pk=application.pk).get()
    new.notes.create(text="Called her.")
    assert "has been worked on" in recruiter.post(url(message, "restore/"), follow=True).text
    application.refresh_from_db()
    assert (application.unread_count, application.waiting_since) == (0, None)
    assert not application.candidate.addresses.filter(address="second@mail.example").exists()


def test_many_are_sorted_at_once_and_come_back(
    recruiter: Client, message: Message, application: Application, ben: Membership
) -> None:
    stranger_mail = factories.UnassignedMessageFactory(
        company=message.company,
        subcompany=ben.subcompany,
        from_name="",
        from_address="who@else.example",
    )
    foreign = factories.UnassignedMessageFactory()
    ids = {"message": [message.pk, stranger_mail.pk, foreign.pk]}
    page = recruiter.post(f"{LIST}bulk/", ids | {"action": "assign"}, follow=True)
    assert "1 message assigned" in page.text
    assert "1 message stays" in page.text
    undo = undo_of(page)
    assert "1 message is back" in recruiter.post(undo, follow=True).text
    for action in ("not_candidate", "spam", "deleted"):
        page = recruiter.post(f"{LIST}bulk/", ids | {"action": action}, follow=True)
        assert Message.objects.archived().filter(archived_as=action).count() == 2
        undo = undo_of(page)
        recruiter.post(undo)
        assert Message.objects.unassigned().count() == 3
    assert "Choose a message first." in recruiter.post(f"{LIST}bulk/", {}, follow=True).text


def test_a_rule_puts_away_what_waits_and_what_comes_until_it_is_removed(
    recruiter: Client, admin: Client, message: Message, company: Company, application: Application
) -> None:
    typed = {"pattern": "@mail.example", "treat": "machine"}
    assert "everybody at mail.example" in admin.get(url(message)).text
    assert (
        "mail.example: Machine mail" in admin.post(url(message, "rule/"), typed, follow=True).text
    )
    assert Message.objects.archived().get().archived_as == "machine"

    def receive(sender: str) -> Message:
        delivery = factories.DeliveryFactory(
            company=company, content=factories.raw_mail(sender=sender)
        )
        intake.file(delivery.pk)
        return Message.objects.get(delivery=delivery)

    put_away = receive("News <NEWS@mail.example>")
    assert (put_away.kind, put_away.archived_as) == ("machine", "machine")
    assert "A rule for mail from @mail.example" in put_away.reason
    assert receive("mia@mail.example").application == application  # a candidate is never put away
    assert receive("news@else.example").archived_at is None
    rule = MailRule.objects.get()
    assert rule.hits == 1
    assert "@mail.example" in admin.get("/messages/rules/").text
    assert recruiter.post(f"/messages/rules/{rule.pk}/remove/").status_code == 404  # company-wide
    undone = admin.post(
        url(put_away, "rule/"), {"pattern": "news@mail.example", "treat": "spam"}, follow=True
    )
    admin.post(undo_of(undone))
    assert MailRule.objects.get() == rule
    admin.post(f"/messages/rules/{rule.pk}/remove/")
    assert receive("news2@mail.example").archived_at is None


def test_no_rule_is_made_for_a_domain_of_everybody_or_for_somebody_else(
    recruiter: Client, message: Message
) -> None:
    assert rules.patterns("Mia@GMail.com") == ["mia@gmail.com"]
    for pattern in ("@else.example", ""):
        recruiter.post(url(message, "rule/"), {"pattern": pattern, "treat": "spam"})
    recruiter.post(url(message, "rule/"), {"pattern": "second@mail.example", "treat": "x"})
    assert not MailRule.objects.exists()


def test_spam_and_what_was_deleted_is_wiped_after_a_while(
    message: Message, ben: Membership
) -> None:
    sorting.archive(message, by=ben, as_="spam")
    assert sorting.wipe() == 0
    Message.objects.update(archived_at=timezone.now() - sorting.KEPT_FOR)
    assert sorting.wipe() == 1
    assert not Message.objects.exists()
    assert not Delivery.objects.exists()


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
    admin: Client, company: Company, count: int, django_assert_max_num_queries: Any
) -> None:
    messages = factories.UnassignedMessageFactory.create_batch(count, company=company)
    for mail in messages:
        known = factories.ApplicationFactory(position__company=company).candidate
        factories.CandidateAddressFactory(candidate=known, normalised=mail.from_address)
    factories.MailboxFactory(company=company, paused_at=timezone.now())
    with django_assert_max_num_queries(12):
        admin.get(url(messages[0]))
