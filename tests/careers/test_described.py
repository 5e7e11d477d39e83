"""What clients generate from the served description is taken, answers are as described, no bytes break a door."""

import itertools
import json
import string
from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from careers.v1 import openapi
from careers.v1 import problems as reasons_of
from recruiting.models import Position
from tests.careers.conftest import APPLICATIONS, DOCUMENTS, URL

Schema = Mapping[str, Any]
DESCRIPTION: Schema = json.loads(json.dumps(openapi.describe()))  # as clients read it
SCHEMAS: Schema = DESCRIPTION["components"]["schemas"]
FUZZ = hypothesis_settings(
    derandomize=True,
    deadline=None,
    max_examples=12,
    suppress_health_check=list(HealthCheck),
)
# What no schema can tell: it depends on what the company has, and on the day.
OF_THE_COMPANY = {
    reasons_of.NO_POSITION,
    reasons_of.NO_CHANNEL,
    reasons_of.NO_FILE,
    reasons_of.IN_THE_FUTURE,
}
BLANK_OR_LETTER = st.characters(categories=["L", "N", "P", "S"]) | st.sampled_from(" \n")
people = itertools.count()


@pytest.fixture(autouse=True)
def no_limit(settings: Settings) -> None:
    settings.V1_REQUESTS_PER_MINUTE = settings.APPLICATIONS_PER_MINUTE = 1_000_000
    settings.FORM_SENDINGS_PER_MINUTE = 1_000_000


# ---- values of a schema, and whether one is


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that the schema describes."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([OF_KIND[kind](schema) for kind in kinds])


def texts(schema: Schema) -> st.SearchStrategy[str]:
    form = schema.get("format")
    if form == "date":
        return st.dates().map(str)
    if form == "uuid":
        return st.uuids().map(str)
    if form == "email":
        local = st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)
        return local.map(lambda name: f"{name}.{next(people)}@mail.example")
    if schema.get("pattern", "").startswith("^"):
        return st.from_regex(str(schema["pattern"]), fullmatch=True)
    made = st.text(BLANK_OR_LETTER, max_size=min(schema.get("maxLength", 300), 300))
    return made.filter(str.strip) if "minLength" in schema else made


def objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    made = {name: values(part) for name, part in schema["properties"].items()}
    required = {name: made.pop(name) for name in schema.get("required", [])}
    return st.fixed_dictionaries(required, optional=made)


OF_KIND: dict[str, Any] = {
    "string": texts,
    "object": objects,
    "null": lambda _schema: st.none(),
    "integer": lambda schema: st.integers(schema.get("minimum"), schema.get("maximum")),
    "array": lambda schema: st.lists(values(schema["items"]), max_size=3),
}
TYPES = {"string": str, "integer": int, "array": list, "object": dict}


def conforms(value: Any, schema: Schema) -> bool:
    """Whether a value is one that the schema describes; knows the words our answers use."""
    if "$ref" in schema:
        return conforms(value, SCHEMAS[schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return any(conforms(value, each) for each in schema["anyOf"])
    if value != schema.get("const", value) or value not in schema.get("enum", [value]):
        return False
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        return False
    if isinstance(value, list):
        return all(conforms(item, schema["items"]) for item in value)
    if not isinstance(value, dict):
        return True
    has_all = set(schema.get("required", ())) <= set(value)
    known = schema.get("properties", {})
    return has_all and all(conforms(value[name], known[name]) for name in set(value) & set(known))


def check(path: str, response: Any) -> None:
    """The status is documented and its body is as described."""
    described = DESCRIPTION["paths"][path]["post"]["responses"].get(str(response.status_code))
    assert described, (response.status_code, response.content)
    if "content" in described:
        assert conforms(response.json(), described["content"]["application/json"]["schema"])
    else:
        assert response.content == b""


# ---- the JSON successor


@FUZZ
@given(data=values(SCHEMAS["Application"]), is_ours=st.booleans())
def test_application_of_the_description_is_refused_for_what_the_company_lacks_only(
    client: Client,
    headers: dict[str, str],
    position: Position,
    data: dict[str, Any],
    is_ours: bool,
) -> None:
    data["job_position_id"] = position.number if is_ours else data["job_position_id"]
    response = client.post(APPLICATIONS, data, content_type="application/json", headers=headers)
    check(APPLICATIONS, response)
    if response.status_code == 400:
        for item in response.json()["errors"]:
            told = {error["reason"] for error in item["errors"]}
            assert item["field"].startswith("attributes") or told <= OF_THE_COMPANY, (data, item)


WRONG: dict[str, list[Any]] = {
    "string": [True, [], {}],
    "integer": ["x", -1, 1.5, True, []],
    "array": ["x", 1, {}],
    "date": ["31.01.2027", "2027-02-30", 5, []],
    "email": ["mia", "mia@", 5],
}


def test_every_field_of_the_wrong_kind_or_missing_is_named(
    client: Client, headers: dict[str, str], sound: dict[str, Any]
) -> None:
    schema = SCHEMAS["Application"]
    rows = [(name, value) for name in schema["required"] for value in (None, "", "  ")]
    for name, part in schema["properties"].items():
        kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
        rows += [(name, value) for value in WRONG.get(part.get("format", kinds[0]), [])]
        if "maxLength" in part:
            rows.append((name, "x" * (part["maxLength"] + 1)))
    assert len(rows) > 40
    for name, value in rows:
        sent = sound | {name: value}
        response = client.post(APPLICATIONS, sent, content_type="application/json", headers=headers)
        check(APPLICATIONS, response)
        assert response.status_code == 400, (name, value)
        assert [item["field"] for item in response.json()["errors"]] == [name], (name, value)


# ---- bodies as bytes

PIECES = st.sampled_from(
    [
        b"--b", b"--b\r\n", b"\r\n--b\r\n", b"\r\n--b--", b"\r\n\r\n", b"\n\n", b"--", b"\r", b"%PDF-1.4",
        b'Content-Disposition: form-data; name="file"; filename="cv.pdf"',
        b'Content-Disposition: form-data; name="document1"; filename="a.exe"',
        b"Content-Disposition: form-data; name=documents[]; filename*=UTF-8''%E4%F6",
        b'Content-Disposition: form-data; name="email"', b"Content-Disposition: form-data",
        b"Content-Type: application/pdf", b"Content-Type: text/plain; charset=utf-7",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable",
        b'Content-Disposition: form-data; name="_charset_"', b"=C3=", b"e30=", b"\xff\xfe\x00",
    ]
)  # fmt: skip
CONTENT_TYPES = st.sampled_from(
    [
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "b" * 300,
        "multipart/mixed; boundary=b",
        "application/x-www-form-urlencoded",
        "application/json",
        "text/plain; charset=nonsense",
        "",
    ]
)


@FUZZ
@given(parts=st.lists(PIECES | st.binary(max_size=40), max_size=12), content_type=CONTENT_TYPES)
def test_no_bytes_break_a_door(
    client: Client,
    headers: dict[str, str],
    position: Position,
    parts: list[bytes],
    content_type: str,
) -> None:
    body = b"".join(parts)
    for path in (DOCUMENTS, APPLICATIONS):
        check(path, client.generic("POST", path, body, content_type, headers=headers))
    assert client.generic("POST", URL, body, content_type).status_code in (400, 403, 422)
    page = f"/careers/{position.company.account}/job/{position.number}"
    assert client.generic("POST", page, body, content_type).status_code in (400, 422)
