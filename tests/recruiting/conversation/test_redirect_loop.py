"""Our acknowledgement bounces to the customer, who redirects it to us: that must not be answered for ever."""

from datetime import timedelta

from django.utils import timezone
from pytest_django import Settings

from companies.models import Company
from mailsettings.inbound import routing, spool
from mailsettings.models import OutgoingMail
from recruiting.conversation.colleagues import notify
from recruiting.conversation.receiving import intake
from recruiting.conversation.writing import notices
from recruiting.models import Application, DueNotice, Message, StageNotice
from tests import factories
from tests.mailsettings.inbound.test_recognition import bounce_of


def come_in(raw: bytes, to: str) -> None:
    """Let a mail come through the SMTP door and write every letter that is due then."""
    spool.store("smtp", raw, envelope_recipients=[to])
    routing.route_received()
    intake.file_received()
    notify.look_for_trouble()
    DueNotice.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    notices.write_due()


def test_the_bounce_of_an_acknowledgement_that_is_redirected_to_us_ends_there(
    company: Company, settings: Settings
) -> None:
    settings.RECRUITING_DOMAIN = "in.posthorn.example"
    to = "acme-jobs+100123@in.posthorn.example"
    position = factories.PositionFactory(company=company, number=100123, accepts_mail=True)
    StageNotice.objects.create(
        stage=position.pipeline.stages.get(kind="unassigned"),
        template=factories.MessageTemplateFactory(company=company, subject="Thanks", body="Hello"),
        mode="auto",
    )
    applied = factories.raw_mail(sender="Mia Muster <mia@mail.example>", subject="I apply")
    come_in(applied, to)
    assert Application.objects.count() == 1
    thanks = OutgoingMail.objects.get()
    OutgoingMail.objects.update(state="sent")

    bounce = bounce_of(thanks.message_id)
    trace = (
        b"Delivered-To: jobs@acme.example\r\nX-MS-Exchange-Inbox-Rules-Loop: jobs@acme.example\r\n"
    )
    renamed = bounce.replace(b"<dsn-failed@", b"<again@").replace(
        thanks.message_id.encode(), b"<x@y>"
    )
    prose = (
        b"From: postmaster@mail.example\r\nSubject: Undeliverable: Undeliverable: Thanks\r\n\r\n"
        b"Your message to mia@mail.example couldn't be delivered: 550 5.1.1\r\n"
    )
    away = factories.raw_mail(
        sender="mia@mail.example",
        subject="Automatic reply: Thanks",
        In_Reply_To=thanks.message_id,
        Auto_Submitted="auto-replied",
    )
    for raw in (bounce, trace + bounce, trace + renamed, trace + prose, away, trace + away):
        come_in(raw, to)
    assert Application.objects.count() == 1
    assert OutgoingMail.objects.count() == 1, "no machine was answered"
    thanks.refresh_from_db()
    assert thanks.state == "bounced"
    assert Message.objects.filter(direction="in", kind="person").count() == 1
