"""Signatures of a team: who may write them, and under which mail they stand."""

import re

from django.test import Client

from companies import files
from companies.models import Membership
from mailsettings.mime.parse import parse
from recruiting.conversation.receiving import intake
from recruiting.conversation.writing import composing
from recruiting.models import Application, TeamSignature
from tests import factories
from tests.mailsettings.mime.test_htmlletter import PNG

URL = "/settings/recruiting/signatures/"


def test_the_nearest_signature_stands_under_a_mail_below_the_writers_own(
    admin: Client, recruiter: Client, application: Application, ben: Membership, ada: Membership
) -> None:
    for place, text in (
        ({}, "Acme GmbH, HRB 1"),
        ({"subcompany": ben.subcompany_id}, "Acme Berlin GmbH, HRB 2"),
        ({"position": application.position_id}, "The backend team"),
    ):
        assert admin.post(f"{URL}save/", place | {"text": text}).status_code == 302
        assert text in composing.preview(application, composing.Letter("Hi", "Yes."), by=ada).text
    other = factories.ApplicationFactory(position__company=ada.company)
    sent = composing.send(other, composing.Letter("Hi", "Hello."), by=None)
    assert sent.text == "Hello.\n\n-- \nAcme GmbH, HRB 1"

    ben.signature = "Ben"
    ben.save()
    letter = {"to": "mia@mail.example", "subject": "Hi", "text": "Yes.\n\n-- \nso to say"}
    recruiter.post(f"/applications/{application.pk}/messages/", letter)
    mine = application.messages.get()
    assert mine.text.endswith("so to say\n\n-- \nBen\n\nThe backend team")
    recruiter.post(f"/messages/{mine.pk}/cancel/")
    page = recruiter.get(f"/applications/{application.pk}/")
    assert page.context["compose"].initial["text"] == letter["text"]
    assert "The backend team" in page.text

    admin.post(f"{URL}save/", {"position": application.position_id, "text": " "})
    assert "The backend team" not in admin.get(URL).text


def test_a_logo_stands_below_the_signature_and_comes_back_as_nobodys_document(
    admin: Client, application: Application, ada: Membership
) -> None:
    assert "choose a PNG, JPEG or GIF" in admin.get(URL).text
    ada.company.logo = files.store(ada.company, PNG)
    ada.company.save()
    chosen = {"text": "Acme GmbH", "with_logo": "on"}
    assert admin.post(f"{URL}save/", chosen).status_code == 302
    page = admin.get(URL).text
    assert "choose a PNG, JPEG or GIF" not in page
    assert 'name="with_logo" checked' in page

    application.refresh_from_db()
    sent = composing.send(application, composing.Letter("Hi", "Hello."), by=ada)
    raw = sent.outgoing.raw.read()
    mail = parse(raw)
    (logo,) = mail.attachments
    assert (logo.content, logo.content_type) == (PNG, "image/png")
    assert f'src="cid:{logo.content_id}" alt="{ada.company.name}"' in mail.html
    assert not sent.attachments.exists(), "nobody attached it"

    answer = re.sub(rb"(?m)^(From|To|Message-ID|X-Posthorn-ID): [^\r]*\r\n", b"", raw)
    factories.DeliveryFactory(company=ada.company, content=b"From: mia@mail.example\r\n" + answer)
    intake.file_received()
    back = application.messages.get(direction="in")
    assert [one.is_inline for one in back.attachments.all()] == [True]


def test_who_works_for_a_subcompany_signs_for_no_other(
    recruiter: Client, viewer: Client, ben: Membership
) -> None:
    strange = factories.PositionFactory()
    assert recruiter.get(URL).status_code == 200
    for place in ({}, {"position": strange.pk}, {"subcompany": strange.company_id + 99}):
        assert recruiter.post(f"{URL}save/", place | {"text": "Ours"}).status_code == 422
    recruiter.post(f"{URL}save/", {"subcompany": ben.subcompany_id, "text": "Ours"})
    assert TeamSignature.objects.get().subcompany == ben.subcompany
    assert viewer.get(URL).status_code == 403
