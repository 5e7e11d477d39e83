"""One letter to many people."""

from typing import Any

import pytest
from django.test import Client

from companies.models import Membership
from mailsettings.models import OutgoingMail
from recruiting.conversation import mailings
from recruiting.models import Application, Mailing, MailingRecipient, Message
from tests import factories

NEW = "/messages/mailings/new/"
LETTER = {"subject": "{{ position_name }}", "text": "Dear {{ first_name }},", "action": "send"}


@pytest.fixture
def people(application: Application) -> list[Application]:
    """Mia, and two more who applied for her position."""
    more = factories.ApplicationFactory.create_batch(
        2, position=application.position, candidate__first_name="Jo"
    )
    return [application, *more]


def ids(people: list[Application]) -> dict[str, Any]:
    return {"application": [each.pk for each in people]}


def test_a_letter_goes_to_each_once_from_rows_written_in_the_request(
    recruiter: Client, people: list[Application]
) -> None:
    again = factories.ApplicationFactory(
        position__company=people[0].position.company,
        position__subcompany=people[0].position.subcompany,
        candidate=people[0].candidate,
    )
    page = recruiter.post(NEW, LETTER | ids([*people, again]), follow=True).text
    assert "0 of 3 have left" in page
    assert not Message.objects.exists()
    assert mailings.write_pending() == 3
    assert mailings.write_pending() == 0
    assert sorted(Message.objects.values_list("text", flat=True)) == [
        "Dear Jo,",
        "Dear Jo,",
        "Dear Mia,",
    ]


def test_two_clicks_are_one_mailing(recruiter: Client, people: list[Application]) -> None:
    first, second = (recruiter.post(NEW, LETTER | ids(people)) for _ in range(2))
    assert first["Location"] == second["Location"]
    recruiter.post(NEW, LETTER | ids(people[:1]))
    assert Mailing.objects.count() == 2


def test_each_person_has_a_preview(recruiter: Client, people: list[Application]) -> None:
    page = recruiter.post(NEW, LETTER | ids(people) | {"action": "preview"}).text
    assert "Dear Mia," in page
    assert "Dear Jo," in page
    assert not Mailing.objects.exists()


def test_a_letter_that_stays_open_for_somebody_is_refused(
    recruiter: Client, people: list[Application]
) -> None:
    people[1].candidate.first_name = ""
    people[1].candidate.save()
    answer = recruiter.post(NEW, LETTER | ids(people))
    assert answer.status_code == 422
    assert "first_name" in answer.text
    assert not Mailing.objects.exists()


def test_a_template_begins_the_letter(recruiter: Client, people: list[Application]) -> None:
    template = factories.MessageTemplateFactory(company=people[0].position.company, body="Soon!")
    page = recruiter.post(NEW, ids(people) | {"action": "template", "template": template.pk})
    assert page.context["form"]["text"].value() == "Soon!"


def test_a_mailing_is_stopped_for_all_that_have_not_left(
    recruiter: Client, people: list[Application], ben: Membership
) -> None:
    mailing = mailings.start(people, subject="Hello", text="Dear you", by=ben)
    mailings.write_pending()
    first = OutgoingMail.objects.first()
    OutgoingMail.objects.filter(pk=first.pk).update(state="sent")
    recruiter.post(f"/messages/mailings/{mailing.pk}/stop/")
    states = MailingRecipient.objects.order_by("state").values_list("state", flat=True)
    assert list(states) == ["queued", "stopped", "stopped"]
    assert OutgoingMail.objects.filter(state="cancelled").count() == 2


def test_who_cannot_be_written_to_is_told_and_holds_up_nobody(
    people: list[Application], ben: Membership
) -> None:
    people[0].candidate.addresses.all().delete()
    mailing = mailings.start(people, subject="Hello", text="Dear you", by=ben)
    assert mailings.write_pending() == 2
    refused = mailing.recipients.get(state="refused")
    assert "no address that works" in refused.problem


def test_people_of_others_are_not_written_to(
    recruiter: Client, stranger: Client, viewer: Client, people: list[Application]
) -> None:
    foreign = factories.ApplicationFactory()
    recruiter.post(NEW, LETTER | ids([foreign]))
    stranger.post(NEW, LETTER | ids(people))
    assert viewer.post(NEW, LETTER | ids(people)).status_code == 403
    assert not Mailing.objects.exists()


@pytest.mark.parametrize("count", [1, 50])
def test_the_request_asks_the_database_the_same_for_one_and_for_fifty(
    recruiter: Client, application: Application, count: int, django_assert_max_num_queries: Any
) -> None:
    many = factories.ApplicationFactory.create_batch(count, position=application.position)
    with django_assert_max_num_queries(13):
        assert recruiter.post(NEW, LETTER | ids(many)).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_progress_asks_the_database_the_same_for_one_and_for_three(
    recruiter: Client,
    application: Application,
    ben: Membership,
    count: int,
    django_assert_max_num_queries: Any,
) -> None:
    many = factories.ApplicationFactory.create_batch(count, position=application.position)
    mailing = mailings.start(many, subject="Hello", text="Dear you", by=ben)
    mailings.write_pending()
    with django_assert_max_num_queries(8):
        recruiter.get(f"/messages/mailings/{mailing.pk}/")
