"""The list of positions, one position, and its state."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import AuditEntry, Company, Membership, Subcompany
from recruiting.models import Position
from tests import factories


def test_positions_show_counts_state_and_sender(
    recruiter: Client, position: Position, subcompany: Subcompany
) -> None:
    factories.MailboxFactory(
        company=position.company, subcompany=subcompany, address="berlin@acme.example"
    )
    factories.ApplicationFactory(position=position)
    page = recruiter.get("/positions/").text
    for words in ("Backend developer", "Acme Berlin GmbH", "berlin@acme.example", "Published"):
        assert words in page


def test_positions_name_a_paused_sender(
    recruiter: Client, position: Position, subcompany: Subcompany
) -> None:
    factories.MailboxFactory(
        company=position.company, subcompany=subcompany, paused_at=timezone.now()
    )
    assert "mail waits" in recruiter.get("/positions/").text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"Backend developer", "Cook"}),
        ("q=cook", {"Cook"}),
        ("state=published", {"Backend developer"}),
        ("state=archived", {"Old one"}),
        ("subcompany=main", {"Cook"}),
        ("state=nonsense&subcompany=nonsense", {"Backend developer", "Cook"}),
    ],
)
def test_positions_are_filtered(
    admin: Client, position: Position, company: Company, query: str, expected: set[str]
) -> None:
    factories.PositionFactory(company=company, name="Cook", state="draft")
    factories.PositionFactory(company=company, name="Old one", state="archived")
    rows = admin.get(f"/positions/?{query}").context["rows"]
    assert {each.name for each, _sender in rows} == expected


def test_positions_without_any_explain_how_they_come(admin: Client) -> None:
    assert "No positions yet" in admin.get("/positions/").text


def test_positions_of_a_stranger_are_not_listed(stranger: Client, position: Position) -> None:
    assert position.name not in stranger.get("/positions/").text


@pytest.mark.parametrize("count", [1, 3])
def test_positions_ask_the_database_the_same_for_one_and_for_three(
    admin: Client, company: Company, count: int, django_assert_num_queries: object
) -> None:
    for _ in range(count):
        subcompany = factories.SubcompanyFactory(company=company)
        factories.PositionFactory(company=company, subcompany=subcompany)
    with django_assert_num_queries(9):  # type: ignore[operator]  # pytest-django's fixture
        admin.get("/positions/")


def test_position_shows_texts_team_and_sender(recruiter: Client, position: Position) -> None:
    factories.TeamMemberFactory(position=position, membership__user__name="Malte Horn")
    page = recruiter.get(f"/positions/{position.pk}/").text
    for words in ("You build what candidates see first.", "Malte Horn", "acme-jobs@"):
        assert words in page


def test_position_of_a_stranger_is_not_found(stranger: Client, position: Position) -> None:
    assert stranger.get(f"/positions/{position.pk}/").status_code == 404


def test_position_is_archived_and_brought_back(recruiter: Client, position: Position) -> None:
    url = f"/positions/{position.pk}/state/"
    for state in ("archived", "draft"):
        page = recruiter.post(url, {"state": state}, follow=True).text
        position.refresh_from_db()
        assert position.state == state
        assert "Backend developer is now:" in page
    assert AuditEntry.objects.filter(verb="position.archived").count() == 1


def test_position_keeps_its_state_when_the_wanted_one_is_unknown(
    recruiter: Client, position: Position
) -> None:
    page = recruiter.post(f"/positions/{position.pk}/state/", {"state": "sold"}, follow=True).text
    position.refresh_from_db()
    assert position.state == "published"
    assert "Choose one of the states" in page


def test_position_cannot_be_archived_by_a_hiring_manager(
    manager: Client, position: Position
) -> None:
    answer = manager.post(f"/positions/{position.pk}/state/", {"state": "archived"})
    assert answer.status_code == 403
    assert "Archive" not in manager.get(f"/positions/{position.pk}/").text


@pytest.mark.parametrize("asked", ["q=%00x", "subcompany=" + "9" * 30, "state=%00", "page=-1"])
@pytest.mark.parametrize("name", ["positions", "candidates", "unassigned"])
def test_nothing_in_the_address_breaks_a_list(
    client: Client, ada: Membership, name: str, asked: str
) -> None:
    client.force_login(ada.user)
    assert client.get(f"{reverse(f'recruiting:{name}')}?{asked}").status_code == 200


@pytest.mark.parametrize("asked", ["q=%00", "stage=" + "9" * 30])
def test_nothing_in_the_address_breaks_a_board(
    client: Client, ada: Membership, position: Position, asked: str
) -> None:
    client.force_login(ada.user)
    board = reverse("recruiting:board", args=[position.pk])
    assert client.get(f"{board}?{asked}").status_code == 200
    assert client.get("/positions/" + "9" * 30 + "/board/").status_code == 404
