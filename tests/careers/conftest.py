"""A career site: what one of Acme's posts to the applicant endpoint."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from companies import credentials
from recruiting.models import Position

URL = "/recruiting/applicant"
Post = Callable[..., HttpResponse]


@pytest.fixture
def token(position: Position) -> str:
    return credentials.issue(position.company, name="Career site", by=None)[1]


@pytest.fixture
def fields(position: Position, token: str) -> dict[str, Any]:
    """The required fields of a sound application."""
    return {
        "company_id": position.company_id,
        "access_token": token,
        "job_position_id": position.number,
        "first_name": "Mia",
        "last_name": "Muster",
        "email": "mia@mail.example",
    }


@pytest.fixture
def post(fields: dict[str, Any], client: Client) -> Post:
    """Post the application with changes: ``post(phone="1", **{"documents[]": file("cv.pdf")})``."""

    def send(**changes: Any) -> HttpResponse:
        data = fields | changes
        sent = {name: value for name, value in data.items() if value is not None}
        response: HttpResponse = client.post(URL, sent)  # type: ignore[assignment]  # a test response is one
        return response

    return send


def file(name: str, content: bytes = b"%PDF-1.4 a CV") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
