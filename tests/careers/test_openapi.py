"""The description says what the interface does: both are made of the same tables."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from careers.v1 import fields as v1_fields
from careers.v1 import openapi
from careers.v1 import problems as v1_problems
from recruiting.models import Application
from tests.careers.conftest import APPLICATIONS, DOCUMENTS, Send, file


def described() -> dict[str, Any]:
    return json.loads(json.dumps(openapi.describe()))  # type: ignore[no-any-return]  # as clients read it


def test_description_is_served_to_everybody(client: Client) -> None:
    response = client.get("/v1/openapi.json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response.json() == described()
    assert response.json()["openapi"].startswith("3.1")


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(described())
    names = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert names == {"Application", "Upload", "Errors", "Unreadable"}
    assert names <= set(described()["components"]["schemas"])


def test_every_address_is_served_and_every_field_described(client: Client) -> None:
    assert list(described()["paths"]) == [DOCUMENTS, APPLICATIONS]
    for path in described()["paths"]:
        assert client.get(path).status_code == 405
    schema = described()["components"]["schemas"]["Application"]
    assert list(schema["properties"]) == [row.name for row in v1_fields.APPLICATION]
    assert schema["required"] == ["first_name", "last_name", "email", "job_position_id"]


def test_answers_are_those_described(send: Send, upload: Send) -> None:
    schemas = described()["components"]["schemas"]
    assert set(upload(file("cv.pdf")).json()) == set(schemas["Upload"]["required"])
    answers = described()["paths"][APPLICATIONS]["post"]["responses"]
    for response in (send(), send(), send(email="x")):
        assert str(response.status_code) in answers
    reasons = schemas["Errors"]["properties"]["errors"]["items"]["anyOf"][0]["properties"]
    known = reasons["errors"]["items"]["properties"]["reason"]["enum"]
    assert v1_problems.ALREADY_APPLIED in known
    assert len(known) == len(set(known))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=8,
)
ITEM = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("id", "value", "uuid", "original_filename", "category", "type"), JSON),
)


@pytest.fixture
def no_limit(settings: Settings) -> None:
    settings.V1_REQUESTS_PER_MINUTE = 1_000_000


@pytest.mark.usefixtures("no_limit")
@hypothesis_settings(
    derandomize=True,
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    data=st.fixed_dictionaries(
        {},
        optional={row.name: JSON | ITEM | st.lists(ITEM) for row in v1_fields.APPLICATION},
    )
)
def test_no_json_breaks_it(
    client: Client, headers: dict[str, str], sound: dict[str, Any], data: dict[str, Any]
) -> None:
    before = Application.objects.count()
    response = client.post(
        APPLICATIONS, sound | data, content_type="application/json", headers=headers
    )
    assert response.status_code in (201, 400)
    assert Application.objects.count() == before + (response.status_code == 201)
