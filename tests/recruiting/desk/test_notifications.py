"""The bell: what the member is told, and how they want to be told."""

import pytest
from django.test import Client

from companies.models import Membership
from recruiting.conversation.colleagues import notify
from recruiting.models import Application, Notification, NotificationChoice, TeamNotifications
from tests import factories

LIST = "/notifications/"


def test_a_mention_stands_at_the_bell_until_it_is_followed(
    recruiter: Client, admin: Client, stranger: Client, application: Application, ben: Membership
) -> None:
    names = admin.get(f"/applications/{application.pk}/colleagues/").json()["names"]
    assert names == ["Ben"]
    note = {
        "text": "What do you think, @Ben?\n<b>x</b>",
        "back": f"/messages/all/{application.pk}/",
    }
    page = admin.post(f"/applications/{application.pk}/notes/", note, follow=True)
    assert '<b class="mention">@Ben</b>?<br>&lt;b&gt;x' in page.text
    notify.spread()
    told = Notification.objects.get()
    assert recruiter.get("/").context["navigation"]["news"] == 1
    assert recruiter.get(f"{LIST}?fragment=1").status_code == 204
    bell = recruiter.get(f"{LIST}?fragment=0").text
    assert "?fragment=1" in bell
    assert "<html" not in bell
    assert "Ada mentions you in a note about Mia Muster" in recruiter.get(LIST).text
    assert stranger.get(f"{LIST}{told.pk}/").status_code == 404
    assert admin.get(f"{LIST}{told.pk}/").status_code == 404
    answer = recruiter.get(f"{LIST}{told.pk}/")
    assert answer["Location"] == f"/applications/{application.pk}/"
    assert recruiter.get("/").context["navigation"]["news"] == 0


def test_all_is_marked_as_read_at_once(
    recruiter: Client, application: Application, ben: Membership
) -> None:
    notify.application_received(application).save()
    notify.spread()
    assert "Mark all as read" in recruiter.get(LIST).text
    assert "Mark all as read" not in recruiter.post(f"{LIST}read/", follow=True).text


def test_each_chooses_for_themselves_and_an_administrator_for_the_team(
    recruiter: Client, admin: Client, ben: Membership
) -> None:
    url = f"{LIST}settings/"
    page = recruiter.get(url)
    assert "Somebody mentions you" in page.text
    assert "For the team" not in page.text
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields} | {"mention_mail": "daily"}
    typed.pop("new_message_app")
    assert recruiter.post(url, typed).status_code == 302
    kept = NotificationChoice.objects.filter(member=ben)
    assert kept.get(kind="mention").mail == "daily"
    assert not kept.get(kind="new_message").in_app
    team = {
        "team": "1",
        "address": "hr@acme.example",
        "mail": "now",
        "kinds": ["new_application"],
        "reply_hours": "",
    }
    assert recruiter.post(url, team).status_code == 422
    assert admin.post(url, team).status_code == 302
    kept_team = TeamNotifications.objects.get()
    assert (kept_team.kinds, kept_team.with_names) == (["new_application"], False)
    assert kept_team.company.reply_hours is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_the_same_for_one_and_for_three(
    recruiter: Client, ben: Membership, count: int, django_assert_num_queries: object
) -> None:
    for _ in range(count):
        application = factories.ApplicationFactory(
            position__company=ben.company, position__subcompany=ben.subcompany
        )
        Notification.objects.create(
            company=ben.company,
            kind="new_application",
            is_told=True,
            member=ben,
            application=application,
        )
    with django_assert_num_queries(6):  # type: ignore[operator]  # pytest-django's fixture
        recruiter.get(LIST)
