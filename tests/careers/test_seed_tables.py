"""The two tables of the documentation, row by row, and the values and spellings that clients really send."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from careers.receiving import uploads as receiving
from companies.models import Company
from recruiting.models import Application, Attribute, Document, Position
from recruiting.people import uploads
from tests import factories
from tests.careers.conftest import URL, file

EXTENSIONS = [
    "pdf", "docx", "doc", "jpg", "png", "txt", "jpeg", "odt", "ods", "xlsx", "rtf", "xls",
    "pptx", "ppt", "gif", "tif", "tiff", "bmp", "csv", "rar", "gz", "zip", "7z",
]  # fmt: skip
CATEGORIES = ["cv", "cover-letter", "employment-reference", "certificate", "work-sample", "other"]
SUCCESS = (
    '{"success":true,"data":{"message":"Applicant successfully applied to the job position."}}'
)
BAD_FILE = "Unsupported extension or file greater than 20Mb."


def refused(message: str, errors: str = "") -> str:
    """The documented body; ``errors`` is its JSON of what is wrong with each field."""
    more = f',"code":0,"errors":{errors}' if errors else ""
    return f'{{"success":false,"error":{{"message":"{message}"{more}}}}}'


def older(message: str) -> str:
    return f'{{"error":"{message}"}}'


def older_invalid(errors: str) -> str:
    message = "The given data was invalid."
    return f'{{"success":false,"error":{{"code":0,"message":"{message}","errors":{errors}}}}}'


class Caller:
    """Posts the sound application with changes, each time of somebody new."""

    def __init__(self, client: Client, fields: dict[str, Any]) -> None:
        self.client, self.fields, self.count = client, fields, 0

    def __call__(self, **changes: Any) -> tuple[int, str]:
        self.count += 1
        data = self.fields | {"email": f"mia{self.count}@mail.example"} | changes
        answer = self.client.post(
            URL, {name: value for name, value in data.items() if value is not None}
        )
        return answer.status_code, answer.text


@pytest.fixture
def call(client: Client, fields: dict[str, Any], settings: Settings) -> Caller:
    settings.APPLICATIONS_PER_MINUTE = 10_000
    return Caller(client, fields)


Row = tuple[dict[str, Any], int, str, str]  # changes, status, the documented body, the older one
MISSING = "The {} field is required."
NO_ATTRIBUTE = "Parameter custom_attribute_77 does not exist."
SECOND = "Applicant already applied to this position."


def missing(name: str) -> Row:
    text = MISSING.format(name)
    errors = f'{{"{name}":["{text}"]}}'
    documented = refused(text, errors)
    if name in (
        "company_id",
        "access_token",
    ):  # whose clients want the older shape is not known yet
        return {name: ""}, 400, documented, documented
    return {name: ""}, 400, documented, older_invalid(errors)


def rows(paused: Position) -> list[Row]:
    gender = '{"gender":["The selected gender is invalid."]}'
    attribute = f'{{"custom_attribute_77":["{NO_ATTRIBUTE}"]}}'
    invalid = refused("The given data failed to pass validation.", gender)
    bad_file = (refused(BAD_FILE), older(BAD_FILE))
    no_position = "Could not find the job position"
    not_published = refused("Job position not published")
    unauthorised = refused("This action is unauthorized.")
    return [
        ({}, 200, SUCCESS, SUCCESS),
        ({"gender": "x"}, 400, invalid, older_invalid(gender)),
        ({"document1": file("a.txt", b"x" * 1001)}, 400, *bad_file),
        ({"document1": file("a.exe", b"MZ")}, 400, *bad_file),
        (
            {"custom_attribute_77": "x"},
            400,
            refused(NO_ATTRIBUTE, attribute),
            older_invalid(attribute),
        ),
        ({"job_position_id": 9999999}, 400, refused(f"{no_position}."), older(no_position)),
        ({"email": "Twice@MAIL.example"}, 400, refused(SECOND), older(SECOND)),
        (
            {"job_position_id": paused.number},
            422,
            not_published,
            older("The job position is not published"),
        ),
        ({"access_token": "wrong"}, 403, unauthorised, unauthorised),
    ]


def test_every_row_of_the_response_table_is_answered_byte_for_byte(
    call: Caller, position: Position, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_SIZE", 1000)
    monkeypatch.setattr(receiving, "MAX_SIZE", 1000)
    call(email="twice@mail.example")
    paused = factories.PositionFactory(company=position.company, state=Position.State.PAUSED)
    for is_older in (False, True):
        Company.objects.update(older_errors=is_older)
        for changes, status, documented, before in [*rows(paused), *map(missing, call.fields)]:
            assert call(**changes) == (status, before if is_older else documented), changes
    Company.objects.update(older_errors=False)
    position.pipeline.stages.filter(kind="unassigned").update(kind="custom")
    assert call() == (500, refused("Something went wrong, please try again later!"))
    settings.MAINTENANCE = True
    assert call() == (503, refused("Service Unavailable"))


def test_every_row_of_the_parameter_table_is_taken(call: Caller, position: Position) -> None:
    source = factories.SourceFactory(company=position.company)
    for name in ("tag_1", "tag_2"):
        factories.TagFactory(company=position.company, name=name)
    text, day, choice = (
        factories.AttributeFactory(company=position.company, type=kind)
        for kind in (Attribute.Type.TEXT, Attribute.Type.DATE, Attribute.Type.OPTIONS)
    )
    option = factories.AttributeOptionFactory(attribute=choice)
    plain: dict[str, Any] = {
        "first_name": "ü" * 255,
        "last_name": "n" * 255,
        "email": f"{'m' * 60}@{'d' * 60}.{'d' * 60}.{'d' * 60}.example",
        "recruiting_channel_id": str(source.pk),
        "external_posting_id": "gh-17/b",
        "phone": "1" * 255,
        "location": "l" * 255,
        "salary_expectations": "minimum 50k",
        "available_from": "a" * 100,
        "message": "one\r\ntwo\n\nthree",
        "tags": '["tag_1", "tag_2"]',
        "birthday": "1990-02-28",
        text.api_name: "via JOIN",
        day.api_name: "2027-01-31",
        choice.api_name: option.api_name,
    }
    for gender in ("male", "female", "diverse", "undefined"):
        assert call(**plain | {"gender": gender, "email": f"{gender}@x.example"})
        assert Application.objects.latest("pk").candidate.gender == gender
    assert call(**plain) == (200, SUCCESS)
    made = Application.objects.select_related("candidate", "submission").latest("pk")
    person = made.candidate
    assert (person.first_name, person.last_name) == ("ü" * 255, "n" * 255)
    assert (person.phone, person.location, str(person.birthday)) == (
        "1" * 255,
        "l" * 255,
        "1990-02-28",
    )
    assert (made.source, made.external_posting_id) == (source, "gh-17/b")
    assert (made.salary_expectations, made.available_from) == ("minimum 50k", "a" * 100)
    assert made.submission.message == "one\ntwo\n\nthree"
    assert sorted(made.tags.values_list("name", flat=True)) == ["tag_1", "tag_2"]
    values = made.attribute_values.order_by("attribute")
    assert [value.display for value in values] == ["via JOIN", "2027-01-31", option.name]


def test_every_extension_and_category_is_taken_in_each_of_the_three_ways(call: Caller) -> None:
    def papers() -> list[Any]:
        return [
            file(f"paper.{extension}", b"what it is, only its name tells")
            for extension in EXTENSIONS
        ]

    def stored() -> list[tuple[str, str]]:
        made = Application.objects.latest("pk")
        return list(made.documents.order_by("pk").values_list("name", "category"))

    names = [f"paper.{extension}" for extension in EXTENSIONS]
    assert call(**{"documents[]": papers()}) == (200, SUCCESS)
    assert stored() == [(name, "other") for name in names]
    numbered = {f"document{number}": paper for number, paper in enumerate(papers(), 1)}
    assert call(**numbered) == (200, SUCCESS)
    assert stored() == [(name, "other") for name in names]
    wanted = [CATEGORIES[number % len(CATEGORIES)] for number in range(len(names))]
    categorised: dict[str, Any] = {}
    for number, (paper, category) in enumerate(zip(papers(), wanted, strict=True)):
        categorised[f"categorised_documents[{number}]['file']"] = paper
        categorised[f"categorised_documents[{number}]['category']"] = category
    assert call(**categorised) == (200, SUCCESS)
    assert stored() == list(zip(names, wanted, strict=True))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"recruiting_channel_id": ""}, {"source": None}),
        ({"recruiting_channel_id": "0"}, {"source": None}),
        ({"recruiting_channel_id": "undefined"}, {"source": None}),
        ({"phone": "undefined", "location": "null"}, {"candidate.phone": "", "candidate.location": ""}),
        ({"gender": "undefined"}, {"candidate.gender": "undefined"}),
        ({"gender": "diverse"}, {"candidate.gender": "diverse"}),
        (
            {"privacy": "true", "title": "Dr.", "privacy-policy-acceptance": "on"},
            {"submission.data": {"privacy": "true", "title": "Dr.", "privacy-policy-acceptance": "on"}},
        ),
        ({"custom_attribute": ["first", "last", ""]}, {"attribute": "last"}),
        ({"custom_attribute": ["first", "undefined"]}, {"attribute": "first"}),
        ({"message": "one\r\n\r\ntwo"}, {"submission.message": "one\n\ntwo"}),
    ],
)  # fmt: skip
def test_values_that_real_clients_send(
    call: Caller, position: Position, sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    attribute = factories.AttributeFactory(company=position.company)
    sent = {
        name.replace("custom_attribute", attribute.api_name): text for name, text in sent.items()
    }
    assert call(**sent) == (200, SUCCESS)
    made = Application.objects.select_related("candidate", "submission").get()
    for path, wanted in kept.items():
        if path == "attribute":
            assert made.attribute_values.get().text == wanted
        elif path == "submission.data":
            assert made.submission.data["extra"] == wanted
        else:
            holder, _, name = path.rpartition(".")
            assert getattr(getattr(made, holder) if holder else made, name) == wanted


def test_file_named_cv_without_an_extension_is_known_by_its_bytes(call: Caller) -> None:
    word = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    for content, name in (
        (b"%PDF-1.4", "cv.pdf"),
        (b"\x89PNG\r\n\x1a\n", "cv.png"),
        (word, "cv.doc"),
    ):
        assert call(document1=file("cv", content)) == (200, SUCCESS)
        assert Document.objects.latest("pk").name == name
    assert call(document1=file("cv", b"no kind of file"))[0] == 400
