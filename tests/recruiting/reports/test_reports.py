"""Figures and the rows behind them."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from companies.models import Membership
from recruiting.models import Application, Position, StageChange
from recruiting.reports import daily, figures, scope
from recruiting.reports.scope import Scope
from tests import factories


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def went(position: Position, *way: tuple[str, float], **fields: object) -> Application:
    """An application that entered each stage of its way so many days ago."""
    stages = {stage.name: stage for stage in position.pipeline.stages.all()}
    last, entered = way[-1]
    closed = days_ago(entered) if stages[last].is_closed else None
    made: Application = factories.ApplicationFactory(
        position=position,
        stage=stages[last],
        applied_at=days_ago(way[0][1]),
        stage_entered_at=days_ago(entered),
        closed_at=closed,
        **fields,
    )
    made.stage_changes.all().delete()
    before = None
    for name, days in way:
        StageChange.objects.create(
            application=made, from_stage=before, to_stage=stages[name], at=days_ago(days)
        )
        before = stages[name]
    return made


@pytest.fixture
def asked(ada: Membership) -> Scope:
    return scope.read(QueryDict(""), ada)


@pytest.fixture
def hired(position: Position) -> Application:
    """Hired after 10 days, 20 days after the position was published; Indeed cost 300."""
    Position.objects.filter(pk=position.pk).update(published_at=days_ago(25))
    source = factories.SourceFactory(company=position.company, name="Indeed", cost=Decimal(300))
    return went(position, ("Unassigned", 15), ("Screening", 13), ("Accepted", 5), source=source)


@pytest.fixture
def rejected(position: Position) -> Application:
    return went(position, ("Unassigned", 10), ("Screening", 6), ("Rejected", 2))


def test_funnel_counts_how_far_people_came(
    asked: Scope, position: Position, hired: Application, rejected: Application
) -> None:
    went(position, ("Unassigned", 1))
    went(position, ("Unassigned", 400))
    steps = figures.funnel(
        daily.counts(asked, position.pipeline), list(position.pipeline.stages.all())
    )
    counts = {step.stage.name: (step.count, step.of_all) for step in steps}
    assert counts["Unassigned"] == (3, 100)
    assert counts["Screening"] == (2, 67)
    assert counts["Accepted"] == (1, 33)
    assert "Rejected" not in counts


def test_time_to_hire_is_counted_from_application_and_from_posting(
    asked: Scope, hired: Application, rejected: Application
) -> None:
    hiring = figures.time_to_hire(asked)
    assert (hiring.count, hiring.from_application, hiring.from_posting) == (1, 10.0, 20.0)
    assert [(count, days) for _month, count, days in hiring.months] == [(1, 10.0)]


def test_time_in_stage_is_the_average_of_those_who_left_it(
    asked: Scope, position: Position, hired: Application, rejected: Application
) -> None:
    stages = list(position.pipeline.stages.all())
    spent = figures.time_in_stage(daily.counts(asked, position.pipeline), stages)
    by_name = {stage.name: spent.get(stage.pk) for stage in stages}
    assert by_name["Unassigned"] == (2, 3.0)
    assert by_name["Screening"] == (2, 6.0)
    assert by_name["Rejected"] is None


def test_sources_tell_hires_and_what_one_costs(
    asked: Scope, hired: Application, rejected: Application
) -> None:
    rows = {
        str(each.source): each for each in figures.sources(daily.counts(asked, None), asked.member)
    }
    assert (rows["Indeed"].hired, rows["Indeed"].per_hire) == (1, Decimal("300.00"))
    assert rows["None"].applications == 1


def test_answers_are_timed_from_the_mail_to_the_next_of_ours(
    asked: Scope, application: Application
) -> None:
    factories.MessageFactory(application=application, at=days_ago(2))
    factories.SentMessageFactory(application=application, at=days_ago(1))
    factories.MessageFactory(application=application, at=days_ago(0.5))
    assert figures.answers(daily.counts(asked, None)) == figures.Answers(2, 1, 24.0)


def test_every_figure_opens_as_many_rows_as_it_says(
    admin: Client, asked: Scope, position: Position, hired: Application, rejected: Application
) -> None:
    factories.MessageFactory(application=hired, at=days_ago(4))
    factories.SentMessageFactory(application=hired, at=days_ago(3))
    factories.MessageFactory(application=hired, at=days_ago(2), subject="And my desk?")
    page = admin.get("/reports/").context
    assert (page["answers"].received, page["answers"].unanswered) == (2, 1)
    assert "And my desk?" in admin.get("/reports/applications/?figure=unanswered").text
    behind = [(f"reached-{step.key}", step.count) for step in page["funnel"]]
    behind += [(f"source-{each.key}", each.applications) for each in page["sources"]]
    behind += [(f"hired-{each.key}", each.hired) for each in page["sources"]]
    behind += [(f"left-{stage.pk}", count) for stage, count, _days in page["stage_times"]]
    behind += [(f"month-{month:%Y-%m}", count) for month, count, _ in page["hiring"].months]
    behind += [("hired", page["hiring"].count), ("rejected", 1), ("withdrawn", 0), ("applied", 2)]
    behind += [("received", 2), ("unanswered", 1)]
    for figure, count in behind:
        answer = admin.get(f"/reports/applications/?figure={figure}")
        assert answer.context["page"].paginator.count == count, figure
    for figure in ("x", "reached-x", "source-x", "reached-999999", "month-2026-13", "left-x"):
        assert admin.get(f"/reports/applications/?figure={figure}").status_code == 404


def test_nothing_in_the_address_breaks_a_report(admin: Client, hired: Application) -> None:
    bad = "from=9999-99-99&to=0001-01-01&position=999999999&subcompany=x&pipeline=x"
    assert admin.get(f"/reports/?{bad}").status_code == 200
    assert admin.get("/reports/?subcompany=main").context["hiring"].count == 0
    assert admin.get("/reports/?csv=nonsense").status_code == 404


def test_reports_are_files_too(admin: Client, hired: Application) -> None:
    text = admin.get("/reports/?csv=sources").content.decode("utf-8-sig")
    assert "Indeed,1,1,300.00,300.00" in text
    assert "Screening,1,100" in admin.get("/reports/?csv=funnel").content.decode("utf-8-sig")


def test_strangers_count_nothing_of_others(cleo: Membership, hired: Application) -> None:
    asked = scope.read(QueryDict(""), cleo)
    assert figures.time_to_hire(asked).count == 0
    assert figures.sources(daily.counts(asked, None), cleo) == []


@pytest.mark.parametrize("count", [1, 3])
def test_reports_ask_the_database_the_same_for_one_and_for_three(
    admin: Client, position: Position, count: int, django_assert_max_num_queries: object
) -> None:
    for _ in range(count):
        went(position, ("Unassigned", 10), ("Screening", 6), ("Accepted", 2))
    with django_assert_max_num_queries(15):  # type: ignore[operator]  # pytest-django's fixture
        admin.get("/reports/")
