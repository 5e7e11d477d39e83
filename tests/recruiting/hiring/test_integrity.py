"""The nightly proof finds every rule that was broken behind the functions' backs."""

from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from companies.models import Membership
from recruiting import tasks
from recruiting.hiring import integrity
from recruiting.models import Application, Document, Message, Position
from tests import factories


def check() -> str:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_integrity", stdout=out, stderr=StringIO())
    assert ended.value.code == 1
    return out.getvalue()


def test_a_sound_database_passes(application: Application) -> None:
    factories.DocumentFactory(application=application)
    factories.MessageFactory(application=application)
    factories.UnassignedMessageFactory(company=application.position.company)
    out = StringIO()
    call_command("check_integrity", stdout=out)
    assert out.getvalue() == "Everything is in order.\n"


def test_candidate_of_another_company_is_found(application: Application, cleo: Membership) -> None:
    stranger = factories.CandidateFactory(company=cleo.company)
    Application.objects.update(candidate=stranger)
    assert f"application {application.pk}: its candidate" in check()


def test_stage_of_another_pipeline_is_found(application: Application, ada: Membership) -> None:
    other = factories.PipelineFactory(company=ada.company)
    Application.objects.update(stage=other.stages.all()[0])
    assert check() == f"application {application.pk}: its stage is not in its position's pipeline\n"


def test_decided_application_in_an_open_stage_is_found(application: Application) -> None:
    Application.objects.update(closed_at=timezone.now())
    assert f"application {application.pk}: decided or open" in check()


def test_position_with_another_company_s_pipeline_is_found(
    position: Position, cleo: Membership
) -> None:
    Position.objects.update(pipeline=factories.PipelineFactory(company=cleo.company))
    assert f"position {position.pk}: its pipeline" in check()


def test_document_of_another_candidate_is_found(application: Application) -> None:
    document = factories.DocumentFactory(application=application)
    other = factories.CandidateFactory(company=application.position.company)
    Document.objects.update(candidate=other)
    assert f"document {document.pk}: its application" in check()


def test_message_of_another_company_is_found(application: Application, cleo: Membership) -> None:
    message = factories.MessageFactory(application=application)
    Message.objects.update(company=cleo.company)
    assert f"message {message.pk}: it belongs to another company" in check()


def test_attribute_value_of_another_company_is_found(
    application: Application, cleo: Membership
) -> None:
    attribute = factories.AttributeFactory(company=cleo.company)
    value = application.attribute_values.create(attribute=attribute, text="x")
    assert f"attribute value {value.pk}: its attribute" in check()


def test_lost_and_shortened_files_are_found(application: Application) -> None:
    lost = factories.DocumentFactory(application=application, content=b"one").file
    short = factories.DocumentFactory(application=application, content=b"two!").file
    default_storage.delete(lost.path)
    with default_storage.open(short.path, "wb") as stored:
        stored.write(b"tw")
    assert list(integrity.violations()) == [
        f"stored file {lost.pk}: storage has lost it",
        f"stored file {short.pk}: its size in storage is another",
    ]
    default_storage.delete(short.path)


def test_nightly_task_logs_what_it_finds(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    Application.objects.update(closed_at=timezone.now())
    tasks.check_integrity()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
