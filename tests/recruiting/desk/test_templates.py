"""Settings > Templates."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from companies.models import Company, Membership
from mailsettings.mime.parse import parse
from mailsettings.models import OutgoingMail
from recruiting.conversation.writing import mailings
from recruiting.models import Application, Message, MessageTemplate
from tests import factories

LIST = "/settings/recruiting/templates/"
NEW = {
    "name": "Invitation",
    "category": "invitation",
    "language": "en",
    "subject": "Your interview: {{ position_name }}",
    "body": "Dear {{ first_name|there }},\n\nplease come by.",
}


def test_a_template_is_written_and_listed_with_the_language_it_lacks(recruiter: Client) -> None:
    recruiter.post(f"{LIST}new/", NEW)
    assert MessageTemplate.objects.get().subject == "Your interview: {{ position_name }}"
    page = recruiter.get(LIST).text
    assert "Invitation" in page
    assert "?name=Invitation&amp;category=invitation&amp;language=de" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"body": "Dear {{ first_nme }}"}, "Nothing can be filled in for first_nme."),
        ({"subject": "For {{ first_name"}, "Nothing can be filled in for {{ first_name."),
        ({"body": "{{ by_gender|Mr|Ms }}"}, "Nothing can be filled in for by_gender."),
        ({"body": ""}, "This field is required."),
    ],
)
def test_a_template_that_could_never_be_sent_is_not_saved(
    recruiter: Client, change: dict[str, str], said: str
) -> None:
    answer = recruiter.post(f"{LIST}new/", NEW | change)
    assert answer.status_code == 422
    assert said in answer.text
    assert not MessageTemplate.objects.exists()


def test_a_name_is_taken_once_in_each_language(recruiter: Client) -> None:
    recruiter.post(f"{LIST}new/", NEW)
    assert recruiter.post(f"{LIST}new/", NEW).status_code == 422
    assert recruiter.post(f"{LIST}new/", NEW | {"language": "de"}).status_code == 302


def test_the_preview_is_filled_in_for_an_invented_person(
    recruiter: Client, company: Company
) -> None:
    template = factories.MessageTemplateFactory(company=company, body="Dear {{ first_name }},")
    assert "Dear Mia," in recruiter.get(f"{LIST}{template.pk}/").text


def test_a_test_mail_goes_to_oneself(recruiter: Client, company: Company, ben: Membership) -> None:
    template = factories.MessageTemplateFactory(company=company, subject="Hi {{ first_name }}")
    recruiter.post(f"{LIST}{template.pk}/test/")
    mail = OutgoingMail.objects.get()
    assert mail.subject == "Hi Mia"
    assert [one.address for one in mail.recipients.all()] == [ben.user.email]


def test_files_of_a_template_go_along_wherever_it_is_used(
    recruiter: Client, company: Company, application: Application, ben: Membership
) -> None:
    """Test mail, composer (unless they are left out), rejection and a letter to many; until removed."""
    brochure = SimpleUploadedFile("brochure.pdf", b"%PDF-1.4 who we are")
    recruiter.post(f"{LIST}new/", NEW | {"category": "rejection", "attachments": brochure})
    template = MessageTemplate.objects.get()
    page = f"{LIST}{template.pk}/"
    assert "brochure.pdf" in recruiter.get(page).text
    one = f"/applications/{application.pk}/"
    assert recruiter.get(f"{one}templates/{template.pk}/").json()["files"] == ["brochure.pdf"]
    letter = {
        "to": "mia@mail.example",
        "subject": "Hello",
        "text": "Our brochure is attached.",
        "template": template.pk,
    }
    begun = {"application": application.pk, "action": "template", "begin_with": template.pk}
    assert "Goes along: brochure.pdf" in recruiter.post("/messages/mailings/new/", begun).text
    recruiter.post(f"{one}messages/", letter | {"with_template_files": "on"})
    assert recruiter.post(f"{one}messages/", letter).status_code == 422  # said to be, and is not
    recruiter.post(f"{page}test/")
    mailings.start([application], subject="x", text="y", by=ben, template=template)
    mailings.write_pending()
    recruiter.post(f"{one}reject/", {"template": template.pk, "delay": "0"})
    mails = [parse(mail.raw.read()) for mail in OutgoingMail.objects.all()]
    assert [[part.name for part in mail.attachments] for mail in mails] == [["brochure.pdf"]] * 4
    assert Message.objects.filter(attachments__name="brochure.pdf").count() == 3
    template.refresh_from_db()
    assert template.uses == 3
    recruiter.post(f"{page}files/{template.files.get().pk}/remove/")
    assert recruiter.get(f"{one}templates/{template.pk}/").json()["files"] == []


def test_a_template_is_deleted(recruiter: Client, company: Company) -> None:
    template = factories.MessageTemplateFactory(company=company)
    recruiter.post(f"{LIST}{template.pk}/delete/")
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_for_one_as_for_three(
    recruiter: Client, company: Company, django_assert_num_queries: Any, count: int
) -> None:
    factories.MessageTemplateFactory.create_batch(count, company=company)
    with django_assert_num_queries(5):
        recruiter.get(LIST)


def test_hiring_managers_edit_no_templates(manager: Client) -> None:
    assert manager.get(LIST).status_code == 403
