"""Writing to a candidate from the profile, and what can be done with one message."""

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from companies import files
from mailsettings.models import OutgoingMail
from mailsettings.outbound import outbox
from recruiting.models import Application, Message
from tests import factories
from tests.mailservers import SmtpServer, smtp_server  # noqa: F401 -- a fixture

LETTER = {"to": "mia@mail.example", "subject": "Your interview", "text": "Would Thursday suit you?"}


def send_url(application: Application) -> str:
    return f"/applications/{application.pk}/messages/"


def test_message_is_queued_with_its_attachments(
    recruiter: Client, application: Application
) -> None:
    map_of_berlin = SimpleUploadedFile("map.pdf", b"%PDF-1.4 map", "application/pdf")
    page = recruiter.post(
        send_url(application), {**LETTER, "attachments": [map_of_berlin]}, follow=True
    ).text
    message = Message.objects.get()
    assert message.outgoing.state == OutgoingMail.State.QUEUED
    assert [attachment.name for attachment in message.attachments.all()] == ["map.pdf"]
    assert "Message to Mia Muster queued" in page
    assert "Would Thursday suit you?" in page


def test_each_attempt_stands_with_the_message_with_the_servers_words(
    recruiter: Client,
    application: Application,
    smtp_server: SmtpServer,  # noqa: F811 -- the fixture
) -> None:
    company = application.position.company
    mailbox = factories.MailboxFactory(
        company=company, use_for_sending=True, smtp_port=smtp_server.port, smtp_account=""
    )
    recruiter.post(send_url(application), LETTER)
    for answer in ("451 4.7.1 greylisted", "250 ok"):
        smtp_server.rcpt = lambda _who, answer=answer: answer
        OutgoingMail.objects.update(next_attempt_at=timezone.now())
        outbox.deliver_due()
    mail = OutgoingMail.objects.get(mailbox=mailbox)
    assert (mail.state, [one["code"] for one in mail.history][1:]) == ("sent", [""])
    page = recruiter.get(f"/applications/{application.pk}/").text
    assert "2 attempts" in page
    assert "451 4.7.1 greylisted" in page
    assert f"127.0.0.1:{smtp_server.port}" in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("subject", "", "This field is required."),
        ("to", "not an address", "not an address is not an e-mail address."),
        ("cc", "boss@", "boss@ is not an e-mail address."),
        ("subject", "For {{ first_nme }}", "Nothing is known for first_nme"),
    ],
)
def test_message_with_a_mistake_keeps_what_was_typed(
    recruiter: Client, application: Application, field: str, value: str, said: str
) -> None:
    answer = recruiter.post(send_url(application), {**LETTER, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Would Thursday suit you?" in answer.text
    assert not Message.objects.exists()


def test_message_starts_with_the_address_and_subject_of_the_last_answer(
    recruiter: Client, application: Application
) -> None:
    factories.CandidateAddressFactory(candidate=application.candidate, address="new@mail.example")
    factories.MessageFactory(
        application=application, from_address="new@mail.example", subject="Your interview"
    )
    compose = recruiter.get(f"/applications/{application.pk}/").context["compose"]
    assert compose.initial == {"to": "new@mail.example", "subject": "Re: Your interview"}


def test_templates_are_offered_and_filled_in(recruiter: Client, application: Application) -> None:
    factories.MessageTemplateFactory()  # of another company
    factories.MessageTemplateFactory(
        company=application.position.company,
        name="Invitation",
        subject="{{ position_name }}",
        body="Dear {{ first_name }}, {{ nonsense }}",
    )
    offered = recruiter.get(f"/applications/{application.pk}/templates/").json()["templates"]
    assert [each["name"] for each in offered] == ["Invitation (English)"]
    assert recruiter.get(offered[0]["url"]).json() == {
        "subject": "Backend developer",
        "text": "Dear Mia, {{ nonsense }}",
        "unresolved": ["nonsense"],
        "files": [],
    }


def test_failed_message_is_sent_again_when_a_person_says_so(
    recruiter: Client, application: Application
) -> None:
    message = factories.SentMessageFactory(
        application=application, outgoing__state=OutgoingMail.State.FAILED
    )
    recruiter.post(f"/messages/{message.pk}/retry/")
    message.outgoing.refresh_from_db()
    assert message.outgoing.state == OutgoingMail.State.QUEUED


def test_sent_message_is_not_sent_twice(recruiter: Client, application: Application) -> None:
    message = factories.SentMessageFactory(
        application=application, outgoing__state=OutgoingMail.State.SENT
    )
    page = recruiter.post(f"/messages/{message.pk}/retry/", follow=True).text
    message.outgoing.refresh_from_db()
    assert message.outgoing.state == OutgoingMail.State.SENT
    assert "does not need to be sent again" in page


def test_queued_message_can_be_stopped(recruiter: Client, application: Application) -> None:
    message = factories.SentMessageFactory(application=application)
    recruiter.post(f"/messages/{message.pk}/cancel/")
    message.outgoing.refresh_from_db()
    assert message.outgoing.state == OutgoingMail.State.CANCELLED


def test_confirmed_address_is_remembered(recruiter: Client, application: Application) -> None:
    message = factories.MessageFactory(
        application=application, from_address="private@mail.example", needs_confirmation=True
    )
    recruiter.post(f"/messages/{message.pk}/confirm/")
    message.refresh_from_db()
    assert not message.needs_confirmation
    assert application.candidate.addresses.filter(address="private@mail.example").exists()


def test_detached_message_goes_back_to_unassigned(
    recruiter: Client, application: Application
) -> None:
    message = factories.MessageFactory(
        application=application, subcompany=application.position.subcompany
    )
    recruiter.post(f"/messages/{message.pk}/detach/")
    assert list(Message.objects.unassigned()) == [message]


def test_html_of_a_mail_comes_alone_and_can_run_nothing(
    recruiter: Client, stranger: Client, application: Application
) -> None:
    message = factories.MessageFactory(application=application, html="<p>Hello <b>there</b></p>")
    url = f"/messages/{message.pk}/body/"
    answer = recruiter.get(url)
    policy = answer["Content-Security-Policy"]
    assert "<p>Hello <b>there</b></p>" in answer.text
    assert "<script" not in answer.text
    for rule in ("default-src 'none'", "sandbox allow-popups", "form-action 'none'"):
        assert rule in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert stranger.get(url).status_code == 404


def test_images_that_came_along_are_shown_and_those_of_the_web_only_once_asked_for(
    recruiter: Client, application: Application
) -> None:
    remote = '<span title="https://t.example/pixel.png">[logo]</span>'
    message = factories.MessageFactory(
        application=application, html=f'<img src="cid:photo@x">{remote}', text=""
    )
    content = b"\xff\xd8\xff photo"
    photo = files.store(message.company, content)
    message.attachments.create(
        file=photo, name="photo.jpg", content_type="text/html", content_id="photo@x", is_inline=True
    )
    page = recruiter.get(f"/applications/{application.pk}/").text
    url = f"/messages/{message.pk}/body/"
    assert f'href="{url}?images=once"' in page
    assert f'target="mail-{message.pk}"' in page
    shown = recruiter.get(url)
    assert f'src="data:image/jpeg;base64,{base64.b64encode(content).decode()}"' in shown.text
    assert remote in shown.text
    assert "img-src data:;" in f"{shown['Content-Security-Policy']};"
    asked = recruiter.get(f"{url}?images=once")
    assert '<img src="https://t.example/pixel.png" alt="logo">' in asked.text
    assert "img-src data: https: http:" in asked["Content-Security-Policy"]
    assert '<img src="https' not in recruiter.get(url).text


@pytest.mark.parametrize("end", ["retry", "cancel", "confirm", "detach"])
def test_actions_on_a_message_are_refused_to_strangers_and_viewers(
    stranger: Client, viewer: Client, application: Application, end: str
) -> None:
    factory = (
        factories.SentMessageFactory if end in ("retry", "cancel") else factories.MessageFactory
    )
    url = f"/messages/{factory(application=application).pk}/{end}/"
    assert stranger.post(url).status_code == 404
    assert viewer.post(url).status_code == 403


def test_writing_is_refused_to_strangers_and_viewers(
    stranger: Client, viewer: Client, application: Application
) -> None:
    assert stranger.post(send_url(application), LETTER).status_code == 404
    assert viewer.post(send_url(application), LETTER).status_code == 403
