"""The endpoint's answers: JSON for programs, a page for people whose browser went there."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from companies.models import Company
from recruiting.models import Application, Position
from tests.careers.conftest import URL, file

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def submit(client: Client, fields: dict[str, Any], accept: str = BROWSER, **more: Any) -> Any:
    return client.post(URL, fields, headers={"Accept": accept, **more})


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("application/json;q=0.5, text/html", "text/html"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_who_would_rather_have_html_gets_a_page(
    client: Client, fields: dict[str, Any], accept: str, kind: str
) -> None:
    for status, sent in ((200, fields), (400, {})):
        response = submit(client, sent, accept)
        assert (response.status_code, response["Content-Type"].partition(";")[0]) == (status, kind)


def test_page_thanks_and_sends_nobody_elsewhere(client: Client, fields: dict[str, Any]) -> None:
    response = submit(client, fields)
    assert "Thank you for your application" in response.text
    assert "Location" not in response.headers
    assert "script" not in response.text
    assert Application.objects.count() == 1


def test_page_has_the_look_of_the_company_whose_form_it_was(
    client: Client, fields: dict[str, Any], position: Position
) -> None:
    Company.objects.filter(pk=position.company_id).update(accent="#8a1c4a")
    root = f"/careers/{position.company.account}"
    for sent in (fields, fields | {"gender": "x"}):
        told = submit(client, sent).text
        assert f'href="{root}/look.css"' in told
        assert f'href="{root}/">' in told
        assert position.company.name in told
    assert "look.css" not in submit(client, fields | {"access_token": "wrong"}).text


def test_form_leads_to_a_page_that_the_company_listed_and_to_no_other(
    client: Client, fields: dict[str, Any], position: Position
) -> None:
    page = "https://acme.example/danke?a=1"
    Company.objects.filter(pk=position.company_id).update(thanks_urls=f"https://x.example/\n{page}")
    for wanted, status in ((page, 303), (page, 303), (f"{page}0", 200), ("//evil.example", 200)):
        response = submit(client, fields | {"thanks_url": wanted})
        assert (response.status_code, response.get("Location", page)) == (status, page)
    assert submit(client, fields | {"thanks_url": page, "gender": "x"}).status_code == 400
    program = submit(client, fields | {"thanks_url": page, "email": "p@x.example"}, "*/*")
    assert (program.status_code, program.json()["success"]) == (200, True)
    assert not any(row.submission.data.get("extra") for row in Application.objects.all())


def test_page_of_a_second_application_tells_nothing_of_the_first(
    client: Client, fields: dict[str, Any]
) -> None:
    first = submit(client, fields)
    second = submit(client, fields)
    assert (second.status_code, second.content) == (200, first.content)
    assert Application.objects.count() == 1


def test_page_says_what_is_wrong_in_words_for_people(
    client: Client, fields: dict[str, Any]
) -> None:
    response = submit(client, fields | {"document1": file("tool.exe", b"MZ")})
    assert "Your application has not been sent yet" in response.text
    assert "larger than 20 MB or of a kind we cannot read" in response.text
    response = submit(client, fields | {"gender": "<b>x</b>", "birthday": "x"})
    assert "<li>The selected gender is invalid.</li>" in response.text
    Position.objects.update(state=Position.State.PAUSED)
    response = submit(client, fields)
    assert response.status_code == 422
    assert "takes no applications at the moment" in response.text


def test_page_escapes_names_of_fields(client: Client, fields: dict[str, Any]) -> None:
    response = submit(client, fields | {"custom_attribute_<b>": "x"})
    assert "custom_attribute_&lt;b&gt;" in response.text


def test_page_has_the_headers_of_the_answer(
    client: Client, fields: dict[str, Any], settings: Settings
) -> None:
    settings.MAINTENANCE = True
    response = submit(client, fields)
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "default-src 'self'" in response["Content-Security-Policy"]


def test_maintenance_is_answered_in_the_documented_shape(
    client: Client, settings: Settings
) -> None:
    settings.MAINTENANCE = True
    response = client.post(URL)
    assert response.content == b'{"success":false,"error":{"message":"Service Unavailable"}}'
