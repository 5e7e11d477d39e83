"""A career site: what one of Acme's posts to the applicant endpoint and to its successor."""

import json
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
APPLICATIONS = "/v1/recruiting/applications"
DOCUMENTS = "/v1/recruiting/applications/documents"
Send = Callable[..., Any]


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


# ---- v1


@pytest.fixture
def headers(position: Position, token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "X-Company-ID": str(position.company_id)}


@pytest.fixture
def sound(position: Position) -> dict[str, Any]:
    """The required fields of a sound application."""
    return {
        "first_name": "Mia",
        "last_name": "Muster",
        "email": "mia@mail.example",
        "job_position_id": position.number,
    }


@pytest.fixture
def send(client: Client, headers: dict[str, str], sound: dict[str, Any]) -> Send:
    """Send the application with changes: ``send(tags=["remote"])``; None leaves a field out."""

    def post(**changes: Any) -> Any:
        data = {name: value for name, value in (sound | changes).items() if value is not ...}
        return client.post(APPLICATIONS, data, content_type="application/json", headers=headers)

    return post


@pytest.fixture
def upload(client: Client, headers: dict[str, str]) -> Send:
    def post(sent: SimpleUploadedFile) -> Any:
        return client.post(DOCUMENTS, {"file": sent}, headers=headers)

    return post


def reasons(response: HttpResponse) -> dict[str, list[str]]:
    """Return the reasons by field of a 400."""
    assert response.status_code == 400, response.content
    return {
        item["field"]: [wrong["reason"] for wrong in item["errors"]]
        for item in json.loads(response.content)["errors"]
    }
