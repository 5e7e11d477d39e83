"""Unsolicited applications: a posting of each employer that wants them, found by people, not by job boards."""

import re

import pytest
from django.test import Client

from companies.models import Company, Membership, Subcompany
from recruiting.hiring.positions import general, positions
from recruiting.models import Application, Position
from tests import factories
from tests.careers.conftest import Post

SETTINGS = "/settings/recruiting/career-page/"
SITE = "/careers/acme/"


@pytest.fixture
def admin(ada: Membership) -> Client:
    browser = Client()
    browser.force_login(ada.user)
    return browser


@pytest.fixture
def vienna(company: Company) -> Subcompany:
    subcompany: Subcompany = factories.SubcompanyFactory(company=company, name="Acme Wien GmbH")
    return subcompany


def switch(admin: Client, *takers: object) -> None:
    assert admin.post(SETTINGS, {"feed_enabled": "on", "general": takers}).status_code == 302


def test_posting_of_each_chosen_employer_is_on_the_list_and_takes_applications(
    admin: Client, client: Client, position: Position, vienna: Subcompany, post: Post
) -> None:
    assert "Acme Wien GmbH" in admin.get(SETTINGS).text
    switch(admin, "main", vienna.pk)
    ours, theirs = Position.objects.filter(is_general=True).order_by("subcompany")
    if ours.subcompany:
        ours, theirs = theirs, ours
    assert (ours.subcompany, theirs.subcompany) == (None, vienna)
    assert ours.pipeline == theirs.pipeline != position.pipeline
    page = client.get(SITE).text
    assert "1 position at Acme" in page
    assert re.search(
        rf'href="{SITE}job/{ours.number}">Unsolicited application: {position.company.name}<', page
    )
    assert re.search(rf'href="{SITE}job/{theirs.number}">[^<]*: Acme Wien GmbH<', page)
    assert f"job/{theirs.number}?language=de" in client.get(f"{SITE}?language=de").text
    feed = b"".join(client.get(f"{SITE}xml")).decode()
    assert str(position.number) in feed
    assert str(ours.number) not in feed

    page = client.get(f"{SITE}job/{theirs.number}").text
    assert "Introduce yourself" in page
    for words in ("JobPosting", "Full-time", "Apply for this position"):
        assert words not in page
    started = re.search('name="started" value="([^"]+)"', page)
    assert started
    person = {"first_name": "Mia", "last_name": "Muster", "email": "mia@mail.example"}
    sent = client.post(f"{SITE}job/{theirs.number}", person | {"started": started[1]})
    assert sent.status_code == 303
    assert post(job_position_id=ours.number).status_code == 200
    made = Application.objects.order_by("pk")
    assert [row.position for row in made] == [theirs, ours]
    assert {row.stage.pipeline for row in made} == {ours.pipeline}


def test_switching_off_pauses_the_posting_and_on_again_brings_the_same_back(
    admin: Client, client: Client, company: Company, post: Post, ada: Membership
) -> None:
    switch(admin, "main")
    posting = Position.objects.get(is_general=True)
    positions.write_text(posting, "en", "Just write to us", [], by=ada)
    switch(admin)
    assert "Just write to us" not in client.get(SITE).text
    assert client.get(f"{SITE}job/{posting.number}").status_code == 404
    assert post(job_position_id=posting.number).status_code == 422
    switch(admin, "main")
    page = client.get(SITE).text
    assert "Just write to us" in page
    assert f"{SITE}job/{posting.number}" in page
    assert Position.objects.filter(is_general=True).count() == 1
    assert admin.get(SETTINGS).context["form"].initial["general"] == ["main"]
    copy = positions.duplicate(posting, by=ada)
    assert not copy.is_general
    assert company.pipelines.filter(positions__is_general=True).distinct().count() == 1
    verbs = company.audit_entries.filter(target_id=posting.pk).values_list("verb", flat=True)
    assert {"position.created", "position.published", "position.paused"} <= set(verbs)


def test_another_companys_subcompany_cannot_be_chosen(admin: Client, cleo: Membership) -> None:
    foreign = factories.SubcompanyFactory(company=cleo.company)
    answer = admin.post(SETTINGS, {"feed_enabled": "on", "general": [foreign.pk]})
    assert answer.status_code == 422
    assert general.takers(cleo.company) == []
