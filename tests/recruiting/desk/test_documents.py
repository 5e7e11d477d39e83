"""Files are handed out as downloads that no browser runs, to those who may see them."""

from django.core.files.storage import default_storage
from django.test import Client

from companies import files
from recruiting.models import Application
from tests import factories


def test_document_comes_as_a_download_that_nothing_sniffs(
    recruiter: Client, application: Application
) -> None:
    document = factories.DocumentFactory(
        application=application, name="Lebenslauf für Berlin.html", content_type="text/html"
    )
    answer = recruiter.get(f"/documents/{document.code}/")
    assert answer.getvalue() == document.file.read()
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Lebenslauf")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_attachment_is_handed_out_to_those_who_see_its_message(
    recruiter: Client, stranger: Client, application: Application
) -> None:
    message = factories.MessageFactory(application=application)
    stored = files.store(message.company, b"%PDF-1.4 a certificate")
    attachment = message.attachments.create(
        file=stored, name="certificate.pdf", content_type="application/pdf"
    )
    url = f"/attachments/{attachment.code}/"
    answer = recruiter.get(url)
    assert answer["Content-Disposition"] == 'attachment; filename="certificate.pdf"'
    assert answer.getvalue() == b"%PDF-1.4 a certificate"
    assert stranger.get(url).status_code == 404


def test_document_of_a_stranger_is_not_found(stranger: Client, application: Application) -> None:
    document = factories.DocumentFactory(application=application)
    assert stranger.get(f"/documents/{document.code}/").status_code == 404


def test_document_that_storage_lost_is_not_found(
    recruiter: Client, application: Application
) -> None:
    document = factories.DocumentFactory(application=application, content=b"lost")
    default_storage.delete(document.file.path)
    assert recruiter.get(f"/documents/{document.code}/").status_code == 404
