"""The page of a person: facts, documents, the conversation, the end of an application."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from companies.models import Membership
from mailsettings.models import OutgoingMail
from recruiting.choices import StageKind
from recruiting.conversation.writing import drafts
from recruiting.hiring.applications import pipeline
from recruiting.models import Application, AttributeValue, Note, TemplateFile
from tests import factories


def url(application: Application, end: str = "") -> str:
    return f"/applications/{application.pk}/{end}"


def test_profile_shows_the_person_and_what_was_sent_in(
    recruiter: Client, application: Application
) -> None:
    company = application.position.company
    application.submission.data = {
        "phone": "+49 30 5550",
        "attributes": {"German level": "B2"},
        "extra": {"favourite_colour": "blue"},
    }
    application.submission.save()
    application.tags.add(factories.TagFactory(company=company, name="relocation"))
    factories.DocumentFactory(application=application, name="Lebenslauf.pdf")
    factories.NoteFactory(application=application, text="Call her on Monday.")
    other = factories.PositionFactory(
        company=company, subcompany=application.position.subcompany, name="Designer"
    )
    factories.ApplicationFactory(position=other, candidate=application.candidate)
    page = recruiter.get(url(application)).text
    for words in (
        *("Mia Muster", "mia@mail.example", "I have been looking for exactly this."),
        *("+49 30 5550", "German level", "B2", "blue", "relocation"),
        *("Lebenslauf.pdf", "Call her on Monday.", "Designer"),
    ):
        assert words in page


@pytest.mark.parametrize(
    ("fields", "badge", "sentence"),
    [
        ({"state": "queued"}, "Queued", "Leaves in a few seconds."),
        ({"state": "queued", "attempts": 2}, "Retrying", "Tried 2 times"),
        ({"state": "sending"}, "Sending", "On its way"),
        ({"state": "sent", "sent_at": timezone.now(), "server": "mx.acme"}, "Sent", "mx.acme"),
        ({"state": "failed", "last_reply": "user unknown"}, "Not delivered", "user unknown"),
        ({"state": "unconfirmed"}, "Unconfirmed", "It may have arrived"),
        ({"state": "bounced", "last_reply": "mailbox is full"}, "Came back", "mailbox is full"),
        ({"state": "cancelled"}, "Cancelled", "stopped before it left"),
    ],
)
def test_profile_says_in_words_what_became_of_a_mail(
    recruiter: Client,
    application: Application,
    fields: dict[str, object],
    badge: str,
    sentence: str,
) -> None:
    outgoing = factories.OutgoingMailFactory(company=application.position.company, **fields)
    factories.SentMessageFactory(application=application, outgoing=outgoing)
    page = recruiter.get(url(application)).text
    assert badge in page
    assert sentence in page


def test_profile_names_a_recipient_whose_server_refused_one_copy(
    recruiter: Client, application: Application
) -> None:
    message = factories.SentMessageFactory(
        application=application, outgoing__state=OutgoingMail.State.SENT
    )
    message.outgoing.recipients.create(
        address="boss@mail.example", state="refused", reply="550 no such user"
    )
    page = recruiter.get(url(application)).text
    assert "Not to boss@mail.example" in page
    assert "550 no such user" in page


def test_profile_offers_to_confirm_a_reply_from_another_address(
    recruiter: Client, viewer: Client, application: Application
) -> None:
    message = factories.MessageFactory(
        application=application, from_address="private@mail.example", needs_confirmation=True
    )
    page = recruiter.get(url(application)).text
    assert "A reply from another address." in page
    assert f"/messages/{message.pk}/confirm/" in page
    assert f"/messages/{message.pk}/confirm/" not in viewer.get(url(application)).text


def test_profile_folds_old_mails_but_none_that_needs_an_eye(
    recruiter: Client, application: Application
) -> None:
    read = timezone.now()
    old = factories.MessageFactory(application=application, read_at=read, text="Old and read")
    failed = factories.SentMessageFactory(
        application=application, outgoing__state=OutgoingMail.State.FAILED
    )
    factories.MessageFactory.create_batch(3, application=application, read_at=read)
    entries = recruiter.get(url(application)).context["entries"]
    folded = {entry["message"].pk: entry["folded"] for entry in entries}
    assert folded.pop(old.pk) is True
    assert folded[failed.pk] is False
    assert not any(folded.values())


def test_profile_opened_by_a_recruiter_clears_unread_marks_but_not_by_a_viewer(
    recruiter: Client, viewer: Client, application: Application
) -> None:
    factories.MessageFactory(application=application)
    Application.objects.filter(pk=application.pk).update(unread_count=1)
    for browser, left in ((viewer, 1), (recruiter, 0)):
        browser.get(url(application))
        application.refresh_from_db()
        assert application.unread_count == left


def test_profile_asked_for_news_answers_with_the_conversation_or_nothing(
    recruiter: Client, application: Application
) -> None:
    version = recruiter.get(url(application)).context["version"]
    assert recruiter.get(f"{url(application)}?fragment={version}").status_code == 204
    factories.MessageFactory(application=application, text="Thursday suits me.")
    news = recruiter.get(f"{url(application)}?fragment={version}")
    assert "Thursday suits me." in news.text
    assert "<html" not in news.text


def test_profile_of_a_stranger_is_not_found(stranger: Client, application: Application) -> None:
    assert stranger.get(url(application)).status_code == 404


def test_profile_shows_a_viewer_no_way_to_change_anything(
    viewer: Client, application: Application
) -> None:
    page = viewer.get(url(application)).text
    for words in ("Move to…", "Reject…", 'id="composer"', 'id="note"'):
        assert words not in page


@pytest.mark.parametrize("count", [1, 3])
def test_profile_asks_the_database_the_same_for_one_and_for_three(
    recruiter: Client,
    application: Application,
    ben: Membership,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    company = application.position.company
    for number in range(count):
        factories.MessageFactory(application=application)
        factories.SentMessageFactory(application=application)
        paper = factories.DocumentFactory(application=application, name=f"Paper {number}.pdf")
        factories.NoteFactory(application=application)
        factories.RejectionReasonFactory(company=company)
        factories.ApplicationFactory(
            position=factories.PositionFactory(
                company=company, subcompany=application.position.subcompany, name="Elsewhere"
            ),
            candidate=application.candidate,
        )
        talk = factories.InterviewFactory(application=application, title="Talk over lunch")
        factories.InterviewParticipantFactory(interview=talk, membership__user__name="Guest")
        AttributeValue.objects.create(
            application=application,
            attribute=factories.AttributeFactory(company=company, type="date"),
            date=date(2027, 1, 15),
        )
        pipeline.move(application, application.position.pipeline.stages.all()[number + 1], by=ben)
    template = factories.MessageTemplateFactory(company=company)
    TemplateFile.objects.create(template=template, file=paper.file, name="Map.pdf")
    drafts.keep(application, {"text": "Hello", "template": str(template.pk)}, by=ben)
    Application.objects.filter(pk=application.pk).update(unread_count=count)
    with django_assert_num_queries(13):  # three of them write down that it was read
        recruiter.get(url(application))
    with django_assert_num_queries(10):
        page = recruiter.get(url(application)).text
    for words in ("Elsewhere", "Talk over lunch", "Guest", "15 Jan 2027"):
        assert page.count(words) == count
    for words in ("Map.pdf", "Paper 0.pdf", str(ben.user)):
        assert words in page


def test_reject_keeps_the_reason(recruiter: Client, application: Application) -> None:
    reason = factories.RejectionReasonFactory(company=application.position.company, name="Salary")
    page = recruiter.post(url(application, "reject/"), {"reason": reason.pk}, follow=True).text
    application.refresh_from_db()
    assert (application.stage.kind, application.rejection_reason) == (StageKind.REJECTED, reason)
    assert "Mia Muster was rejected" in page


def test_withdraw_works_without_a_reason(recruiter: Client, application: Application) -> None:
    recruiter.post(url(application, "withdraw/"), {"reason": ""})
    application.refresh_from_db()
    assert application.stage.kind == StageKind.WITHDRAWN


def test_reject_for_a_reason_of_another_company_changes_nothing(
    recruiter: Client, application: Application
) -> None:
    foreign = factories.RejectionReasonFactory()
    page = recruiter.post(url(application, "reject/"), {"reason": foreign.pk}, follow=True).text
    application.refresh_from_db()
    assert application.stage.kind == StageKind.UNASSIGNED
    assert "Choose a reason from the list." in page


def test_note_is_kept_with_its_author(
    recruiter: Client, application: Application, ben: Membership
) -> None:
    recruiter.post(url(application, "notes/"), {"text": "She speaks Polish."})
    note = Note.objects.get()
    assert (note.application, note.author, note.text) == (
        application,
        ben.user,
        "She speaks Polish.",
    )


def test_note_without_text_is_told_so(recruiter: Client, application: Application) -> None:
    page = recruiter.post(url(application, "notes/"), {"text": " "}, follow=True).text
    assert "Write something before you save the note." in page
    assert not Note.objects.exists()


@pytest.mark.parametrize("end", ["reject/", "withdraw/", "notes/"])
def test_changes_are_refused_to_strangers_and_viewers(
    stranger: Client, viewer: Client, application: Application, end: str
) -> None:
    assert stranger.post(url(application, end), {"text": "x"}).status_code == 404
    assert viewer.post(url(application, end), {"text": "x"}).status_code == 403
