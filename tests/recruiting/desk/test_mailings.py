"""One letter to many people."""

from typing import Any

import pytest
from django.test import Client

from companies.models import Membership
from mailsettings.models import OutgoingMail
from recruiting.conversation.writing import mailings, signatures
from recruiting.models import Application, Mailing, MailingRecipient, Message
from recruiting.search import index
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


def test_each_person_has_a_preview_of_what_is_sent(
    recruiter: Client, people: list[Application], ben: Membership
) -> None:
    signatures.keep("The team of Acme", by=ben)
    mia = people[0]
    mia.candidate.addresses.create(company=ben.company, address="mia@new.example")
    factories.MessageFactory(application=mia, from_address="mia@new.example")
    rows = recruiter.post(NEW, LETTER | ids(people) | {"action": "preview"}).context["rows"]
    shown = {each.candidate.first_name: letter for each, letter in rows}
    assert shown["Jo"].text == "Dear Jo,\n\n-- \nThe team of Acme"
    assert not Mailing.objects.exists()
    recruiter.post(NEW, LETTER | ids([mia]))
    mailings.write_pending()
    sent = Message.objects.get(direction="out")
    assert (sent.text, sent.to_addresses) == (shown["Mia"].text, ["mia@new.example"])


def test_candidates_and_search_choose_whom_to_write_to(
    recruiter: Client, viewer: Client, people: list[Application]
) -> None:
    """A person stands for the newest application; one who is found thrice is written to once."""
    mia = people[0]
    index.person(mia.candidate)
    for url, box in (
        ("/candidates/", f'name="application"\n       value="{mia.pk}"'),
        ("/search/?q=Mia", f'name="candidate"\n       value="{mia.candidate_id}"'),
    ):
        page = recruiter.get(url).text
        assert box in page
        assert NEW in page
        assert NEW not in viewer.get(url).text
    chosen = {"candidate": [mia.candidate_id], "application": [mia.pk, people[1].pk]}
    rows = recruiter.post(NEW, {"action": "write"} | chosen).context["rows"]
    assert {each.pk for each, _letter in rows} == {mia.pk, people[1].pk}


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
    chosen = {"action": "template", "begin_with": template.pk, "template": ""}
    page = recruiter.post(NEW, ids(people) | chosen)
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
    with django_assert_max_num_queries(14):
        assert recruiter.post(NEW, LETTER | ids(many)).status_code == 302
    with django_assert_max_num_queries(12):
        recruiter.post(NEW, LETTER | ids(many) | {"action": "preview"})


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
