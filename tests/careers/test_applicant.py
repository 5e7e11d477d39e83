"""What the endpoint checks, in which order, and that nothing which was sent is lost."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from companies import credentials
from companies.models import Membership
from recruiting.models import Application, Attribute, Position, RefusedApplication
from recruiting.models.applications import Door
from tests import factories
from tests.careers.conftest import URL, Post, file

INVALID = "The given data failed to pass validation."
BAD_FILE = "Unsupported extension or file greater than 20Mb."


def error(response: Any) -> tuple[int, str, list[str]]:
    """Return status, message and the fields it names."""
    body = json.loads(response.content)["error"]
    return response.status_code, body["message"], list(body.get("errors", {}))


def test_an_application_asks_the_database_seldom(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "TRIM_EVERY", 10**9)  # the log is not trimmed just now
    post(email="first@mail.example")  # notes that the token is in use
    with CaptureQueriesContext(connection) as asked:
        assert post().status_code == 200
    statements = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert len(statements) <= (4 if connection.vendor == "postgresql" else 17)


# ---- the order of checks: everything below is wrong as well, the first thing is told


def test_checks_are_made_in_the_documented_order(
    client: Client, settings: Settings, fields: dict[str, Any], position: Position
) -> None:
    settings.MAINTENANCE, settings.APPLICATIONS_PER_MINUTE = True, 0
    wrong: dict[str, Any] = {
        "recruiting_channel_id": "999999",
        "gender": "other",
        "document1": file("tool.exe", b"MZ"),
    }

    def told(**repaired: Any) -> tuple[int, str, list[str]]:
        wrong.update(repaired)
        wrong["document1"].seek(0)
        return error(client.post(URL, wrong))

    assert told() == (503, "Service Unavailable", [])
    settings.MAINTENANCE = False
    assert told()[0] == 429
    settings.APPLICATIONS_PER_MINUTE = 100
    assert told()[:2] == (400, "The company_id field is required.")
    assert told(company_id="acme")[:2] == (400, "The access_token field is required.")
    assert told(access_token="wrong") == (400, INVALID, ["company_id"])
    assert told(company_id=fields["company_id"])[:2] == (403, "This action is unauthorized.")
    assert told(access_token=fields["access_token"]) == (
        400,
        "The job_position_id field is required.",
        ["job_position_id", "first_name", "last_name", "email"],
    )
    names = {"first_name": "Mia", "last_name": "Muster", "email": "mia"}
    assert told(job_position_id="12a", **names) == (400, INVALID, ["job_position_id"])
    assert told(job_position_id="999999")[:2] == (400, "Could not find the job position.")
    Position.objects.update(state=Position.State.PAUSED)
    assert told(job_position_id=position.number)[:2] == (422, "Job position not published")
    Position.objects.update(state=Position.State.PUBLISHED)
    assert told() == (400, INVALID, ["email", "gender", "recruiting_channel_id"])
    application = factories.ApplicationFactory(
        position=position, applied_address="mia@mail.example"
    )
    repaired = {"email": "Mia@mail.example", "gender": "female", "recruiting_channel_id": "0"}
    assert told(**repaired)[:2] == (400, "Applicant already applied to this position.")
    application.delete()
    assert told() == (400, BAD_FILE, [])
    wrong["document1"] = file("cv.pdf")
    assert client.post(URL, wrong).status_code == 200


# ---- values


@pytest.mark.parametrize("channel", ["", "0", "undefined", "null"])
def test_channel_that_says_nothing_is_none(post: Post, channel: str) -> None:
    assert post(recruiting_channel_id=channel).status_code == 200
    assert Application.objects.get().source is None


@pytest.mark.parametrize("channel", ["999999", "abc", "-1", "9" * 40])
def test_unknown_channel_is_refused_by_name(post: Post, channel: str) -> None:
    assert error(post(recruiting_channel_id=channel)) == (400, INVALID, ["recruiting_channel_id"])


def test_channel_of_another_company_is_unknown(post: Post, cleo: Membership) -> None:
    foreign = factories.SourceFactory(company=cleo.company)
    assert error(post(recruiting_channel_id=foreign.pk))[2] == ["recruiting_channel_id"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tags", ["Remote", "senior"]),
        ("tags[]", ["remote", "Senior"]),
        ("tags[0]", '["remote","senior"]'),
        ("tags", ["remote", "undefined", "", " senior "]),
    ],
)
def test_existing_tags_are_set(post: Post, position: Position, name: str, value: Any) -> None:
    for tag in ("remote", "senior", "part-time"):
        factories.TagFactory(company=position.company, name=tag)
    assert post(**{name: value}).status_code == 200
    tags = Application.objects.get().tags.order_by("name").values_list("name", flat=True)
    assert list(tags) == ["remote", "senior"]


@pytest.mark.parametrize("value", ["new", "[" * 100_000, '["\\ud800"]', '["remote", "new"]'])
def test_tags_nobody_made_are_refused(post: Post, position: Position, value: str) -> None:
    factories.TagFactory(company=position.company, name="remote")
    assert error(post(tags=value)) == (400, INVALID, ["tags"])
    assert position.company.tags.count() == 1


@pytest.mark.parametrize("days", [1, 365])
def test_birthday_to_come_is_impossible(post: Post, days: int) -> None:
    born = timezone.localdate() + timedelta(days=days)
    assert error(post(birthday=born.isoformat())) == (400, INVALID, ["birthday"])


def test_each_wrong_value_is_named_at_once(post: Post) -> None:
    response = post(phone="1" * 256, location="x" * 256, birthday="1990-13-01", tags="new")
    assert error(response) == (400, INVALID, ["phone", "location", "birthday", "tags"])


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("first_name", 255),
        ("last_name", 255),
        ("external_posting_id", 255),
        ("phone", 255),
        ("location", 255),
        ("salary_expectations", 255),
        ("available_from", 100),
    ],
)
def test_longest_value_is_taken_and_one_more_letter_refused(
    post: Post, name: str, limit: int
) -> None:
    assert error(post(**{name: "ü" * (limit + 1)})) == (400, INVALID, [name])
    assert post(**{name: "ü" * limit}).status_code == 200


def test_what_nobody_asked_for_is_kept_beside_the_application(post: Post) -> None:
    sent = {"title": "Dr.", "privacy": "true", "documents": "[object FileList]", "note": "  "}
    assert post(**sent, **{f"x{number}": "y" * 5000 for number in range(60)}).status_code == 200
    extra = Application.objects.get().submission.data["extra"]
    assert len(extra) == 50
    assert (extra["title"], extra["privacy"], len(extra["x0"])) == ("Dr.", "true", 1000)
    assert "access_token" not in extra


# ---- refused attempts


def test_refused_attempt_is_kept_whole(post: Post, position: Position, token: str) -> None:
    attribute = factories.AttributeFactory(company=position.company, type=Attribute.Type.DATE)
    response = post(
        message="one\r\ntwo",
        tags="remote",
        title="Dr.",
        **{
            attribute.api_name: "tomorrow",
            "categorised_documents[0][file]": file("cv.pdf"),
            "categorised_documents[0][category]": "cv",
            "document1": file("tool.exe", b"MZ"),
        },
    )
    assert response.status_code == 400
    kept = RefusedApplication.objects.get()
    assert (kept.company, kept.position, kept.door) == (position.company, position, Door.ENDPOINT)
    assert (kept.reason, list(kept.data["errors"])) == ("wrong value", ["tags"])
    assert (kept.data["first_name"], kept.data["message"]) == ("Mia", "one\ntwo")
    assert kept.data["attributes"] == {attribute.api_name: "tomorrow"}
    assert kept.data["extra"] == {"title": "Dr."}
    documents = kept.documents.order_by("name")
    assert [(paper.name, paper.category) for paper in documents] == [
        ("cv.pdf", "cv"),
        ("tool.exe", "other"),
    ]
    assert documents[1].content_type == "application/octet-stream"
    assert documents[1].file.read() == b"MZ"
    assert token not in json.dumps(kept.data)


def test_attempt_at_an_unknown_position_is_kept_for_the_company(
    post: Post, position: Position
) -> None:
    post(job_position_id="9" * 5000)
    kept = RefusedApplication.objects.get()
    assert (kept.company, kept.position, kept.credential.name) == (
        position.company,
        None,
        "Career site",
    )


def test_strangers_attempts_are_not_kept(post: Post) -> None:
    assert post(access_token="wrong", document1=file("cv.pdf")).status_code == 403
    assert not RefusedApplication.objects.exists()


def test_second_application_with_a_wrong_file_is_kept_once(post: Post) -> None:
    post()
    response = post(document1=file("tool.exe", b"MZ"))
    assert error(response)[1] == "Applicant already applied to this position."
    assert RefusedApplication.objects.get().reason == "already applied"


# ---- the older shape of errors


@pytest.fixture
def old_client(position: Position) -> None:
    position.company.older_errors = True
    position.company.save()


@pytest.mark.usefixtures("old_client")
@pytest.mark.parametrize(
    ("changes", "status", "body"),
    [
        ({"job_position_id": "999999"}, 400, {"error": "Could not find the job position"}),
        (
            {"gender": "x"},
            400,
            {
                "success": False,
                "error": {
                    "code": 0,
                    "message": "The given data was invalid.",
                    "errors": {"gender": ["The selected gender is invalid."]},
                },
            },
        ),
        ({"document1": file("tool.exe", b"MZ")}, 400, {"error": BAD_FILE}),
    ],
)
def test_company_can_keep_the_older_errors(
    post: Post, changes: dict[str, Any], status: int, body: dict[str, Any]
) -> None:
    response = post(**changes)
    assert (response.status_code, json.loads(response.content)) == (status, body)


@pytest.mark.usefixtures("old_client")
def test_older_shape_of_a_second_application_and_a_closed_position(post: Post) -> None:
    assert json.loads(post().content)["success"] is True
    assert post().content == b'{"error":"Applicant already applied to this position."}'
    Position.objects.update(state=Position.State.ARCHIVED)
    response = post()
    assert (response.status_code, response.content) == (
        422,
        b'{"error":"The job position is not published"}',
    )
