"""Letters to candidates who enter a stage, and acknowledgements."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.mime.parse import parse
from recruiting.choices import StageKind
from recruiting.conversation.writing import drafts, notices
from recruiting.hiring.applications import applying, pipeline
from recruiting.hiring.applications.applying import Applicant
from recruiting.models import (
    Application,
    DueNotice,
    Message,
    MessageDraft,
    MessageTemplate,
    Position,
    Stage,
    StageNotice,
)
from recruiting.models.applications import Door
from tests import factories

PAGE = "/settings/recruiting/notifications/"


@pytest.fixture
def template(company: Company) -> MessageTemplate:
    template: MessageTemplate = factories.MessageTemplateFactory(
        company=company, name="News", subject="News", body="Dear {{ first_name }},"
    )
    return template


@pytest.fixture
def screening(position: Position) -> Stage:
    return position.pipeline.stages.get(name="Screening")


def rule(stage: Stage, template: MessageTemplate, mode: str = "auto") -> StageNotice:
    return StageNotice.objects.create(stage=stage, template=template, mode=mode)


def pass_time() -> None:
    DueNotice.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_who_enters_a_stage_is_written_to_once_when_it_is_due(
    application: Application, ben: Membership, screening: Stage, template: MessageTemplate
) -> None:
    rule(screening, template)
    pipeline.move(application, screening, by=ben)
    assert notices.write_due() == 0
    pass_time()
    assert notices.write_due() == 1
    assert notices.write_due() == 0
    message = Message.objects.get()
    assert message.text.startswith("Dear Mia,")
    assert b"Auto-Submitted: auto-generated" in message.outgoing.raw.read()


def test_a_person_gets_so_many_automatic_letters_a_day_and_no_more(
    application: Application, screening: Stage, template: MessageTemplate, monkeypatch: Any
) -> None:
    """As when a machine applies again and again, and each acknowledgement makes it do so."""
    monkeypatch.setattr(notices, "MOST_A_DAY", 2)
    notice = rule(screening, template)
    Application.objects.update(stage=screening)
    for _ in range(3):
        DueNotice.objects.create(application=application, notice=notice, due_at=timezone.now())
    notices.write_due()
    told = DueNotice.objects.order_by("pk").values_list("state", "problem")
    assert list(told) == [("written", ""), ("written", ""), ("dropped", notices.TOO_MANY)]
    assert Message.objects.count() == 2


def test_who_has_moved_on_is_not_written_to(
    application: Application, ben: Membership, screening: Stage, template: MessageTemplate
) -> None:
    rule(screening, template)
    pipeline.move(application, screening, by=ben)
    pipeline.move(application, pipeline.system_stage(application, StageKind.OFFER), by=ben)
    pass_time()
    assert notices.write_due() == 0
    assert not Message.objects.exists()


def test_who_is_moved_away_and_in_again_is_written_to_once(
    application: Application, ben: Membership, screening: Stage, template: MessageTemplate
) -> None:
    rule(screening, template)
    offer = pipeline.system_stage(application, StageKind.OFFER)
    for stage in (screening, offer, screening):
        pipeline.move(application, stage, by=ben)
    pass_time()
    assert notices.write_due() == 1
    for stage in (offer, screening):
        pipeline.move(application, stage, by=ben)
    pass_time()
    assert notices.write_due() == 0
    assert Message.objects.count() == 1


def test_taking_a_move_back_writes_nothing(
    application: Application, ben: Membership, screening: Stage, template: MessageTemplate
) -> None:
    rule(application.stage, template)
    pipeline.move(application, screening, by=ben)
    change = pipeline.newest_change(application)
    assert change
    assert pipeline.undo(change, by=ben)
    pipeline.reject(application, None, by=ben)
    assert pipeline.reopen(application, by=ben)
    assert not DueNotice.objects.exists()


def test_what_fell_due_between_a_move_and_its_undo_is_written_after_all(
    application: Application, ben: Membership, screening: Stage, template: MessageTemplate
) -> None:
    rule(application.stage, template)
    notices.entered(application, by=None)
    pipeline.move(application, screening, by=ben)
    pass_time()
    assert notices.write_due() == 0
    assert pipeline.undo(pipeline.newest_change(application), by=ben)  # type: ignore[arg-type]  # it was moved
    assert notices.write_due() == 1
    assert Message.objects.get().application == application


def test_a_prepared_draft_never_replaces_what_is_being_written(
    application: Application, ben: Membership, screening: Stage, template: MessageTemplate
) -> None:
    rule(screening, template, "ask")
    drafts.keep(application, {"text": "My own words"}, by=ben)
    pipeline.move(application, screening, by=ben)
    assert MessageDraft.objects.get().text == "My own words"


def test_asked_first_it_is_a_draft_of_who_moved(
    application: Application, ben: Membership, screening: Stage, template: MessageTemplate
) -> None:
    rule(screening, template, "ask")
    pipeline.move(application, screening, by=ben)
    draft = MessageDraft.objects.get()
    assert (draft.author, draft.text) == (ben.user, "Dear Mia,")


def test_an_application_is_acknowledged_in_the_language_of_its_position(
    position: Position, template: MessageTemplate
) -> None:
    rule(position.pipeline.stages.get(kind="unassigned"), template)
    factories.MessageTemplateFactory(
        company=position.company,
        name="News",
        language="de",
        subject="Neues",
        body="Guten Tag {{ first_name }},",
    )
    position.texts.all().delete()
    factories.PositionTextFactory(position=position, language="de")
    applying.apply(
        position, Applicant(email="jo@mail.example", first_name="Jo", last_name="X"), door=Door.FORM
    )
    pass_time()
    assert notices.write_due() == 1
    message = Message.objects.get()
    assert message.text == "Guten Tag Jo,"
    assert message.author is None
    assert parse(message.outgoing.raw.read()).sender.addr_spec == message.from_address


def test_through_the_interface_only_a_channel_that_wants_it_is_acknowledged(
    position: Position, template: MessageTemplate
) -> None:
    rule(position.pipeline.stages.get(kind="unassigned"), template)
    quiet = factories.SourceFactory(company=position.company)
    wanting = factories.SourceFactory(company=position.company, acknowledge=True)
    for name, source, door in (
        ("jo", quiet, Door.ENDPOINT),
        ("li", None, Door.ENDPOINT),
        ("mo", wanting, Door.ENDPOINT),
        ("no", quiet, Door.FORM),  # who follows its link to our own form is ours to answer
    ):
        who = Applicant(email=f"{name}@mail.example", last_name="X", source=source)
        applying.apply(position, who, door=door)
    greeted = DueNotice.objects.values_list("application__applied_address", flat=True)
    assert set(greeted) == {"mo@mail.example", "no@mail.example"}


def test_what_a_recruiter_adds_is_not_acknowledged(
    position: Position, ben: Membership, template: MessageTemplate
) -> None:
    rule(position.pipeline.stages.get(kind="unassigned"), template)
    applying.apply(
        position,
        Applicant(email="jo@mail.example", first_name="Jo", last_name="X"),
        door=Door.RECRUITER,
        by=ben,
    )
    assert not DueNotice.objects.exists()


def test_a_rule_is_saved_and_shown_before_a_move(
    recruiter: Client,
    application: Application,
    ben: Membership,
    screening: Stage,
    template: MessageTemplate,
) -> None:
    typed = {"mode": "auto", "template": template.pk, "delay_minutes": 10}
    fields = {f"s{screening.pk}-{name}": value for name, value in typed.items()}
    everywhere = _typed(application.position, fields)
    recruiter.post(PAGE, everywhere)
    assert StageNotice.objects.get().delay_minutes == 10
    shown = (
        f"/applications/{application.pk}/",
        f"/positions/{application.position_id}/board/",
        f"/positions/{application.position_id}/table/",
        "/",
    )
    for url in shown:
        assert "sends “News”" in recruiter.get(url).text
    own = f"{PAGE}?position={application.position_id}"
    nothing = _typed(application.position, {}, mode="")
    recruiter.post(own, nothing | {f"s{screening.pk}-mode": "off"})
    assert StageNotice.objects.count() == 2
    for url in shown:
        assert "sends “News”" not in recruiter.get(url).text
    pipeline.move(application, screening, by=ben)
    assert not DueNotice.objects.exists()
    other = factories.ApplicationFactory(position__pipeline=application.position.pipeline)
    pipeline.move(other, screening, by=ben)
    assert DueNotice.objects.get().application == other
    recruiter.post(own, nothing)  # as for all again
    assert StageNotice.objects.get().position is None


def _typed(position: Position, changed: dict[str, Any], mode: str = "off") -> dict[str, Any]:
    """The whole page as it is sent, with what somebody has changed in it."""
    page: dict[str, Any] = {}
    for stage in position.pipeline.stages.exclude(kind__in=["rejected", "withdrawn"]):
        page |= {f"s{stage.pk}-mode": mode, f"s{stage.pk}-delay_minutes": "5"}
    return page | changed


def test_an_acknowledgement_that_names_its_writer_is_refused(
    recruiter: Client, application: Application, template: MessageTemplate
) -> None:
    template.body = "Yours, {{ recruiter_name }}"
    template.save()
    typed = {"mode": "auto", "template": template.pk, "delay_minutes": 10}
    fields = {f"s{application.stage_id}-{name}": value for name, value in typed.items()}
    answer = recruiter.post(PAGE, _typed(application.position, fields))
    assert answer.status_code == 422
    assert "recruiter_name needs words instead" in answer.text


@pytest.mark.parametrize("count", [1, 3])
def test_the_rules_take_as_many_queries_for_one_as_for_three(
    recruiter: Client, company: Company, django_assert_max_num_queries: Any, count: int
) -> None:
    factories.PipelineFactory.create_batch(count, company=company)
    with django_assert_max_num_queries(9):
        recruiter.get(PAGE)
