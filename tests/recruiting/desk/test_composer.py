"""The composer: drafts, undo, later, blind copies, previews, and the files a text promises."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from companies.models import Membership
from mailsettings.mime.compose import Attachment
from mailsettings.mime.parse import parse
from mailsettings.models import OutgoingMail
from recruiting.conversation.colleagues import ownership
from recruiting.conversation.writing import drafts, letters
from recruiting.models import Application, DraftFile, Message, MessageDraft
from tests import factories
from tests.recruiting.desk.conftest import browser

LETTER = {"to": "mia@mail.example", "subject": "Your interview", "text": "Would Thursday suit you?"}


@pytest.fixture
def url(application: Application) -> str:
    return f"/applications/{application.pk}/"


def test_a_message_waits_for_its_writer_to_undo_it_and_is_a_draft_again(
    recruiter: Client, url: str, application: Application
) -> None:
    asked = factories.MessageFactory(application=application)
    ownership.arrived(asked)
    page = recruiter.post(f"{url}messages/", LETTER, follow=True).text
    message = Message.objects.get(direction="out")
    assert not Application.objects.get(pk=application.pk).waiting_since
    assert message.outgoing.next_attempt_at > timezone.now() + timedelta(seconds=5)
    assert f"/messages/{message.pk}/cancel/" in page
    recruiter.post(f"/messages/{message.pk}/cancel/")
    message.outgoing.refresh_from_db()
    assert message.outgoing.state == OutgoingMail.State.CANCELLED
    compose = recruiter.get(url).context["compose"]
    assert compose.initial["text"] == "Would Thursday suit you?"
    assert Application.objects.get(pk=application.pk).waiting_since == asked.at
    [row] = recruiter.get("/messages/unreplied/").context["page"]
    assert row.last_mail["text"] == asked.text  # what never left is not the last word


def test_what_is_typed_is_kept_and_gone_when_it_was_sent(recruiter: Client, url: str) -> None:
    typed = {"text": "Dear Mia, wou", "subject": "Your inter"}
    headers = {"X-Requested-With": "autosave"}
    assert recruiter.post(f"{url}draft/", typed, headers=headers).status_code == 204
    assert "Dear Mia, wou" in recruiter.get(url).text
    recruiter.post(f"{url}messages/", LETTER)
    assert not MessageDraft.objects.exists()


def test_a_draft_keeps_its_template_and_files_that_go_along_again(
    recruiter: Client, url: str, ben: Membership, ada: Membership
) -> None:
    template = factories.MessageTemplateFactory(company=ben.company)
    letters.attach(template, [Attachment("Map.pdf", "application/pdf", b"%PDF-1.4")], by=ada)
    typed = LETTER | {"template": template.pk, "with_template_files": "on"}
    recruiter.post(f"{url}draft/", typed)
    page = recruiter.get(url)
    assert page.context["template_files"] == ["Map.pdf"]
    assert page.context["compose"]["template"].value() == template.pk

    recruiter.post(f"{url}messages/", typed)
    sent = Message.objects.get()
    code = sent.attachments.get().code
    [offered] = recruiter.get(url).context["sent_before"]
    assert offered.code == code
    again = LETTER | {"text": "The map is attached.", "again": code, "quote": "on"}
    recruiter.post(f"{url}draft/", again)
    compose = recruiter.get(url).context["compose"]
    assert compose["again"].value() == [code]
    assert compose["quote"].value()
    assert not compose["with_template_files"].value()
    assert recruiter.post(f"{url}messages/", again).status_code == 302
    assert Message.objects.latest("pk").attachments.get().name == "Map.pdf"
    stranger = factories.SentMessageFactory().attachments.create(
        file=sent.attachments.get().file, name="x.pdf", content_type="application/pdf"
    )
    assert recruiter.post(f"{url}messages/", LETTER | {"again": stranger.code}).status_code == 422


def test_an_uploaded_file_stays_with_the_draft_until_it_is_sent_or_taken_out(
    recruiter: Client, viewer: Client, ada: Membership, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = {"X-Requested-With": "autosave"}

    def upload(to: str, name: str = "Map.pdf", **typed: Any) -> Any:
        return recruiter.post(
            f"{url}{to}/", LETTER | {"attachments": ContentFile(name.encode(), name)} | typed
        )

    def kept() -> list[str]:
        return [each.name for each in recruiter.get(url).context["attached"]]

    # chosen before a word is written, in a script's own request; refused; previewed; chosen twice
    chosen = {"attachments": ContentFile(b"Plan", "Plan.pdf")}
    assert "Plan.pdf" in recruiter.post(f"{url}draft/", chosen, headers=script).text
    assert recruiter.post(f"{url}draft/", {"text": " "}, headers=script).status_code == 204
    assert upload("messages", subject="").status_code == 422
    page = upload("messages", preview="1")
    assert [each.name for each in page.context["attached"]] == kept() == ["Plan.pdf", "Map.pdf"]
    plan, map_ = DraftFile.objects.order_by("pk")

    # only its writer reads it, or sends it
    assert recruiter.get(f"/drafts/{plan.code}/").getvalue() == b"Plan"
    assert viewer.get(f"/drafts/{plan.code}/").status_code == 403
    assert browser(ada).get(f"/drafts/{plan.code}/").status_code == 404
    theirs = LETTER | {"kept": plan.code}
    assert "Attach it again" in browser(ada).post(f"{url}messages/", theirs).text

    # taken out; too large with the others; sent, stopped, and there again
    recruiter.post(f"{url}draft/", LETTER | {"drop": plan.code})
    assert kept() == ["Map.pdf"]
    monkeypatch.setattr(drafts, "MAX_ATTACHMENTS", 10)
    assert "Attach at most 18 MB" in upload("messages", "More.pdf", kept=map_.code).text
    large = {"attachments": ContentFile(b"More.pdf", "More.pdf")}
    assert recruiter.post(f"{url}draft/", large, headers=script).status_code == 422
    recruiter.post(f"{url}messages/", LETTER | {"text": "As attached.", "kept": map_.code})
    sent = Message.objects.get()
    assert [each.name for each in sent.attachments.all()] == ["Map.pdf"]
    assert not MessageDraft.objects.exists()
    recruiter.post(f"/messages/{sent.pk}/cancel/")
    assert kept() == ["Map.pdf"]
    recruiter.post(f"{url}draft/", {"discard": "1"})
    assert not DraftFile.objects.exists()


def test_a_composer_offers_the_person_and_colleagues_to_write_to(
    recruiter: Client, url: str, ben: Membership
) -> None:
    offered = recruiter.get(f"{url}templates/").json()["addresses"]
    assert {"label": f"Ben <{ben.user.email}>", "value": ben.user.email} in offered
    assert "mia@mail.example" in [each["value"] for each in offered]


def test_a_draft_can_be_discarded(recruiter: Client, url: str) -> None:
    recruiter.post(f"{url}draft/", {"text": "No."})
    recruiter.post(f"{url}draft/", {"text": "No.", "discard": "1"})
    assert not MessageDraft.objects.exists()


def test_colleagues_see_who_is_answering_but_not_what(
    recruiter: Client, admin: Client, url: str
) -> None:
    recruiter.post(f"{url}draft/", {"text": "A secret thought"})
    page = admin.get(url).text
    assert "Ben is answering right now." in page
    assert "A secret thought" not in page
    MessageDraft.objects.update(updated_at=timezone.now() - timedelta(minutes=10))
    assert "is answering" not in admin.get(url).text


def test_a_message_for_later_waits(recruiter: Client, url: str) -> None:
    at = timezone.localtime() + timedelta(days=1)
    page = recruiter.post(
        f"{url}messages/", LETTER | {"send_at": f"{at:%Y-%m-%dT%H:%M}"}, follow=True
    ).text
    assert OutgoingMail.objects.get().next_attempt_at == at.replace(second=0, microsecond=0)
    assert "Leaves at the time you chose" in page
    past = recruiter.post(f"{url}messages/", LETTER | {"send_at": "2020-01-01T10:00"})
    assert "This moment is over" in past.text


def test_a_blind_copy_is_in_the_envelope_and_not_in_the_mail(recruiter: Client, url: str) -> None:
    recruiter.post(f"{url}messages/", LETTER | {"bcc": "boss@acme.example"})
    mail = OutgoingMail.objects.get()
    assert {one.address for one in mail.recipients.all()} == {
        "mia@mail.example",
        "boss@acme.example",
    }
    assert b"boss@acme.example" not in mail.raw.read()
    assert "blind copy to boss@acme.example" in recruiter.get(url).text


def test_a_promised_file_that_is_missing_is_asked_for_once(recruiter: Client, url: str) -> None:
    promise = LETTER | {"text": "Anbei der Vertrag."}
    assert "but no file is attached" in recruiter.post(f"{url}messages/", promise).text
    assert recruiter.post(f"{url}messages/", promise | {"without_files": "on"}).status_code == 302


def test_a_preview_sends_nothing_and_names_what_is_missing(recruiter: Client, url: str) -> None:
    typed = LETTER | {"text": "Dear {{ first_name }} {{ shoe_size }}", "preview": "1"}
    page = recruiter.post(f"{url}messages/", typed).text
    assert "Dear Mia {{ shoe_size }}" in page
    assert "Nothing is known for shoe_size" in page
    assert not Message.objects.exists()


def test_an_answer_quotes_the_last_mail_when_asked_to(
    recruiter: Client, application: Application, url: str
) -> None:
    factories.MessageFactory(application=application, text="May I come?\nMia")
    recruiter.post(f"{url}messages/", LETTER | {"quote": "on"})
    message = Message.objects.get(direction="out")
    assert message.text == "Would Thursday suit you?"
    assert "> May I come?\n> Mia" in parse(message.outgoing.raw.read()).text


def test_the_use_of_a_template_is_counted(recruiter: Client, url: str, ben: Membership) -> None:
    mine = factories.MessageTemplateFactory(company=ben.company)
    foreign = factories.MessageTemplateFactory()
    for template in (mine, foreign):
        recruiter.post(f"{url}messages/", LETTER | {"template": template.pk})
        template.refresh_from_db()
    assert (mine.uses, foreign.uses) == (1, 0)


def test_a_viewer_keeps_no_draft(viewer: Client, stranger: Client, url: str) -> None:
    assert viewer.post(f"{url}draft/", {"text": "x"}).status_code == 403
    assert stranger.post(f"{url}draft/", {"text": "x"}).status_code == 404


def test_a_colleagues_draft_is_not_mine(recruiter: Client, ada: Membership, url: str) -> None:
    browser(ada).post(f"{url}draft/", {"text": "From Ada"})
    assert "From Ada" not in recruiter.get(url).text
