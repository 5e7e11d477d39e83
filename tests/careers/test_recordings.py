"""What real clients of Personio's interface put on the wire, byte for byte, with our host name for Personio's.

Recorded on 25 November 2026 between each client's own code and a running server: the bundles' PHP on Symfony
HttpClient 5.4 and Guzzle 7.4, satellytes.com's form in Chromium, Personio's sample on libcurl. Only the
token was replaced, by one as long.
"""

import io
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from django.http import HttpResponse
from gunicorn.config import Config
from gunicorn.http import RequestParser

from ats.wsgi import application
from companies import credentials
from companies.models import ApiCredential, Company
from recruiting.models import Application, Position, UploadedDocument
from tests import factories

RECORDINGS = Path(__file__).parent / "recordings"
TOKEN = "0123456789abcdef" * 4
UUID = re.compile(r'"uuid":"([0-9a-f-]{36})"')
# the application closes its connection when a request ends, and with it an open transaction
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company() -> Company:
    """The company, position and token that the recordings name."""
    company = factories.CompanyFactory(pk=1)
    factories.PositionFactory(company=company, number=100_001)
    credential, _ = credentials.issue(company, name="Recorded", by=None)
    ApiCredential.objects.filter(pk=credential.pk).update(token_digest=credentials.digest(TOKEN))
    return company


def read(name: str) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Read a recording as gunicorn reads a connection: the environment and the body of each request."""
    connection = iter([(RECORDINGS / f"{name}.http").read_bytes()])
    for request in RequestParser(Config(), connection, ("192.0.2.1", 4711)):
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "192.0.2.1",
            "wsgi.url_scheme": "http",
            "wsgi.input_terminated": True,
            "wsgi.errors": io.StringIO(),
        }
        for header, value in request.headers:
            key = header.upper().replace("-", "_")
            plain = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
            environ[key if plain else f"HTTP_{key}"] = value
        yield environ, request.body.read()


def answer(environ: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    environ = environ | {"HTTP_HOST": "testserver", "wsgi.input": io.BytesIO(body)}
    started: list[str] = []
    reply = cast(HttpResponse, application(environ, lambda status, *_: started.append(status)))
    with closing(reply):  # as a server does (PEP 3333)
        return int(started[0].split()[0]), b"".join(reply)


ACCEPTED = (
    b'{"success":true,"data":{"message":"Applicant successfully applied to the job position."}}'
)
REFUSED = b'{"success":false,"error":{"message":"Applicant already applied to this position."}}'


@pytest.mark.parametrize(
    ("client", "message", "documents"),
    [
        (
            "php-curl-sample",
            "eins\nzwei",
            [("CV Müller.pdf", "cv"), ("letter.txt", "cover-letter")],
        ),
        (
            "php-curl-sample-quoted",
            "eins\nzwei",
            [("CV Müller.pdf", "cv"), ("letter.txt", "cover-letter")],
        ),
        ("symfony-chunked", "", [("Zeugnis.pdf", "other")]),
        ("satellytes-2021", "x", [("CV.pdf", "other")]),
        (
            "satellytes-2023",
            "eins\nzwei",
            [('Lebenslauf "neu" Müller.pdf', "cv"), ("a.txt", "cover-letter")],
        ),
    ],
)
def test_client_of_the_endpoint_applies_with_its_documents_and_is_refused_the_second_time(
    company: Company, client: str, message: str, documents: list[tuple[str, str]]
) -> None:
    [(environ, body)] = read(client)
    assert answer(environ, body) == (200, ACCEPTED)
    made = Application.objects.get()
    assert made.submission.message == message
    assert list(made.documents.values_list("name", "category").order_by("pk")) == documents
    assert (made.candidate.phone, made.source) == ("", None)
    assert answer(environ, body) == (400, REFUSED)


@pytest.mark.parametrize("client", ["contao-inspiredminds", "typo3-nitsan"])
def test_client_of_v1_uploads_applies_and_is_told_that_it_has_applied(
    company: Company, client: str
) -> None:
    (environ, body), (environ_2, body_2) = read(client)
    status, kept = answer(environ, body)
    assert status == 200
    assert b'"original_filename":"Lebenslauf M\\u00fcller.pdf"' in kept
    [uuid] = UUID.findall(body_2.decode())  # the client sent back what it had been given
    UploadedDocument.objects.update(uuid=uuid)
    assert answer(environ_2, body_2) == (201, b"")
    made = Application.objects.get()
    assert made.position == Position.objects.get(number=100_001)
    document = made.documents.get()
    assert (document.name, document.category) == ("Lebenslauf Müller.pdf", "cv")
    without_files = re.sub(rb',"files":\[.*?\]', b"", body_2)
    environ_2["CONTENT_LENGTH"] = str(len(without_files))
    status, told = answer(environ_2, without_files)
    assert status == 400
    assert b'"field":"email","errors":[{"reason":"errors.applicant-already-exists"}]' in told


def test_document_that_comes_in_chunks_is_kept_whole(company: Company) -> None:
    [(environ, body)] = read("symfony-chunked-documents")
    assert "CONTENT_LENGTH" not in environ
    assert answer(environ, body)[0] == 200
    assert UploadedDocument.objects.get().file.read() == b"%PDF-1.4 chunked"
