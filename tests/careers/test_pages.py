"""The career pages, as somebody who looks for work sees them."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from careers import application_form, bodies
from careers.uploads import SpooledUpload
from companies.models import Company, Membership, Subcompany
from recruiting.models import Application, Candidate, Position, RefusedApplication
from recruiting.models.applications import Door
from recruiting.people import uploads
from tests import factories
from tests.careers.conftest import file

SITE = "/careers/acme/"


@pytest.fixture
def job(position: Position) -> str:
    return f"{SITE}job/{position.number}"


@pytest.fixture
def started(position: Position, monkeypatch: pytest.MonkeyPatch) -> str:
    """The token of a form that was opened an hour ago."""
    with monkeypatch.context() as then:
        an_hour_ago = time.time() - 3600
        then.setattr(time, "time", lambda: an_hour_ago)
        return application_form.start(position)


@pytest.fixture
def form(started: str) -> dict[str, Any]:
    return {
        "first_name": "Mia",
        "last_name": "Muster",
        "email": "mia@mail.example",
        "started": started,
    }


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
    with django_assert_num_queries(3):  # company, positions, texts
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


# ---- one position


def test_position_page_shows_text_facts_and_form(
    client: Client, position: Position, job: str
) -> None:
    body = client.get(job).content.decode()
    assert "<h1>Backend developer</h1>" in body
    assert "<p>You build what candidates see first.</p>" in body
    assert "Acme Berlin GmbH · Berlin" in body
    assert 'enctype="multipart/form-data"' in body
    assert "<script" not in body.replace('<script type="application/ld+json">', "")


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
    client: Client, position: Position, form: dict[str, Any], settings: Settings
) -> None:
    settings.CAREERS_DOMAIN = "jobs.example.test"
    own = {"Host": "acme.jobs.example.test"}
    path = f"/job/{position.number}"
    assert f'href="{path}"' in client.get("/", headers=own).content.decode()
    body = client.get(path, headers=own).content.decode()
    assert f'action="{path}#apply"' in body
    assert f'<link rel="canonical" href="http://acme.jobs.example.test:8000{path}">' in body
    response = client.post(path, form, headers=own)
    assert (response.status_code, response["Location"]) == (303, f"{path}/thanks")
    missing = client.get("/nothing", headers=own)
    assert missing.status_code == 404
    assert b"All open positions" in missing.content


# ---- applying


def test_application_is_filed_and_the_person_thanked(
    client: Client, position: Position, job: str, form: dict[str, Any]
) -> None:
    source = factories.SourceFactory(company=position.company)
    form |= {
        "phone": "+49 30 1",
        "location": "Berlin",
        "available_from": "May",
        "salary_expectations": "60,000",
        "message": "Line one\r\nLine two",
        "cv": file("Mia.pdf"),
        "cover_letter": file("Brief.pdf"),
        "certificates": [file("Bachelor.pdf"), file("Arbeitszeugnis.pdf")],
        "documents": [file("Portfolio.pdf"), file("a.pdf")],
    }
    response = client.post(f"{job}?_pc={source.pk}&pid=gh-17", form)
    assert response.status_code == 303
    application = Application.objects.get()
    assert application.submission.door == Door.FORM
    assert application.candidate.name == "Mia Muster"
    assert (application.source, application.external_posting_id) == (source, "gh-17")
    assert application.submission.message == "Line one\nLine two"
    documents = application.documents.order_by("pk").values_list("name", "category")
    assert list(documents) == [
        ("Mia.pdf", "cv"),
        ("Brief.pdf", "cover-letter"),
        ("Bachelor.pdf", "certificate"),
        ("Arbeitszeugnis.pdf", "employment-reference"),
        ("Portfolio.pdf", "work-sample"),
        ("a.pdf", "other"),
    ]
    assert b"Thank you" in client.get(response["Location"]).content


def test_unknown_source_loses_nobody(client: Client, job: str, form: dict[str, Any]) -> None:
    assert client.post(f"{job}?_pc=abc", form).status_code == 303
    assert Application.objects.get().submission.data["extra"] == {"unknown source": "abc"}


def test_second_application_is_thanked_alike_and_kept(
    client: Client, job: str, form: dict[str, Any]
) -> None:
    first = client.post(job, form)
    second = client.post(job, form | {"first_name": "Eve", "cv": file("cv.pdf")})
    assert (second.status_code, second["Location"]) == (first.status_code, first["Location"])
    assert Application.objects.count() == 1
    assert Candidate.objects.get().first_name == "Mia"
    assert RefusedApplication.objects.get().reason == "already applied"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"first_name": " "}, "This field is required."),
        ({"email": "mia@"}, "Enter an address like name@example.com."),
        ({"phone": "1" * 256}, "Ensure this value has at most 255 characters"),
        ({"cv": SimpleUploadedFile("virus.exe", b"MZ")}, "“virus.exe” is larger than 20 MB"),
        ({"documents": [file("a.pdf"), SimpleUploadedFile("b.pdf", b"")]}, "file is empty"),
    ],
)
def test_mistake_is_named_and_what_was_written_stays(
    client: Client, job: str, form: dict[str, Any], changes: dict[str, Any], text: str
) -> None:
    response = client.post(job, form | changes)
    body = response.content.decode()
    assert response.status_code == 422
    assert text in body
    assert 'aria-invalid="true"' in body
    assert 'value="Muster"' in body
    assert not Application.objects.exists()


def test_international_address_is_taken(client: Client, job: str, form: dict[str, Any]) -> None:
    assert client.post(job, form | {"email": "mia@bücher.example"}).status_code == 303


def test_only_what_is_missing_is_said_when_something_is(
    client: Client, job: str, form: dict[str, Any]
) -> None:
    body = client.post(job, form | {"email": "", "started": ""}).content.decode()
    assert "see the marked fields" in body
    assert "send it once more" not in body


@pytest.mark.parametrize("case", ["trap", "quick", "forged", "old", "other position", "absent"])
def test_program_gets_the_form_again_and_a_person_can_send_it(
    client: Client,
    position: Position,
    job: str,
    form: dict[str, Any],
    case: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = factories.PositionFactory(company=position.company)
    form |= {
        "trap": {"homepage": "https://spam.example"},
        "quick": {"started": application_form.start(position)},
        "forged": {"started": f"{position.number}:1:x"},
        "old": {},
        "other position": {"started": application_form.start(other)},
        "absent": {"started": ""},
    }[case]
    if case == "old":
        monkeypatch.setattr(application_form, "MAX_SECONDS", 60)
    response = client.post(job, form)
    body = response.content.decode()
    assert response.status_code == 422
    assert "send it once more" in body
    assert not Application.objects.exists()
    monkeypatch.setattr(application_form, "MIN_SECONDS", -1)
    [token] = re.findall(r'name="started" value="([^"]*)"', body)
    [trap] = re.findall(r'<input type="text" name="homepage"([^>]*)>', body)
    assert "spam" not in trap
    again = form | {"started": token, "homepage": ""}
    assert client.post(job, again).status_code == 303


def test_too_many_from_one_address_wait(
    client: Client, job: str, form: dict[str, Any], settings: Settings
) -> None:
    settings.APPLICATIONS_PER_MINUTE = 1
    client.post(job, form)
    response = client.post(job, form | {"email": "other@mail.example"})
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert b"Please wait a minute" in response.content
    assert client.get(job).status_code == 200


def test_position_closed_meanwhile_is_said_and_the_attempt_kept(
    client: Client, job: str, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(upload: object) -> str:
        Position.objects.update(state=Position.State.PAUSED)
        return "pdf"

    monkeypatch.setattr(uploads, "check", close)  # as if it were closed while files come in
    response = client.post(job, form | {"cv": file("cv.pdf")})
    assert response.status_code == 404
    assert b"This position is closed" in response.content
    assert RefusedApplication.objects.get().reason == "not published"


def test_body_that_is_too_large_or_broken_is_explained(
    client: Client, job: str, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = client.generic("POST", job, b"--x\r\n", content_type="multipart/form-data")
    assert broken.status_code == 400
    assert b"did not arrive whole" in broken.content
    monkeypatch.setattr(bodies, "MAX_BODY", 5000)
    response = client.post(job, form | {"cv": file("a.txt", b"x" * 6000)})
    assert response.status_code == 400
    assert b"larger than 64 MB" in response.content


def test_storage_trouble_is_said_and_nothing_is_lost_in_silence(
    client: Client, job: str, form: dict[str, Any], settings: Settings, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "a file where the folder should be"
    in_the_way.touch()
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": str(in_the_way)}}
    settings.STORAGES = settings.STORAGES | {"default": default}
    response = client.post(job, form | {"cv": file("cv.pdf")})
    assert response.status_code == 503
    assert b"could not be stored" in response.content
    assert b'value="Muster"' in response.content


def test_form_needs_no_cookie(form: dict[str, Any], job: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(job, form).status_code == 303


def test_files_are_streamed_to_disk(
    client: Client, job: str, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: list[type] = []

    def look(upload: object) -> str:
        kinds.append(type(upload))
        return "pdf"

    monkeypatch.setattr(uploads, "check", look)
    assert client.post(job, form | {"cv": file("cv.pdf")}).status_code == 303
    assert set(kinds) == {SpooledUpload}


def test_subcompany_is_shown_where_it_differs(
    client: Client, position: Position, subcompany: Subcompany
) -> None:
    assert f"<span>{subcompany.name}</span>" in client.get(SITE).content.decode()
