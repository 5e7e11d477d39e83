"""Settings of channels and attributes, whose ids integrators need."""

from django.test import Client

from companies.models import Company
from recruiting.models import Attribute, AttributeValue, Source
from tests import factories

CHANNELS, ATTRIBUTES = "/settings/recruiting/channels/", "/settings/recruiting/attributes/"


def test_channel_is_made_and_shows_its_id_cost_and_tracking(
    admin: Client, company: Company
) -> None:
    admin.post(CHANNELS, {"name": "JOIN", "cost": "99.50", "currency": "eur", "is_active": "on"})
    made = Source.objects.get(company=company, name="JOIN")
    page = admin.get(CHANNELS).text
    for words in (f">{made.pk}<", "99.50 EUR", f"?_pc={made.pk}"):
        assert words in page
    assert company.audit_entries.filter(verb="source.created").exists()


def test_channel_name_is_used_once_in_a_company(admin: Client, company: Company) -> None:
    factories.SourceFactory(company=company, name="JOIN")
    assert admin.post(CHANNELS, {"name": "JOIN", "currency": "EUR"}).status_code == 422


def test_attribute_with_options_shows_every_api_name(admin: Client, company: Company) -> None:
    admin.post(
        ATTRIBUTES, {"name": "Licence", "type": "options", "form_use": "off", "options": "B\nC\nB"}
    )
    made = Attribute.objects.get(company=company)
    page = admin.get(ATTRIBUTES).text
    assert [option.name for option in made.options.all()] == ["B", "C"]
    for name in (made.api_name, *(option.api_name for option in made.options.all())):
        assert name in page


def test_list_of_options_without_an_option_is_asked_for_one(admin: Client) -> None:
    answer = admin.post(
        ATTRIBUTES, {"name": "Licence", "type": "options", "form_use": "off", "options": " "}
    )
    assert "at least one option" in answer.text


def test_renamed_attribute_keeps_its_api_name_and_options_in_use(
    admin: Client, company: Company
) -> None:
    option = factories.AttributeOptionFactory(attribute__company=company, name="B")
    factories.AttributeOptionFactory(attribute=option.attribute, name="C")
    application = factories.ApplicationFactory(position__company=company)
    AttributeValue.objects.create(
        application=application, attribute=option.attribute, option=option
    )
    admin.post(
        f"{ATTRIBUTES}{option.attribute_id}/",
        {"name": "Driving licence", "form_use": "optional", "options": "D"},
    )
    changed = Attribute.objects.get(pk=option.attribute_id)
    assert (changed.name, changed.api_name) == ("Driving licence", option.attribute.api_name)
    assert [row.name for row in changed.options.all()] == ["D", "B"]


def test_lists_are_the_administrators(recruiter: Client) -> None:
    assert recruiter.get(CHANNELS).status_code == 403
    assert recruiter.get(ATTRIBUTES).status_code == 403
