"""Documents that are sent ahead of the v1 applications which will name them."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from careers.receiving import uploads as receiving
from careers.v1 import problems
from companies.models import Membership
from recruiting.models import Document, Position, RefusedApplication, UploadedDocument
from recruiting.people import uploads
from tests.careers.conftest import DOCUMENTS, Send, file, reasons


def test_upload_answers_what_was_found(upload: Send, position: Position) -> None:
    response = upload(file("my_file.pdf", b"\x89PNG\r\n\x1a\n" + bytes(30)))
    kept = UploadedDocument.objects.get()
    assert (response.status_code, kept.company) == (200, position.company)
    assert response.json() == {
        "uuid": str(kept.uuid),
        "size": 38,
        "mimetype": "image/png",
        "original_filename": "my_file.pdf",
        "extension": "png",
    }


@pytest.mark.parametrize("name", ["a.jpeg", "a.tiff", "a.mp4", "a.WMV", "a.7z"])
def test_uploads_of_every_listed_kind_are_taken(upload: Send, name: str) -> None:
    assert upload(file(name, b"some bytes")).json()["extension"] == name.lower().rpartition(".")[2]


def test_upload_of_another_kind_is_a_422(upload: Send) -> None:
    response = upload(file("tool.exe", b"MZ"))
    assert response.status_code == 422
    assert response.json()["errors"][0]["errors"][0]["reason"] == "errors.invalid-file-type"


def test_upload_that_is_too_large_is_a_413(upload: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (uploads, receiving):
        monkeypatch.setattr(module, "MAX_SIZE", 1000)
    response = upload(file("a.txt", b"x" * 1001))
    assert response.status_code == 413
    wrong = response.json()["errors"][0]["errors"][0]
    assert wrong == {"reason": "errors.file-too-big", "context": {"max_bytes": 1000}}


def test_upload_is_one_file(client: Client, headers: dict[str, str]) -> None:
    for sent in ({}, {"file": "text"}, {"file": [file("a.pdf"), file("b.pdf")]}):
        response = client.post(DOCUMENTS, sent, headers=headers)
        assert response.status_code == 400
        assert response.json()["error"]["reason"].startswith("Invalid multipart request body")
    assert not UploadedDocument.objects.exists()


@pytest.mark.parametrize("hours", [23, 25])
def test_upload_may_be_named_for_a_day(send: Send, upload: Send, hours: int) -> None:
    sent = upload(file("cv.pdf")).json()
    UploadedDocument.objects.update(created_at=timezone.now() - timedelta(hours=hours))
    response = send(
        files=[{"uuid": sent["uuid"], "original_filename": "cv.pdf", "category": "CV", "size": 1}]
    )
    if hours < 24:
        assert response.status_code == 201
        assert Document.objects.get().category == "cv"
    else:
        assert reasons(response) == {"files.0.uuid": [problems.NO_FILE]}


def test_files_are_checked_one_by_one(send: Send, upload: Send, cleo: Membership) -> None:
    kept = upload(file("cv.pdf")).json()["uuid"]
    foreign = UploadedDocument.objects.get()
    foreign.pk, foreign.uuid, foreign.company = None, uuid.uuid4(), cleo.company
    foreign.save()
    response = send(
        files=[
            {"uuid": kept, "original_filename": "a.pdf", "category": "photo"},
            {"uuid": str(foreign.uuid), "original_filename": "b.pdf", "category": "cv"},
            {"uuid": "cv.pdf", "original_filename": "c.pdf", "category": "cv"},
            {"uuid": kept, "category": "cv"},
        ]
    )
    assert reasons(response) == {
        "files.0.category": [problems.UNKNOWN_CATEGORY],
        "files.1.uuid": [problems.NO_FILE],
        "files.2.uuid": [problems.NO_FILE],
        "files.3.original_filename": [problems.REQUIRED],
    }
    assert RefusedApplication.objects.get().documents.count() == 2


def test_interface_has_no_cross_origin_headers(send: Send) -> None:
    assert "Access-Control-Allow-Origin" not in send().headers
