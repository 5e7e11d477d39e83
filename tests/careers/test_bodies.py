"""Bodies as they really come: in chunks, cut off, too large. Played through the WSGI application."""

import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from django.http import HttpResponse
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from pytest_django import Settings

from ats.wsgi import application
from careers.receiving import bodies
from recruiting.models import Application
from tests.careers.conftest import URL, file

# the application closes its connection when a request ends, and with it an open transaction
pytestmark = pytest.mark.django_db(transaction=True)


def send(
    body: bytes,
    *,
    chunked: bool = False,
    announced: int | None = None,
    stream: io.BytesIO | None = None,
) -> tuple[str, Any]:
    """Hand a body to the application as gunicorn does; return status and decoded reply."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": URL,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_TYPE": MULTIPART_CONTENT,
        "wsgi.url_scheme": "http",
        "wsgi.input": stream or io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": io.StringIO(),
    }
    if chunked:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    else:
        environ["CONTENT_LENGTH"] = str(len(body) if announced is None else announced)
    started: list[str] = []
    reply = cast(HttpResponse, application(environ, lambda status, *_: started.append(status)))
    with closing(reply):  # as a server does (PEP 3333)
        return started[0], json.loads(b"".join(reply))


@pytest.fixture
def body(fields: dict[str, Any]) -> bytes:
    return encode_multipart(BOUNDARY, fields | {"document1": file("cv.pdf")})


def test_chunked_body_without_a_length_is_read_whole(
    body: bytes, settings: Settings, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    status, reply = send(body, chunked=True)
    assert (status, reply["success"]) == ("200 OK", True)
    assert Application.objects.get().documents.get().file.read() == b"%PDF-1.4 a CV"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rest", [1, 5, 30, 60, 200, 500])
def test_body_that_ends_too_early_is_no_application(body: bytes, rest: int) -> None:
    cut = body[:-rest]
    status, reply = send(cut, announced=len(body))
    assert status == "400 Bad Request"
    assert reply["error"]["message"] == "The given data failed to pass validation."
    assert not Application.objects.exists()
    assert send(body)[0] == "200 OK"


def test_chunked_body_without_its_last_boundary_is_no_application(body: bytes) -> None:
    status, reply = send(body[: body.index(b"%PDF") + 6], chunked=True)
    assert status == "400 Bad Request"
    assert reply["error"]["message"] == "The given data failed to pass validation."
    assert not Application.objects.exists()


def test_body_that_is_not_wanted_is_read_all_the_same(
    body: bytes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drained: list[bytes] = []
    read = bodies.CountedInput.read

    def note(stream: bodies.CountedInput, size: int = -1) -> bytes:
        drained.append(read(stream, size))
        return drained[-1]

    monkeypatch.setattr(bodies.CountedInput, "read", note)
    settings.MAINTENANCE = True
    assert send(body)[0] == "503 Service Unavailable"
    assert b"".join(drained) == body


def test_client_that_fell_silent_is_not_waited_for_twice(body: bytes) -> None:
    class Silent(io.BytesIO):
        asked = 0

        def read(self, size: int | None = -1) -> bytes:
            self.asked += 1
            raise BlockingIOError

    for chunked in (False, True):
        silent = Silent()
        assert send(body, stream=silent, chunked=chunked)[0] == "400 Bad Request"
        assert silent.asked == 1
    assert not Application.objects.exists()


def test_chunked_body_is_read_up_to_the_limit_only(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY", len(body) - 1000)
    stream = io.BytesIO(body)
    status, reply = send(body, chunked=True, stream=stream)
    assert status == "400 Bad Request"
    assert reply["error"]["message"] == "Unsupported extension or file greater than 20Mb."
    assert stream.tell() == len(body), "who still sends does not hear the answer"


def test_drain_stops_after_another_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY", 100)
    stream = io.BytesIO(bytes(1000))
    bodies.drain(stream)
    assert stream.tell() == 100
