"""What a company's own systems are told about applications, and that it names nobody."""

import json

import pytest

from companies.models import Company
from mailsettings.models import Event, WebhookDelivery
from mailsettings.outbound import webhooks
from recruiting.choices import StageKind
from recruiting.conversation.receiving import intake
from recruiting.hiring.applications import applying, pipeline
from recruiting.models import Application, Position
from recruiting.models.applications import Door
from tests import factories


@pytest.fixture(autouse=True)
def hook(company: Company) -> None:
    webhooks.create(company, url="https://systems.example/", events=list(Event.values), by=None)


def told() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("event", flat=True))


def test_application_is_told_without_its_person(position: Position) -> None:
    applicant = applying.Applicant(email="mia@mail.example", first_name="Mia", last_name="Muster")
    application = applying.apply(position, applicant, door=Door.RECRUITER)
    assert told() == ["application.received"]
    data = WebhookDelivery.objects.get().data
    assert data["application"] == application.pk
    assert data["url"].endswith(f"/{application.pk}/")
    assert "mia" not in json.dumps(data).lower()


def test_refused_application_tells_nothing(position: Position) -> None:
    applicant = applying.Applicant(email="mia@mail.example", last_name="Muster")
    applying.apply(position, applicant, door=Door.RECRUITER)
    with pytest.raises(applying.AlreadyApplied):
        applying.apply(position, applicant, door=Door.RECRUITER)
    assert told() == ["application.received"]


def test_each_move_is_told_with_both_stages(application: Application) -> None:
    left = application.stage_id
    assert pipeline.reject(application, None, by=None)
    assert told() == ["application.stage_changed"]
    data = WebhookDelivery.objects.get().data
    rejected = pipeline.system_stage(application, StageKind.REJECTED)
    assert (data["from_stage"], data["stage"]["id"]) == (left, rejected.pk)
    assert not pipeline.reject(application, None, by=None)
    assert len(told()) == 1


def test_message_of_a_person_is_told_once_it_is_filed(company: Company) -> None:
    delivery = factories.DeliveryFactory(company=company)
    assert intake.file(delivery.pk)
    assert not intake.file(delivery.pk)
    assert told() == ["message.received"]
