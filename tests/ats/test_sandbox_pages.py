"""The page of the sandbox."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from ats.sandbox import boxes, world
from mailsettings.mime.parse import parse
from tests.ats.conftest import LETTER

pytestmark = pytest.mark.usefixtures("outside")
FORM = {"sender": world.CANDIDATE, "to": world.JOBS, "subject": "Hello", "text": "Dear Acme"}


def arrived(box: str) -> str:
    (stored,) = boxes.mails(box)
    return stored.key


def test_mailbox_shows_its_mails_to_anybody(client: Client) -> None:
    world.receive(LETTER, sender=world.CANDIDATE, recipients=[world.JOBS])
    page = client.get(f"/sandbox/{world.JOBS}/").content.decode()
    assert "Bewerbung für Berlin" in page
    assert "Mia Candidate" in page


def test_mail_shows_text_and_headers_without_running_anything(client: Client) -> None:
    boxes.add(world.JOBS, b"Subject: x\r\nX-Odd: <b>\r\n\r\n<script>alert(1)</script>")
    page = client.get(f"/sandbox/{world.JOBS}/{arrived(world.JOBS)}/").content.decode()
    assert "X-Odd: &lt;b&gt;" in page
    assert "<script>alert" not in page


def test_mail_that_is_not_there_is_404(client: Client) -> None:
    assert client.get(f"/sandbox/{world.JOBS}/17.M1P1.nowhere/").status_code == 404


def test_written_mail_arrives_and_the_page_says_what_happens_next(client: Client) -> None:
    reply = client.post("/sandbox/write/", FORM, follow=True)
    assert boxes.count(world.CATCH_ALL) == 1
    assert reply.redirect_chain[0][0].startswith(f"/sandbox/{world.JOBS}/")
    assert "redirected it to acme-jobs@recruiting.posthorn.example" in reply.content.decode()


def test_attached_file_travels_with_the_mail(client: Client) -> None:
    cv = SimpleUploadedFile("Lebenslauf für Acme.pdf", b"%PDF-1.7", "application/pdf")
    client.post("/sandbox/write/", FORM | {"attachment": cv})
    (stored,) = boxes.mails(world.JOBS)
    (part,) = parse(stored.raw).attachments
    assert (part.name, part.content) == ("Lebenslauf für Acme.pdf", b"%PDF-1.7")


def test_reply_is_drafted_with_subject_and_quote_and_keeps_the_thread(client: Client) -> None:
    world.receive(
        LETTER.replace(b"mia.candidate@mail", b"jobs@acme"), sender="", recipients=[world.CANDIDATE]
    )
    url = f"/sandbox/{world.CANDIDATE}/{arrived(world.CANDIDATE)}/reply/"
    draft = client.get(url).context["form"].initial
    assert (draft["to"], draft["subject"]) == (world.JOBS, "Re: Bewerbung für Berlin")
    assert "> Grüße" in draft["text"]
    client.post(url, FORM)
    (stored,) = boxes.mails(world.JOBS)
    assert parse(stored.raw).in_reply_to == "<letter-1@mail.example>"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"to": "nobody@acme.example"}, "User unknown"),
        ({"sender": world.JOBS}, "Write as a candidate"),
        ({"subject": ""}, "required"),
    ],
)
def test_mail_that_cannot_be_sent_is_given_back(
    client: Client, change: dict[str, str], words: str
) -> None:
    page = client.post("/sandbox/write/", FORM | change)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert "Dear Acme" in page.content.decode()
    assert boxes.names() == []


def test_sandbox_does_not_exist_without_debug(client: Client, settings: Settings) -> None:
    settings.DEBUG = False
    for path in ("", "write/", f"{world.JOBS}/", f"{world.JOBS}/1/", f"{world.JOBS}/1/reply/"):
        assert client.get(f"/sandbox/{path}").status_code == 404
    assert client.post("/sandbox/write/", FORM).status_code == 404
