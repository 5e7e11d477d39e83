"""The v1 interface: documents first, then the application as JSON."""

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from careers.v1 import problems
from companies.models import Membership
from recruiting.desk.hiring import refused
from recruiting.models import (
    Application,
    Attribute,
    Candidate,
    Position,
    RefusedApplication,
)
from tests import factories
from tests.careers.conftest import APPLICATIONS, DOCUMENTS, Send, file, reasons


def test_application_is_created_and_the_answer_is_empty(send: Send, position: Position) -> None:
    response = send()
    assert (response.status_code, response.content) == (201, b"")
    application = Application.objects.get()
    assert (application.position, application.candidate.name) == (position, "Mia Muster")
    assert application.submission.credential.name == "Career site"


def test_every_field_is_kept(send: Send, upload: Send, position: Position) -> None:
    source = factories.SourceFactory(company=position.company)
    option = factories.AttributeOptionFactory(attribute__company=position.company)
    factories.TagFactory(company=position.company, name="Remote")
    cv = upload(file("my_file.pdf")).json()
    response = send(
        recruiting_channel_id=source.pk,
        external_posting_id="gh-17",
        message="one\r\ntwo",
        application_date="2026-01-31",
        phase={"type": "system", "id": "offer"},
        tags=["remote", "new", "New"],
        files=[{"uuid": cv["uuid"], "original_filename": "Müller.pdf", "category": "cv"}],
        attributes=[
            {"id": "birthday", "value": "1990-02-28"},
            {"id": "gender", "value": "undefined"},
            {"id": "location", "value": "Berlin"},
            {"id": "phone", "value": "+49 30 1"},
            {"id": "available_from", "value": "soon"},
            {"id": "salary_expectations", "value": "50k"},
            {"id": option.attribute.api_name, "value": option.api_name},
        ],
    )
    assert response.status_code == 201
    application = Application.objects.get()
    person = application.candidate
    assert (application.source, application.external_posting_id) == (source, "gh-17")
    assert application.submission.message == "one\ntwo"
    assert timezone.localdate(application.applied_at) == date(2026, 1, 31)
    assert application.stage.kind == "offer"
    assert list(application.tags.values_list("name", flat=True)) == ["Remote", "new"]
    document = application.documents.get()
    assert (document.name, document.category) == ("Müller.pdf", "cv")
    assert (document.content_type, document.file.read()) == ("application/pdf", b"%PDF-1.4 a CV")
    assert (str(person.birthday), person.gender, person.location, person.phone) == (
        "1990-02-28",
        "undefined",
        "Berlin",
        "+49 30 1",
    )
    assert (application.available_from, application.salary_expectations) == ("soon", "50k")
    assert application.attribute_values.get().option == option


@pytest.mark.parametrize("name", ["first_name", "last_name", "email", "job_position_id"])
@pytest.mark.parametrize("value", [..., None, "", "  ", "\x00"])
def test_required_fields_are_told_to_everybody(
    client: Client, sound: dict[str, Any], db: None, name: str, value: Any
) -> None:
    data = {key: text for key, text in (sound | {name: value}).items() if text is not ...}
    response = client.post(APPLICATIONS, data, content_type="application/json")
    assert response.content == (
        b'{"errors":[{"type":"com.personio.recruiting.api.http.FieldError","field":"%s",'
        b'"errors":[{"reason":"errors.attribute-validation.required-attribute"}]}]}' % name.encode()
    )
    assert response.status_code == 400


def test_somebody_may_be_called_null(send: Send) -> None:
    assert send(first_name="Undefined", last_name="Null").status_code == 201
    assert Candidate.objects.get().name == "Undefined Null"


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", "Basic eDp5", "Token {}", "Bearer {} x"],
)
def test_wrong_token_is_a_401_without_a_body(
    client: Client, sound: dict[str, Any], headers: dict[str, str], authorization: str
) -> None:
    token = headers["Authorization"].removeprefix("Bearer ")
    wrong = headers | {"Authorization": authorization.format(token)}
    for url, kind in ((APPLICATIONS, "application/json"), (DOCUMENTS, "multipart/form-data")):
        response = client.post(url, json.dumps(sound), content_type=kind, headers=wrong)
        assert (response.status_code, response.content) == (401, b"")
        assert response["WWW-Authenticate"].startswith("Bearer ")
    assert not Candidate.objects.exists()


def test_token_is_good_for_its_company_only(
    client: Client, sound: dict[str, Any], headers: dict[str, str], cleo: Membership
) -> None:
    for company, status in ((str(cleo.company_id), 401), ("", 400), ("acme", 400)):
        response = client.post(
            APPLICATIONS,
            sound,
            content_type="application/json",
            headers=headers | {"X-Company-ID": company},
        )
        assert response.status_code == status


def test_second_application_is_refused_as_recorded_and_kept(send: Send) -> None:
    send()
    response = send(email="MIA@mail.example", message="once more")
    assert response.status_code == 400
    assert response.content == (
        b'{"errors":[{"type":"com.personio.recruiting.api.http.FieldError","field":"email",'
        b'"errors":[{"reason":"errors.applicant-already-exists"}]}]}'
    )
    kept = RefusedApplication.objects.get()
    assert (kept.reason, kept.data["message"]) == ("already applied", "once more")


def test_recruiters_read_each_reason_once_and_in_words(send: Send) -> None:
    unknown = [{"id": f"custom_attribute_{number}", "value": "x"} for number in (8, 9)]
    send(recruiting_channel_id=10**9, attributes=unknown)
    kept = RefusedApplication.objects.get()
    assert kept.reason == "unknown field; unknown channel"
    assert refused.reason(kept) == (
        "A field is none of this company's attributes. A channel is none of this company's"
    )


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"email": "mia"}, "email", problems.BAD_EMAIL),
        ({"job_position_id": "12a"}, "job_position_id", problems.BAD_TYPE),
        ({"job_position_id": True}, "job_position_id", problems.BAD_TYPE),
        ({"job_position_id": 999999}, "job_position_id", problems.NO_POSITION),
        ({"first_name": "x" * 256}, "first_name", problems.BAD_TYPE),
        ({"first_name": ["Mia"]}, "first_name", problems.BAD_TYPE),
        ({"recruiting_channel_id": 999999}, "recruiting_channel_id", problems.NO_CHANNEL),
        ({"recruiting_channel_id": "x"}, "recruiting_channel_id", problems.BAD_TYPE),
        ({"application_date": "31.01.2026"}, "application_date", problems.BAD_DATE),
        ({"application_date": "2999-01-31"}, "application_date", problems.IN_THE_FUTURE),
        ({"tags": "remote"}, "tags", problems.BAD_TYPE),
        ({"tags": ["x" * 101]}, "tags", problems.BAD_TYPE),
        ({"files": ["cv.pdf"]}, "files", problems.BAD_TYPE),
        ({"attributes": [{"value": "x"}]}, "attributes.id", problems.REQUIRED),
        ({"attributes": [{"id": "shoes", "value": "x"}]}, "shoes", problems.UNKNOWN),
        ({"attributes": [{"id": "gender", "value": "x"}]}, "gender", problems.UNKNOWN_OPTION),
        ({"attributes": [{"id": "birthday", "value": "x"}]}, "birthday", problems.BAD_DATE),
        (
            {"attributes": [{"id": "birthday", "value": "2999-01-01"}]},
            "birthday",
            problems.IN_THE_FUTURE,
        ),
        ({"attributes": [{"id": "phone", "value": {"a": 1}}]}, "phone", problems.BAD_TYPE),
    ],
)
def test_wrong_values_are_named_with_their_reason(
    send: Send, changes: dict[str, Any], field: str, reason: str
) -> None:
    assert reasons(send(**changes)) == {field: [reason]}
    assert not Application.objects.exists()
    assert RefusedApplication.objects.get().data["first_name"]


def test_attributes_of_the_company_are_checked_by_their_type(
    send: Send, position: Position, cleo: Membership
) -> None:
    day = factories.AttributeFactory(company=position.company, type=Attribute.Type.DATE)
    option = factories.AttributeOptionFactory(attribute__company=position.company)
    foreign = factories.AttributeFactory(company=cleo.company)
    sent = {day: "soon", option.attribute: "custom_option_0", foreign: "x"}
    response = send(attributes=[{"id": row.api_name, "value": text} for row, text in sent.items()])
    assert reasons(response) == {
        day.api_name: [problems.BAD_DATE],
        option.attribute.api_name: [problems.UNKNOWN_OPTION],
        foreign.api_name: [problems.UNKNOWN],
    }


def test_unpublished_position_is_a_400_here(send: Send) -> None:
    Position.objects.update(state=Position.State.PAUSED)
    assert reasons(send()) == {"job_position_id": [problems.NOT_PUBLISHED]}
    assert RefusedApplication.objects.get().reason == "not published"


def test_what_clients_really_send_is_taken(send: Send, position: Position) -> None:
    response = send(
        job_position_id=f" {position.number} ",
        recruiting_channel_id=None,
        message=None,
        tags=None,
        files=[],
        attributes=[{"id": "phone", "value": None}, {"id": "location", "value": ""}],
        privacy=True,
        nested={"a": [1]},
    )
    assert response.status_code == 201
    extra = Application.objects.get().submission.data["extra"]
    assert extra == {"privacy": "true", "nested": '{"a": [1]}'}


@pytest.mark.parametrize(
    "phase",
    [None, "offer", {}, {"type": "system"}, {"type": "system", "id": "hired"}]
    + [{"type": "custom", "id": wrong} for wrong in (0, 999_999, "x", None, [1])],
)
def test_phase_that_does_not_exist_is_unassigned(send: Send, phase: Any) -> None:
    assert send(phase=phase).status_code == 201
    assert Application.objects.get().stage.kind == "unassigned"


def test_phase_may_be_one_of_the_companys_own(send: Send, position: Position) -> None:
    stage = position.pipeline.stages.filter(kind="custom")[1]
    assert send(phase={"type": "custom", "id": str(stage.pk)}).status_code == 201
    application = Application.objects.get()
    assert application.stage == stage
    assert application.stage_changes.count() == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"a": NaN}', b"\xff", b"[" * 100_000, b"1" * 5000, b"a=b"],
)
def test_broken_bodies_are_told_as_such(
    client: Client, headers: dict[str, str], body: bytes
) -> None:
    response = client.post(APPLICATIONS, body, content_type="application/json", headers=headers)
    assert response.status_code == 400
    assert response.json() == {"error": {"reason": "Invalid request body supplied."}}


def test_letters_no_database_keeps_do_no_harm(send: Send) -> None:
    assert (
        send(first_name="Mi\ud800a\x00", message="\udfff", odd={"\ud800": "\x00"}).status_code
        == 201
    )
    assert Candidate.objects.get().first_name == "Mia"


def test_twenty_requests_a_minute_for_each_company_and_address(
    send: Send, upload: Send, settings: Settings
) -> None:
    settings.V1_REQUESTS_PER_MINUTE = 2
    assert [send().status_code for _ in range(3)] == [201, 400, 429]
    response = send()
    assert response.content == b""
    assert 1 <= int(response["Retry-After"]) <= 60
    assert upload(file("cv.pdf")).status_code == 200


def test_maintenance_and_other_methods(client: Client, send: Send, settings: Settings) -> None:
    assert client.get(APPLICATIONS).status_code == 405
    assert client.options(DOCUMENTS)["Allow"] == "POST"
    settings.MAINTENANCE = True
    response = send()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert response.json()["errors"][0]["title"] == "Service Unavailable"
