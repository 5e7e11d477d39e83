"""The career pages, as somebody who looks for work sees them."""

import json
import re

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from companies.models import Company, Membership, Subcompany
from recruiting.models import Position
from tests import factories

SITE = "/careers/acme/"


@pytest.fixture
def job(position: Position) -> str:
    return f"{SITE}job/{position.number}"


# ---- the list


def test_list_shows_published_positions_of_this_company_only(
    client: Client, position: Position, cleo: Membership
) -> None:
    for state in (Position.State.DRAFT, Position.State.PAUSED, Position.State.ARCHIVED):
        factories.PositionFactory(company=position.company, state=state, name=f"Secret {state}")
    factories.PositionFactory(company=cleo.company, name="Secret elsewhere")
    body = client.get(SITE).content.decode()
    assert "Backend developer" in body
    assert f'href="{SITE}job/{position.number}"' in body
    assert "Secret" not in body


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_does_not_grow_with_positions(
    client: Client,
    company: Company,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    factories.PositionFactory.create_batch(count, company=company)
    cache.clear()
    with django_assert_num_queries(7):  # company, what may have changed (4), positions, texts
        client.get(SITE)
    with django_assert_num_queries(5):
        client.get(SITE)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Backend developer", "Cook", "Driver"}),
        ("q=BACK+end", {"Backend developer"}),
        ("q=wien", {"Cook", "Driver"}),
        ("office=Wien", {"Cook", "Driver"}),
        ("office=Graz&department=Kitchen", {"Cook"}),
        ("department=Kitchen&q=driver", set()),
        ("employer=Acme+Berlin+GmbH", {"Backend developer"}),
        ("office=Atlantis", set()),
    ],
)
def test_filters_narrow_the_list(
    client: Client, position: Position, query: str, found: set[str]
) -> None:
    company = position.company
    factories.PositionFactory(
        company=company,
        name="Cook",
        office="Wien",
        additional_offices=["Graz"],
        department="Kitchen",
    )
    factories.PositionFactory(company=company, name="Driver", office="Wien", department="Fleet")
    body = client.get(f"{SITE}?{query}").content.decode()
    titles = re.findall(r"<h2[^>]*>\s*(.*?)\s*</h2>", body)
    assert set(titles) == found
    if query.startswith("department"):
        assert "No position fits" in body


def test_list_turns_pages_and_keeps_what_was_asked(client: Client, company: Company) -> None:
    factories.PositionFactory.create_batch(51, company=company)
    first = client.get(f"{SITE}?q=berlin").content.decode()
    assert "?q=berlin&amp;page=2" in first
    second = client.get(f"{SITE}?q=berlin&page=2").content.decode()
    assert (first + second).count("<li>") == 51
    assert client.get(f"{SITE}?page=x").status_code == 200


def test_titles_are_in_the_asked_language_or_the_companys(
    client: Client, position: Position
) -> None:
    factories.PositionTextFactory(position=position, language="de", title="Entwickler:in")
    factories.PositionFactory(company=position.company, name="Cook")
    german = client.get(f"{SITE}?language=de")
    body = german.content.decode()
    assert german["Content-Language"] == "de"
    assert '<html lang="de">' in body
    assert "Entwickler:in" in body
    assert '<h2 lang="en">Cook</h2>' in body
    assert f'href="{SITE}job/{position.number}?language=de"' in body
    assert client.get(SITE, headers={"Accept-Language": "de"})["Content-Language"] == "en"


def test_company_nobody_has_is_a_friendly_404(client: Client, company: Company) -> None:
    for path in ("/careers/nobody/", "/careers/nobody", "/careers/nobody/job/100000"):
        response = client.get(path)
        assert (response.status_code, response["Content-Type"][:9]) == (404, "text/html")
        assert b"There is nothing at this address" in response.content


def test_subcompany_is_shown_where_it_differs(
    client: Client, position: Position, subcompany: Subcompany
) -> None:
    assert f"<span>{subcompany.name}</span>" in client.get(SITE).content.decode()


# ---- one position


def test_position_page_shows_text_facts_and_form(
    client: Client, position: Position, job: str
) -> None:
    body = client.get(job).content.decode()
    assert "<h1>Backend developer</h1>" in body
    assert "<p>You build what candidates see first.</p>" in body
    assert "Acme Berlin GmbH · Berlin" in body
    assert 'enctype="multipart/form-data"' in body
    scripts = body.replace('<script type="application/ld+json">', "").count("<script")
    assert scripts == body.count('<script type="module" src="/static/js/apply.js"></script>') == 1


def test_head_answers_whether_a_position_is_open(client: Client, job: str) -> None:
    response = client.head(f"{job}/?display=de")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response["Content-Length"]) == len(client.get(job).content)


@pytest.mark.parametrize("state", [Position.State.DRAFT, Position.State.PAUSED])
def test_position_that_is_not_published_is_closed_and_stays_unnamed(
    client: Client, position: Position, job: str, state: Position.State
) -> None:
    Position.objects.update(state=state)
    for path in (job, f"{job}/thanks"):
        response = client.get(path)
        assert response.status_code == 404
        assert b"This position is closed" in response.content
        assert b"Backend" not in response.content
    assert client.post(job, {}).status_code == 404


def test_position_of_another_company_is_not_on_this_site(
    client: Client, position: Position, cleo: Membership
) -> None:
    assert client.get(f"/careers/globex/job/{position.number}").status_code == 404


def test_what_could_run_in_a_description_is_gone(
    client: Client, position: Position, job: str
) -> None:
    text = position.texts.get()
    evil = "<p onclick=x()>Hi<script>alert(1)</script><img src=x onerror=y()></p><a href=javascript:z>a</a>"
    factories.PositionSectionFactory(text=text, heading="<b>H</b>", body=evil)
    body = client.get(job).content.decode()
    assert "<p>Hi</p>" in body
    assert "&lt;b&gt;H&lt;/b&gt;" in body
    for word in ("alert(1)", "onclick", "onerror", "javascript:", "<img"):
        assert word not in body


def test_search_engines_get_the_position_as_data(
    client: Client, position: Position, job: str
) -> None:
    Position.objects.update(
        salary_min=50000, schedule="full-or-part-time", employment_type="intern"
    )
    text = position.texts.get()
    text.title = "</script><b>R&D"
    text.save()
    body = client.get(job).content.decode()
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', body)
    posting = json.loads(block)
    assert posting["title"] == "</script><b>R&D"
    assert posting["description"].startswith("<h3>Your tasks</h3><p>You build")
    assert posting["identifier"]["value"] == str(position.number)
    assert posting["hiringOrganization"]["name"] == "Acme Berlin GmbH"
    assert posting["jobLocation"][0]["address"]["addressLocality"] == "Berlin"
    assert posting["employmentType"] == ["FULL_TIME", "PART_TIME", "INTERN"]
    assert posting["baseSalary"]["value"]["minValue"] == 50000
    assert posting["url"] == f"http://localhost:8000{job}"


def test_preview_names_one_address_whatever_link_was_followed(
    client: Client, position: Position, job: str
) -> None:
    body = client.get(f"{job}?_pc=7&pid=x&language=de").content.decode()
    url = f"http://localhost:8000{job}"
    assert f'<link rel="canonical" href="{url}?language=de">' in body
    assert f'hreflang="en" href="{url}"' in body
    assert '<meta property="og:title" content="Backend developer">' in body
    assert '<meta property="og:description" content="You build what candidates see first.">' in body


def test_pages_set_no_cookie_and_look_alike_for_everybody(
    client: Client, position: Position, job: str, ada: Membership
) -> None:
    anonymous = client.get(SITE)
    assert not anonymous.cookies
    assert not client.get(job).cookies
    client.force_login(ada.user)
    assert client.get(SITE).content == anonymous.content


def test_own_host_has_short_addresses(
    client: Client, position: Position, settings: Settings
) -> None:
    settings.CAREERS_DOMAIN = "jobs.example.test"
    own = {"Host": "acme.jobs.example.test"}
    path = f"/job/{position.number}"
    assert f'href="{path}"' in client.get("/", headers=own).content.decode()
    body = client.get(path, headers=own).content.decode()
    assert f'action="{path}#apply"' in body
    assert f'<link rel="canonical" href="http://acme.jobs.example.test:8000{path}">' in body
    missing = client.get("/nothing", headers=own)
    assert missing.status_code == 404
    assert b"All open positions" in missing.content
