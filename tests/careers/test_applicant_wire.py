"""Forms at the endpoint as bytes: whatever comes is answered, and what is answered with 200 is all there."""

import itertools
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from recruiting.models import Application, Candidate
from tests.careers.conftest import URL

BOUNDARY = "posthorn-boundary"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
FUZZ = hypothesis_settings(
    derandomize=True,
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
people = itertools.count()


def text_part(name: str, value: object) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def form(*parts: bytes) -> bytes:
    separator = f"--{BOUNDARY}\r\n".encode()
    lines = b"".join(separator + part + b"\r\n" for part in parts)
    return lines + f"--{BOUNDARY}--\r\n".encode()


def sound_parts(fields: dict[str, Any]) -> list[bytes]:
    """A sound application of somebody nobody has seen yet."""
    someone = fields | {"email": f"mia{next(people)}@mail.example"}
    return [text_part(name, value) for name, value in someone.items()]


@pytest.fixture(autouse=True)
def no_limit(settings: Settings) -> None:
    settings.APPLICATIONS_PER_MINUTE = 1_000_000


def send(client: Client, body: bytes, content_type: str = CONTENT_TYPE) -> int:
    return client.generic("POST", URL, body, content_type).status_code


NAMES = st.one_of(
    st.binary(min_size=1, max_size=40).filter(lambda raw: not set(raw) & set(b'\r\n"\\')),
    st.sampled_from([b"..", b"/", b".", b"cv", b"M\xfcller", b"a;b", b"\xe2\x80\xaefdp.exe"]),
)
FIELDS = st.sampled_from(
    [
        b"documents[]",
        b"documents",
        b"document1",
        b"categorised_documents[0][file]",
        b"categorised_documents[0]['file']",
        b"cv",
        b"M\xfcller",
    ]
)
CONTENTS = st.binary(max_size=100).map(lambda content: b"%PDF-1.4 " + content)


@FUZZ
@given(files=st.lists(st.tuples(FIELDS, NAMES, CONTENTS), max_size=4))
def test_every_file_that_was_sent_is_there(
    client: Client, fields: dict[str, Any], files: list[tuple[bytes, bytes, bytes]]
) -> None:
    parts = [
        b'Content-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s'
        % (field, name, content)
        for field, name, content in files
    ]
    assert send(client, form(*sound_parts(fields), *parts)) == 200
    documents = Application.objects.latest("pk").documents.all()
    assert sorted(paper.file.read() for paper in documents) == sorted(
        content for _, _, content in files
    )


@FUZZ
@given(place=st.floats(0, 1), cut=st.integers(0, 40), rubbish=st.binary(max_size=60))
def test_rubbish_is_answered_and_never_half_taken(
    client: Client, fields: dict[str, Any], place: float, cut: int, rubbish: bytes
) -> None:
    sound = form(
        *sound_parts(fields),
        b'Content-Disposition: form-data; name="cv"; filename="cv.pdf"\r\n\r\n%PDF-1.4',
    )
    start = int(place * len(sound))
    body = sound[:start] + rubbish + sound[start + cut :]
    before = Application.objects.count()
    status = send(client, body)
    assert status in (200, 400, 403)
    assert Application.objects.count() == before + (status == 200)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other",
        "multipart/form-data; boundary=\xfc",
        "multipart/mixed; boundary=" + BOUNDARY,
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=iso-8859-1",
        "text/plain",
        "rubbish",
    ],
)
def test_form_under_a_wrong_content_type_is_a_400(
    client: Client, fields: dict[str, Any], content_type: str
) -> None:
    assert send(client, form(*sound_parts(fields)), content_type) == 400
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    ("parts", "content_type"),
    [
        (
            [
                b'Content-Type: text/plain; charset=ISO-8859-1\r\nContent-Disposition: form-data; name="'
            ],
            "",
        ),
        ([text_part("_charset_", "iso-8859-1"), b'Content-Disposition: form-data; name="'], ""),
        ([b'Content-Disposition: form-data; name="'], "; charset=iso-8859-1"),
        ([b'Content-Disposition: form-data; name="'], "; charset=no-such-charset"),
    ],
)
def test_names_in_another_charset_are_read(
    client: Client, fields: dict[str, Any], parts: list[bytes], content_type: str
) -> None:
    parts = [*parts[:-1], parts[-1] + b'location"\r\n\r\nK\xf6ln']
    assert send(client, form(*sound_parts(fields), *parts), CONTENT_TYPE + content_type) == 200
    assert Candidate.objects.get().location == "Köln"


@pytest.mark.parametrize(
    ("setting", "count"),
    [("DATA_UPLOAD_MAX_NUMBER_FIELDS", 20), ("DATA_UPLOAD_MAX_NUMBER_FILES", 3)],
)
def test_forms_of_too_many_parts_are_refused(
    client: Client, fields: dict[str, Any], settings: Settings, setting: str, count: int
) -> None:
    setattr(settings, setting, count)
    file_part = b'Content-Disposition: form-data; name="d"; filename="a.txt"\r\n\r\nx'
    extra = file_part if "FILES" in setting else text_part("x", "y")
    assert send(client, form(*sound_parts(fields), *[extra] * (count + 1))) == 400
    assert not Application.objects.exists()


def test_text_of_too_many_bytes_is_refused(
    client: Client, fields: dict[str, Any], settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5000
    assert send(client, form(*sound_parts(fields), text_part("message", "x" * 5000))) == 400
    assert send(client, form(*sound_parts(fields), text_part("message", "x" * 4000))) == 200


def test_preflight_allows_what_the_browser_asks_for(client: Client, db: None) -> None:
    asked = {
        "Origin": "https://acme.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-requested-with",
    }
    response = client.options(URL, headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response["Access-Control-Allow-Headers"] == "authorization,x-requested-with"
    assert client.options(URL)["Access-Control-Allow-Headers"] == "*"
