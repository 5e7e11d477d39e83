"""Filing many deliveries at once: the same outcome as one by one, at a fraction of the questions."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from companies.models import Company
from mailsettings.inbound import routing, spool
from mailsettings.mime.text import trim_quotes
from mailsettings.models import Delivery, IncomingMail, MailFolder
from mailsettings.wire import imap
from recruiting.conversation.receiving import intake
from recruiting.conversation.writing import composing
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, Message
from tests import factories


def queue(company: Company, raw: bytes, **fields: Any) -> Delivery:
    return factories.DeliveryFactory(company=company, content=raw, **fields)


def test_a_mail_may_answer_another_of_the_same_batch(
    application: Application, company: Company
) -> None:
    queue(company, factories.raw_mail(sender="mia@mail.example", Message_ID="<first@mail.example>"))
    queue(
        company,
        factories.raw_mail(sender="mia@work.example", In_Reply_To="<first@mail.example>"),
    )
    assert intake.file_received() == 2
    first, second = Message.objects.filter(direction="in").order_by("pk")
    assert (first.application, second.application) == (application, application)
    assert (second.matched_by, second.needs_confirmation) == ("references", True)
    application.refresh_from_db()
    assert application.unread_count == 2
    assert application.last_message_at == second.at


def test_mails_of_one_person_go_where_the_last_one_went(
    application: Application, company: Company, ben: Any
) -> None:
    position = factories.PositionFactory(company=company)
    newer = factories.ApplicationFactory(candidate=application.candidate, position=position)
    later = timezone.now() + timedelta(minutes=1)
    ours = composing.send(application, Letter("Talk", "Thursday?"), by=ben)
    composing.send(newer, Letter("Other", "Friday?"), by=ben)
    for minute, headers in enumerate([{"In_Reply_To": ours.message_id}, {"X_Second": "mail"}]):
        raw = factories.raw_mail(sender="mia@mail.example", **headers).replace(b"Date:", b"X-Date:")
        queue(company, raw, received_at=later + timedelta(minutes=minute))
    intake.file_received()
    filed = Message.objects.filter(direction="in").order_by("pk")
    assert [message.application for message in filed] == [application, application]


def test_two_mails_with_equal_attachments_share_a_file(company: Company) -> None:
    raw = (
        b"From: %s@else.example\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: application/pdf; name=cv.pdf\r\n\r\n%%PDF-1\r\n"
    )
    queue(company, raw % b"zoe")
    queue(company, raw % b"tim")
    intake.file_received()
    first, second = (message.attachments.get() for message in Message.objects.order_by("pk"))
    assert first.file == second.file


def test_one_bad_mail_is_set_aside_and_the_rest_of_its_batch_is_filed(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(text: str) -> Any:
        if "poison" in text:
            raise ValueError("unexpected quote")
        return trim_quotes(text)

    monkeypatch.setattr(intake, "trim_quotes", stumble)
    for text in (b"fine", b"poison", b"also fine"):
        queue(company, factories.raw_mail() + text)
    assert intake.file_received() == 2
    states = list(Delivery.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["unmatched", "quarantined", "unmatched"]


def test_fifty_mails_cost_less_than_six_queries_each(company: Company) -> None:
    folder = MailFolder.objects.create(mailbox=factories.MailboxFactory(company=company))
    fetched = [
        imap.Fetched(uid, raw, len(raw), None)
        for uid in range(1, 51)
        for raw in [factories.raw_mail(sender=f"p{uid}@mail.example", Message_ID=f"<{uid}@x.y>")]
    ]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        spool.store_batch(folder, fetched)
        routing.route_received()
        intake.file_received()
    assert Message.objects.count() == 50
    assert IncomingMail.objects.filter(state="routed", raw=None).count() == 50
    assert len(asked) < 200
