import threading
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import DataError, OperationalError, connection
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import Delivery
from recruiting.conversation.receiving import intake, matching
from recruiting.conversation.writing import composing
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, Message
from tests import factories

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
REPLY = "\r\n".join(
    [
        "From: Mia Muster <mia@mail.example>",
        "To: jobs@acme.example",
        "Subject: =?utf-8?q?Re=3A_Gespr=C3=A4ch?=",
        "Message-ID: <reply@mail.example>",
        "In-Reply-To: {in_reply_to}",
        "Date: Mon, 02 Nov 2026 10:00:00 +0100",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Donnerstag passt gut.",
        "",
        "Am 1.11.2026 um 09:00 schrieb Acme Berlin GmbH:",
        "> Passt Donnerstag?",
        "",
    ]
)


def deliver(company: Company, raw: bytes, **fields: Any) -> Delivery:
    return factories.DeliveryFactory(company=company, content=raw, **fields)


def test_a_reply_stands_in_the_conversation_once_with_its_quote_apart(
    application: Application, ben: Membership, company: Company
) -> None:
    ours = composing.send(application, Letter("Gespräch", "Passt Donnerstag?"), by=ben)
    delivery = deliver(company, REPLY.format(in_reply_to=ours.message_id).encode())
    assert intake.file_received() == 1
    assert intake.file(delivery.pk) is False
    [message] = Message.objects.filter(direction="in")
    assert message.application == application
    assert message.text == "Donnerstag passt gut."
    assert "Passt Donnerstag?" in message.quoted_text
    assert message.subject == "Re: Gespräch"
    assert message.matched_by == "references"
    delivery.refresh_from_db()
    application.refresh_from_db()
    assert delivery.state == "filed"
    assert application.unread_count == 1


def test_a_strangers_mail_stands_in_unassigned_messages(company: Company) -> None:
    delivery = deliver(company, factories.raw_mail(sender="Zoe <zoe@else.example>"))
    intake.file_received()
    [message] = Message.objects.unassigned()
    delivery.refresh_from_db()
    assert (message.from_name, message.from_address) == ("Zoe", "zoe@else.example")
    assert (delivery.state, message.from_address in message.reason) == ("unmatched", True)
    assert message.from_address not in delivery.reason


def test_an_unassigned_mail_names_whom_it_may_be_from_only_while_they_are_kept(
    application: Application, ben: Membership, company: Company
) -> None:
    ours = composing.send(application, Letter("Gespräch", "Passt Donnerstag?"), by=ben)
    Application.objects.update(closed_at=timezone.now() - timedelta(days=20))
    deliver(company, REPLY.format(in_reply_to=ours.message_id).encode())
    deliver(company, factories.raw_mail(sender="mia@mail.example", subject="Noch etwas"))
    intake.file_received()
    waiting = Message.objects.unassigned()
    said = [message.reason for message in waiting]
    assert f"with Mia Muster about {application.position}" in said[0] + said[1]
    assert all("Mia Muster" in each for each in said)
    application.candidate.delete()
    assert all("(no longer kept)" in message.reason for message in waiting.all())
    kept = [*waiting.values("why_about"), *Delivery.objects.values("reason")]
    assert "Muster" not in str(kept)


def test_attachments_are_kept_under_the_company(company: Company) -> None:
    raw = (
        b"From: zoe@else.example\r\nSubject: CV\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee my CV\r\n"
        b'--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="cv.pdf"\r\n\r\n%PDF-1\r\n'
        b"--b--\r\n"
    )
    deliver(company, raw)
    intake.file_received()
    [attachment] = Message.objects.get().attachments.all()
    assert attachment.name == "cv.pdf"
    assert attachment.file.company == company
    assert attachment.file.read().strip() == b"%PDF-1"


def test_a_picture_of_the_text_is_no_file_but_a_cv_called_inline_is_one(company: Company) -> None:
    mail = EmailMessage()
    mail["From"] = "zoe@else.example"
    mail.set_content("My application")
    mail.add_alternative('<p>My application</p><img src="cid:logo@x">', subtype="html")
    *_, page = mail.iter_parts()
    assert isinstance(page, EmailMessage)
    page.add_related(PNG, "image", "png", cid="<logo@x>", filename="logo.png")
    page.add_related(PNG, "image", "png", cid="<scan@x>", filename="certificate.png")
    mail.add_attachment(b"%PDF-1.4", "application", "pdf", filename="cv.pdf", disposition="inline")
    deliver(company, mail.as_bytes())
    intake.file_received()
    [message] = Message.objects.all()
    kept = dict(message.attachments.values_list("name", "is_inline"))
    assert kept == {"logo.png": True, "certificate.png": False, "cv.pdf": False}


def test_hostile_html_is_stored_harmless(company: Company) -> None:
    raw = b"From: z@e.example\r\nContent-Type: text/html\r\n\r\n<p onclick=x()>Hi<script>alert(1)</script></p>"
    deliver(company, raw)
    intake.file_received()
    html = Message.objects.get().html
    assert "Hi" in html
    assert "script" not in html
    assert "onclick" not in html


def test_a_test_mail_stands_in_unassigned_even_when_its_sender_is_known(
    application: Application, company: Company
) -> None:
    deliver(company, factories.raw_mail(sender="mia@mail.example"), kind="test")
    intake.file_received()
    message = Message.objects.unassigned().get()
    assert message.kind == "test"


@pytest.mark.parametrize("kind", sorted(intake.QUIET_KINDS))
def test_machine_mail_of_no_conversation_is_kept_but_asks_nobody(
    company: Company, kind: str
) -> None:
    delivery = deliver(company, factories.raw_mail(), kind=kind)
    intake.file_received()
    delivery.refresh_from_db()
    assert delivery.state == "ignored"
    assert Message.objects.count() == 1
    assert not Message.objects.unassigned().exists()


@pytest.mark.parametrize(
    ("auto_submitted", "state"), [("auto-replied", "ignored"), ("auto-generated", "unmatched")]
)
def test_an_absence_note_of_a_stranger_is_noise_but_a_job_boards_mail_may_be_an_application(
    company: Company, auto_submitted: str, state: str
) -> None:
    raw = factories.raw_mail(Auto_Submitted=auto_submitted)
    delivery = deliver(company, raw, kind="auto_reply")
    intake.file_received()
    delivery.refresh_from_db()
    assert delivery.state == state


def test_an_auto_reply_in_a_conversation_is_filed_but_not_unread(
    application: Application, company: Company
) -> None:
    deliver(company, factories.raw_mail(sender="mia@mail.example"), kind="auto_reply")
    intake.file_received()
    application.refresh_from_db()
    assert Message.objects.get().application == application
    assert application.unread_count == 0


def test_a_mail_whose_file_is_lost_is_tried_again_and_then_quarantined(company: Company) -> None:
    lost = deliver(company, factories.raw_mail(subject="lost"))
    default_storage.delete(lost.raw.path)
    deliver(company, factories.raw_mail(subject="next"))
    assert intake.file_received() == 1
    for _ in range(intake.MIN_ATTEMPTS):
        intake.file_received()
    lost.refresh_from_db()
    assert (lost.state, lost.attempts) == ("received", 1 + intake.MIN_ATTEMPTS)
    Delivery.objects.update(received_at=timezone.now() - intake.PATIENCE)
    intake.file_received()
    lost.refresh_from_db()
    assert lost.state == "quarantined"
    assert "FileNotFoundError" in lost.reason


@pytest.mark.parametrize(
    ("error", "state"), [(OperationalError, "received"), (DataError, "quarantined")]
)
def test_a_mail_the_database_refuses_never_holds_up_the_next(
    company: Company, monkeypatch: pytest.MonkeyPatch, error: type[Exception], state: str
) -> None:
    """The oldest ones fill a whole batch; whose fault it is decides what becomes of them."""
    find = matching.Book.find

    def refuse(book: matching.Book, letter: matching.Letter) -> matching.Match:
        if letter.mail.subject == "odd":
            raise error("refused")
        return find(book, letter)

    monkeypatch.setattr(intake, "BATCH", 2)
    monkeypatch.setattr(matching.Book, "find", refuse)
    odd = [deliver(company, factories.raw_mail(subject="odd")) for _ in range(2)]
    deliver(company, factories.raw_mail(subject="next"))
    intake.file_received()
    intake.file_received()
    assert Message.objects.get().subject == "next"
    assert {Delivery.objects.get(pk=one.pk).state for one in odd} == {state}


def test_a_quarantined_mail_can_be_read_again(company: Company) -> None:
    delivery = deliver(company, factories.raw_mail(), state="quarantined", reason="broken")
    intake.replay(delivery)
    assert intake.file_received() == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_file_a_mail_once(company: Company) -> None:
    delivery = deliver(company, factories.raw_mail())
    filed: list[bool] = []

    def work() -> None:
        try:
            filed.append(intake.file(delivery.pk))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(filed) == [False, False, False, True]
    assert Message.objects.count() == 1
