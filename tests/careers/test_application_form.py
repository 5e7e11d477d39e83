"""The application form of the career pages: who is taken, who is asked again, what nobody learns."""

import base64
import html
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from altcha import v1 as altcha
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from time_machine import TimeMachineFixture

from careers.receiving import bodies
from careers.receiving.uploads import SpooledUpload
from careers.site import application_form
from recruiting.models import Application, Candidate, Position, RefusedApplication
from recruiting.models.applications import Door
from recruiting.people import uploads
from tests import factories
from tests.careers.conftest import file


@pytest.fixture
def job(position: Position) -> str:
    return f"/careers/acme/job/{position.number}"


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
    assert client.post(f"{job}?_pc=abc&pid=%00x", form).status_code == 303
    application = Application.objects.get()
    assert application.submission.data["extra"] == {"unknown source": "abc"}
    assert application.external_posting_id == "x"


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


@pytest.mark.parametrize("case", ["trap", "forged", "old", "other position", "absent"])
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
    [token] = re.findall(r'name="started" value="([^"]*)"', body)
    [trap] = re.findall(r'<input type="text" name="homepage"([^>]*)>', body)
    assert "spam" not in trap
    again = form | {"started": token, "homepage": ""}
    assert client.post(job, again).status_code == 303


def test_too_many_from_one_address_wait(
    client: Client,
    job: str,
    form: dict[str, Any],
    settings: Settings,
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to("2026-11-22 12:00:00Z", tick=False)
    cache.clear()
    settings.FORM_SENDINGS_PER_MINUTE = 2
    other = factories.PositionFactory(company=Position.objects.get().company)
    client.post(job, form)
    time_machine.shift(20)
    client.post(job, form)
    response = client.post(job, form | {"email": "other@mail.example"})
    assert (response.status_code, response["Retry-After"]) == (429, "40")
    assert b"wait 40 seconds" in response.content
    assert client.get(job).status_code == 200
    elsewhere = f"/careers/acme/job/{other.number}"
    assert client.post(elsewhere, form).status_code == 422  # its token is another one
    settings.APPLICATIONS_PER_MINUTE = 1
    assert client.post(elsewhere, form).status_code == 429


def test_position_closed_meanwhile_is_said_and_the_attempt_kept(
    client: Client, job: str, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(upload: object, *_types: object) -> str:
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

    def look(upload: object, *_types: object) -> str:
        kinds.append(type(upload))
        return "pdf"

    monkeypatch.setattr(uploads, "check", look)
    assert client.post(job, form | {"cv": file("cv.pdf")}).status_code == 303
    assert set(kinds) == {SpooledUpload}


def test_form_on_the_companys_own_host_stays_there(
    client: Client, position: Position, form: dict[str, Any], settings: Settings
) -> None:
    settings.CAREERS_DOMAIN = "jobs.example.test"
    path = f"/job/{position.number}"
    response = client.post(path, form, headers={"Host": "acme.jobs.example.test"})
    assert (response.status_code, response["Location"]) == (303, f"{path}/thanks")


def test_who_is_quick_is_not_asked_twice(
    client: Client, position: Position, job: str, form: dict[str, Any]
) -> None:
    assert client.post(job, form | {"started": application_form.start(position)}).status_code == 303


def test_files_of_a_form_with_a_mistake_need_not_be_chosen_again(
    client: Client, job: str, form: dict[str, Any]
) -> None:
    sent = form | {"email": "mia@", "cv": file("Mia.pdf"), "certificates": file("Zeugnis.pdf")}
    body = client.post(job, sent).content.decode()
    tokens = re.findall(r'name="kept"\s+value="([^"]*)"', body)
    assert len(tokens) == 2
    assert "Mia.pdf (received" in body
    assert client.post(job, form | {"kept": tokens}).status_code == 303
    documents = Application.objects.get().documents.order_by("pk").values_list("name", "category")
    assert documents[0] == ("Mia.pdf", "cv")
    assert len(documents) == 2


def test_kept_file_of_another_company_or_a_forged_one_is_not_attached(
    client: Client, job: str, form: dict[str, Any]
) -> None:
    other = factories.PositionFactory(company__account="other")
    body = client.post(f"/careers/other/job/{other.number}", {"cv": file("a.pdf")}).content.decode()
    [token] = re.findall(r'name="kept"\s+value="([^"]*)"', body)
    assert client.post(job, form | {"kept": [token, "x:y"]}).status_code == 303
    assert not Application.objects.get().documents.exists()


def test_company_asks_for_fields_of_its_own(
    client: Client, position: Position, job: str, form: dict[str, Any]
) -> None:
    company = position.company
    licence = factories.AttributeOptionFactory(
        attribute__company=company, attribute__name="Licence", attribute__form_use="required"
    )
    day = factories.AttributeFactory(company=company, type="date", name="Day", form_use="optional")
    hidden = factories.AttributeFactory(company=company, name="Internal score")
    page = client.get(job).content.decode()
    assert "Licence" in page
    assert hidden.name not in page
    assert client.post(job, form).status_code == 422
    values = {licence.attribute.api_name: licence.api_name, day.api_name: "2027-01-31"}
    assert client.post(job, form | values).status_code == 303
    kept = {
        str(row.attribute): row.display for row in Application.objects.get().attribute_values.all()
    }
    assert kept == {"Licence": licence.name, "Day": "2027-01-31"}


def test_consent_must_be_ticked_and_is_kept_with_the_application(
    client: Client, position: Position, job: str, form: dict[str, Any]
) -> None:
    position.company.consent_text = "I agree to the privacy notice."
    position.company.save()
    assert "I agree to the privacy notice." in client.get(job).content.decode()
    assert client.post(job, form).status_code == 422
    assert client.post(job, form | {"consent": "on"}).status_code == 303
    data = Application.objects.get().submission.data
    assert data["extra"]["consent"] == "I agree to the privacy notice."


def test_puzzle_is_asked_once_it_is_switched_on_and_each_solution_counts_once(
    client: Client, position: Position, job: str, form: dict[str, Any]
) -> None:
    position.company.captcha = "altcha"
    position.company.save()
    assert client.post(job, form).status_code == 422
    page = client.get(job).text
    assert re.search(r"apply by mail to\s+acme-jobs\+\d{6}@", page)
    puzzle = json.loads(html.unescape(re.findall(r'data-puzzle="([^"]*)"', page)[0]))
    solved = altcha.solve_challenge(
        puzzle["challenge"], puzzle["salt"], puzzle["algorithm"], puzzle["maxnumber"], 0
    )
    answer = {name: puzzle[name] for name in ("algorithm", "challenge", "salt", "signature")}
    payload = base64.b64encode(json.dumps(answer | {"number": solved.number}).encode()).decode()
    assert client.post(job, form | {"solution": payload}).status_code == 303
    again = form | {"solution": payload, "email": "other@mail.example"}
    assert client.post(job, again).status_code == 422


@pytest.mark.parametrize(
    "payload",
    [
        "7",
        '["algorithm", "challenge", "number", "salt", "signature"]',
        '{"algorithm": "SHA-256", "challenge": 1, "number": 1, "salt": 7, "signature": 1}',
        '{"algorithm": [], "challenge": 1, "number": 1, "salt": "\\ud800", "signature": 1}',
        "[" * 100_000,
    ],
)
def test_nonsense_in_place_of_a_solution_gets_the_form_again(
    client: Client, position: Position, job: str, form: dict[str, Any], payload: str
) -> None:
    position.company.captcha = "altcha"
    position.company.save()
    solution = base64.b64encode(payload.encode()).decode()
    assert client.post(job, form | {"solution": solution}).status_code == 422


@pytest.mark.parametrize("name", ["homepage", "started", "cv", "kept", "consent"])
def test_attribute_named_like_a_field_of_the_form_does_not_take_its_place(
    client: Client, position: Position, job: str, form: dict[str, Any], name: str
) -> None:
    factories.AttributeFactory(company=position.company, api_name=name, form_use="required")
    assert client.get(job).status_code == 200
    assert client.post(job, form).status_code == 303
