"""The applicant endpoint, as its documentation and its clients know it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from careers.receiving import bodies
from careers.receiving import uploads as receiving
from companies import credentials
from companies.models import ApiCredential, Membership
from recruiting.models import (
    Application,
    Attribute,
    Candidate,
    Document,
    Position,
    RefusedApplication,
)
from recruiting.people import uploads
from tests import factories
from tests.careers.conftest import URL, Post, file

SUCCESS = (
    b'{"success":true,"data":{"message":"Applicant successfully applied to the job position."}}'
)


def message(response: HttpResponse) -> str:
    body = json.loads(response.content)
    assert body["success"] is False
    return str(body["error"]["message"])


def test_success_is_answered_byte_for_byte_and_the_application_is_there(
    post: Post, position: Position
) -> None:
    response = post()
    assert (response.status_code, response.content) == (200, SUCCESS)
    assert response["Content-Type"] == "application/json"
    application = Application.objects.get()
    assert application.position == position
    assert application.submission.credential == ApiCredential.objects.get()
    assert application.candidate.name == "Mia Muster"


@pytest.mark.parametrize("path", [URL, URL + "/"])
def test_neither_spelling_of_the_address_redirects(
    client: Client, fields: dict[str, Any], path: str
) -> None:
    assert client.post(path, fields).status_code == 200


def test_every_documented_field_is_kept(post: Post, position: Position) -> None:
    source = factories.SourceFactory(company=position.company)
    post(
        gender="diverse",
        recruiting_channel_id=source.pk,
        external_posting_id="gh-17/b",
        phone="+49 30 1",
        location="Berlin",
        salary_expectations="minimum 50k",
        available_from="in three months",
        birthday="1990-02-28",
        message="Line one\r\nLine two",
    )
    application = Application.objects.select_related("candidate").get()
    person = application.candidate
    assert (person.gender, person.phone, person.location) == ("diverse", "+49 30 1", "Berlin")
    assert str(person.birthday) == "1990-02-28"
    assert application.source == source
    assert application.external_posting_id == "gh-17/b"
    assert application.salary_expectations == "minimum 50k"
    assert application.available_from == "in three months"
    assert application.submission.message == "Line one\nLine two"


@pytest.mark.parametrize(
    "name", ["company_id", "access_token", "job_position_id", "first_name", "last_name", "email"]
)
@pytest.mark.parametrize("value", [None, "", "  ", "undefined"])
def test_required_fields(post: Post, name: str, value: str | None) -> None:
    response = post(**{name: value})
    assert response.status_code == 400
    assert message(response) == f"The {name} field is required."
    assert json.loads(response.content)["error"]["errors"] == {
        name: [f"The {name} field is required."]
    }
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("company_id", "acme"),
        ("job_position_id", "12a"),
        ("email", "mia"),
        ("gender", "other"),
        ("birthday", "28.02.1990"),
        ("birthday", "1990-02-30"),
        ("first_name", "x" * 256),
        ("available_from", "x" * 101),
    ],
)
def test_malformed_values_are_named(post: Post, name: str, value: str) -> None:
    response = post(**{name: value})
    assert response.status_code == 400
    assert message(response) == "The given data failed to pass validation."
    assert list(json.loads(response.content)["error"]["errors"]) == [name]


def test_wrong_tokens_are_unauthorized(post: Post, position: Position, cleo: Membership) -> None:
    _, theirs = credentials.issue(cleo.company, name="Theirs", by=None)
    revoked, old = credentials.issue(position.company, name="Old", by=None)
    credentials.revoke(revoked, by=None)
    for changes in (
        {"access_token": "wrong"},
        {"access_token": theirs},
        {"access_token": old},
        {"company_id": cleo.company_id},
        {"company_id": 999_999},
    ):
        response = post(**changes)
        assert response.status_code == 403
        assert message(response) == "This action is unauthorized."
    assert not Candidate.objects.exists()


def test_unknown_and_foreign_positions_are_not_found(post: Post, cleo: Membership) -> None:
    foreign = factories.PositionFactory(company=cleo.company, number=100_500)
    for number in (foreign.number, 999_999):
        response = post(job_position_id=number)
        assert response.status_code == 400
        assert message(response) == "Could not find the job position."


def test_unpublished_position_answers_422_and_keeps_the_attempt(post: Post) -> None:
    Position.objects.update(state=Position.State.PAUSED)
    response = post(document1=file("cv.pdf"))
    assert (response.status_code, message(response)) == (422, "Job position not published")
    assert RefusedApplication.objects.get().documents.get().name == "cv.pdf"


def test_second_application_is_refused_and_kept(post: Post) -> None:
    post()
    response = post(email="MIA@mail.example", message="once more")
    assert response.status_code == 400
    assert message(response) == "Applicant already applied to this position."
    assert RefusedApplication.objects.get().data["message"] == "once more"


def test_unset_values_and_unknown_fields_of_browsers_do_no_harm(
    client: Client, fields: dict[str, Any]
) -> None:
    sent = fields | {
        "phone": "undefined",
        "location": "null",
        "gender": "undefined",
        "recruiting_channel_id": "undefined",
        "documents": "[object FileList]",
        "privacy": "true",
        "privacy-policy-acceptance": "on",
        "title": "Dr.",
    }
    assert client.post(URL, sent).status_code == 200
    person = Candidate.objects.get()
    assert (person.phone, person.location, person.gender) == ("", "", "undefined")


def test_attributes_of_three_types(post: Post, position: Position) -> None:
    make = factories.AttributeFactory
    text = make(company=position.company)
    day = make(company=position.company, type=Attribute.Type.DATE)
    option = factories.AttributeOptionFactory(attribute__company=position.company)
    response = post(
        **{
            text.api_name: ["", "first", "Indeed\r\nvia JOIN", ""],
            day.api_name: "2027-01-31",
            option.attribute.api_name: option.api_name,
        }
    )
    assert response.status_code == 200
    values = Application.objects.get().attribute_values.order_by("attribute")
    assert [value.display for value in values] == ["Indeed\nvia JOIN", "2027-01-31", option.name]


def test_unknown_attribute_is_refused_by_name(post: Post, cleo: Membership) -> None:
    foreign = factories.AttributeFactory(company=cleo.company)
    for name in (foreign.api_name, "custom_attribute_1x"):
        response = post(**{name: "x"})
        assert response.status_code == 400
        assert message(response) == f"Parameter {name} does not exist."


@pytest.mark.parametrize("value", ["31.01.2027", "custom_option_0"])
def test_attribute_values_must_fit_their_type(post: Post, position: Position, value: str) -> None:
    kind = Attribute.Type.DATE if "." in value else Attribute.Type.OPTIONS
    attribute = factories.AttributeFactory(company=position.company, type=kind)
    response = post(**{attribute.api_name: value})
    assert response.status_code == 400
    assert attribute.api_name in json.loads(response.content)["error"]["errors"]


def test_file_that_is_no_document_is_refused(post: Post) -> None:
    response = post(**{"documents[]": [file("cv.pdf"), file("tool.exe", b"MZ")]})
    assert response.status_code == 400
    assert message(response) == "Unsupported extension or file greater than 20Mb."
    assert not Application.objects.exists()


def test_file_that_is_too_large_is_refused(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_SIZE", 1000)
    monkeypatch.setattr(receiving, "MAX_SIZE", 1000)
    assert post(document1=file("a.txt", b"x" * 1000)).status_code == 200
    response = post(document1=file("b.txt", b"x" * 1001), email="other@mail.example")
    assert response.status_code == 400
    assert message(response) == "Unsupported extension or file greater than 20Mb."


def test_body_that_is_too_large_is_refused_unread(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY", 5000)
    response = post(document1=file("a.txt", b"x" * 6000))
    assert response.status_code == 400
    assert message(response) == "Unsupported extension or file greater than 20Mb."


def test_storage_trouble_is_told_as_such(post: Post, settings: Settings, tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file where the folder should be"
    in_the_way.touch()
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": str(in_the_way)}}
    settings.STORAGES = settings.STORAGES | {"default": default}
    response = post(document1=file("cv.pdf"))
    assert response.status_code == 422
    assert message(response) == "There was a problem while processing attachments. Try again later"
    assert not Application.objects.exists()


def test_uploads_leave_nothing_in_the_spool(post: Post, settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    assert post(document1=file("cv.pdf")).status_code == 200
    assert post(document1=file("cv.pdf"), document2=file("x.exe", b"MZ")).status_code == 400
    assert list(tmp_path.iterdir()) == []


def test_broken_multipart_is_a_400(client: Client, db: None) -> None:
    response = client.post(URL, b"no boundary here", content_type="multipart/form-data")
    assert response.status_code == 400
    response = client.post(URL, {"email": "x"}, content_type="application/json")
    assert response.status_code == 400


def test_body_without_multipart_is_read_too(client: Client, fields: dict[str, Any]) -> None:
    response = client.post(URL, urlencode(fields), content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200


def test_what_nobody_foresaw_answers_as_documented_and_is_kept(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    Position.objects.get().pipeline.stages.filter(kind="unassigned").delete()
    response = post(document1=file("cv.pdf"))
    assert response.status_code == 500
    assert message(response) == "Something went wrong, please try again later!"
    refused = RefusedApplication.objects.get()
    assert (refused.reason, refused.documents.count()) == ("not stored", 1)
    assert "an application could not be taken" in caplog.text


def test_browsers_may_post_from_anywhere(client: Client, post: Post) -> None:
    preflight = client.options(URL, HTTP_ORIGIN="https://acme.example")
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    for response in (preflight, post(), post(), post(access_token="wrong")):
        assert response["Access-Control-Allow-Origin"] == "*"


def test_other_methods_are_told_what_to_do(client: Client, db: None) -> None:
    response = client.get(URL)
    assert (response.status_code, response["Allow"]) == (405, "POST, OPTIONS")


def test_markup_and_line_breaks_in_names_stay_text(post: Post) -> None:
    post(first_name="<b>Mia</b>\r\nBcc: x@y.example", last_name="Mu\x00ster")
    person = Candidate.objects.get()
    assert (person.first_name, person.last_name) == ("<b>Mia</b> Bcc: x@y.example", "Muster")


def test_documents_belong_to_the_candidate_of_the_application(post: Post) -> None:
    post(document1=file("cv.pdf"))
    document = Document.objects.get()
    assert document.candidate == document.application.candidate
