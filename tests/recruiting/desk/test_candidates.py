"""The list of people."""

import re

import pytest
from django.test import Client

from companies.models import Company
from recruiting.models import Application
from recruiting.search import index
from tests import factories


def test_candidates_show_what_they_applied_for(recruiter: Client, application: Application) -> None:
    page = recruiter.get("/candidates/").text
    for words in ("Mia Muster", "mia@mail.example", "Backend developer", "Unassigned"):
        assert words in page


@pytest.mark.parametrize("query", ["mia muster", "MIA@MAIL", "must", "uster"])
def test_candidates_are_found_by_name_and_address(
    recruiter: Client, application: Application, query: str
) -> None:
    factories.ApplicationFactory(
        position=application.position,
        candidate__first_name="Jonas",
        candidate__last_name="Weber",
        candidate__address="jonas@web.example",
    )
    index.refresh()
    page = recruiter.get("/candidates/", {"q": query}).text
    assert "Mia Muster" in page
    assert "Jonas" not in page


def test_candidates_are_found_inside_words_and_misspelt_and_the_page_says_how(
    admin: Client, company: Company
) -> None:
    factories.ApplicationFactory(
        position__company=company,
        candidate__first_name="Zoë",
        candidate__last_name="Großmüller",
        candidate__phone="+49 (0)30 777 12-34",
        candidate__location="Bad Säckingen",
        candidate__address="z.gross@post.example",
    )
    index.refresh()

    def found(query: str) -> tuple[list[str], str, str]:
        page = admin.get("/candidates/", {"q": query})
        shown = [str(person) for person, _match in page.context["rows"]]
        marked = re.search("<mark>(.*?)</mark>", page.text)
        return shown, page.context["how"], marked[1] if marked else ""

    everybody = ["Zoë Großmüller"]
    for query, how, marked in (
        *(("grossmueller", "", ""), ("zoe", "", ""), ("gross@post", "", "")),
        *(("0049 30 77712 34", "", "+49 (0)30 777 12-34"), ("saeckingen", "", "Säckingen")),
        *(("müller", "inside", ""), ("oss@pos", "inside", ""), ("ckin", "inside", "Säckingen")),
        *(("Grosmüller", "near", ""), ("Säkingen", "near", "Säckingen")),
    ):
        assert found(query) == (everybody, how, marked), query
    assert found("qqqq")[0] == []
    assert "These come near." in admin.get("/candidates/?q=Grosmüller").text
    assert "Großmüller" in admin.get("/search/?q=müller").text


def test_candidates_nobody_found_leads_back_to_all(recruiter: Client) -> None:
    assert "Show everybody" in recruiter.get("/candidates/?q=nobody").text


def test_candidate_leads_to_the_newest_application(
    recruiter: Client, application: Application
) -> None:
    answer = recruiter.get(f"/candidates/{application.candidate_id}/")
    assert answer["Location"] == f"/applications/{application.pk}/"


def test_candidates_of_a_stranger_are_hidden(stranger: Client, application: Application) -> None:
    assert "Mia Muster" not in stranger.get("/candidates/").text
    assert stranger.get(f"/candidates/{application.candidate_id}/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_candidates_ask_the_database_the_same_for_one_and_for_three(
    admin: Client, company: Company, count: int, django_assert_num_queries: object
) -> None:
    factories.ApplicationFactory.create_batch(count, position__company=company)
    with django_assert_num_queries(8):  # type: ignore[operator]  # pytest-django's fixture
        admin.get("/candidates/")
