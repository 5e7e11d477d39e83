"""The table of a position's applications, its filter, its files, saved views and bulk actions."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from companies.models import Company, Membership
from mailsettings.models import OutgoingMail
from recruiting.desk.hiring.board import CARDS
from recruiting.hiring.applications import pipeline
from recruiting.models import Application, Position, SavedView, Stage
from recruiting.search import index
from tests import factories


def stage(position: Position, name: str) -> Stage:
    return position.pipeline.stages.get(name=name)


@pytest.fixture
def others(application: Application) -> list[Application]:
    """Anna waits too long, Otto has written."""
    position = application.position
    source = factories.SourceFactory(company=position.company, name="Referral")
    late = factories.ApplicationFactory(
        position=position,
        candidate__first_name="Anna",
        stage_entered_at=timezone.now() - timedelta(days=9),
        source=source,
    )
    unread = factories.ApplicationFactory(
        position=position, candidate__first_name="Otto", unread_count=1
    )
    unread.tags.add(factories.TagFactory(company=position.company, name="Python"))
    return [late, unread]


@pytest.mark.parametrize("page", ["board", "table"])
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Mia", "Anna", "Otto"}),
        ("q=anna", {"Anna"}),
        ("only=overdue", {"Anna"}),
        ("only=unread", {"Otto"}),
        ("source={source}", {"Anna"}),
        ("source=none", {"Mia", "Otto"}),
        ("tag={tag}", {"Otto"}),
        (f"source={'0' * 12}{'9' * 20}&tag={'0' * 12}{'9' * 20}", {"Mia", "Anna", "Otto"}),
        ("source=999999999999&tag=x&only=x&sort=x&columns=x&stage=x", {"Mia", "Anna", "Otto"}),
    ],
)
def test_board_and_table_filter_the_same_set(
    recruiter: Client, others: list[Application], page: str, query: str, names: set[str]
) -> None:
    late, unread = others
    asked = query.format(source=late.source_id, tag=unread.tags.get().pk)
    answer = recruiter.get(f"/positions/{late.position_id}/{page}/?{asked}")
    shown = {
        each.candidate.first_name
        for each in (late, unread)
        if f"/applications/{each.pk}/" in answer.text
    } | ({"Mia"} if "Mia Muster" in answer.text else set())
    assert shown == names


def test_table_sorts_and_shows_the_columns_asked_for(
    recruiter: Client, others: list[Application]
) -> None:
    url = f"/positions/{others[0].position_id}/table/"
    page = recruiter.get(f"{url}?sort=days&columns=phone&columns=days")
    assert [name for name, _label, _sortable in page.context["heads"]] == ["phone", "days"]
    assert page.context["rows"][0][0] == others[0]


def test_exports_hold_the_filtered_rows_and_no_formula(
    recruiter: Client, application: Application, others: list[Application]
) -> None:
    application.candidate.first_name = "=HYPERLINK(1)"
    application.candidate.phone = "+49 30 1234"
    application.candidate.save()
    index.refresh()
    url = f"/positions/{application.position_id}/table/?q=hyperlink&columns=phone"
    answer = recruiter.get(f"{url}&format=csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [["Name", "Phone"], ["'=HYPERLINK(1) Muster", "+49 30 1234"]]
    book = load_workbook(io.BytesIO(recruiter.get(f"{url}&format=xlsx").content))
    cell = book.active["A2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1) Muster", "s")


def test_chosen_ones_are_moved_and_taken_back(
    recruiter: Client, application: Application, others: list[Application]
) -> None:
    position = application.position
    ids = [application.pk, others[0].pk]
    wanted = stage(position, "Offer")
    page = recruiter.post(
        f"/positions/{position.pk}/bulk/",
        {"application": ids, "stage": wanted.pk, "action": "move"},
        follow=True,
    )
    assert "2 applications moved to Offer" in page.text
    assert position.applications.filter(stage=wanted).count() == 2
    others[0].refresh_from_db()
    pipeline.move(others[0], stage(position, "Screening"), by=None)
    undo = next(message.extra_tags for message in page.context["messages"]).removeprefix("undo:")
    again = recruiter.post(undo, follow=True)
    assert "1 of 2 were taken back" in again.text
    application.refresh_from_db()
    others[0].refresh_from_db()
    assert (application.stage.name, others[0].stage.name) == ("Unassigned", "Screening")


def test_chosen_ones_are_rejected_after_a_look_and_the_mail_can_be_stopped(
    recruiter: Client, application: Application, others: list[Application]
) -> None:
    position = application.position
    template = factories.MessageTemplateFactory(
        company=position.company,
        category="rejection",
        subject="Sorry",
        body="Dear {{ first_name }}",
    )
    ids = [application.pk, others[0].pk]
    url = f"/positions/{position.pk}/bulk/"
    look = recruiter.post(url, {"application": ids, "action": "reject"})
    assert "Reject 2 applications" in look.text
    assert "Mia Muster" in look.text
    preview = {"application": ids, "action": "preview", "template": template.pk}
    letters = recruiter.post(url, preview).text
    assert "Dear Mia" in letters
    assert "{{ first_name }}" not in letters
    assert f'formaction="{url}"' in recruiter.get(f"/applications/{application.pk}/").text
    data = {"application": ids, "action": "rejected", "template": template.pk, "delay": "24"}
    page = recruiter.post(url, data, follow=True)
    assert position.applications.filter(stage__kind="rejected").count() == 2
    held = OutgoingMail.objects.filter(state="queued")
    assert held.count() == 2
    assert all(mail.next_attempt_at > timezone.now() + timedelta(hours=23) for mail in held)
    undo = next(message.extra_tags for message in page.context["messages"]).removeprefix("undo:")
    recruiter.post(undo)
    assert set(OutgoingMail.objects.values_list("state", flat=True)) == {"cancelled"}
    assert not position.applications.filter(closed_at__isnull=False).exists()


def test_rejection_whose_mail_cannot_be_written_rejects_nobody(
    recruiter: Client, application: Application
) -> None:
    template = factories.MessageTemplateFactory(
        company=application.position.company, category="rejection", body="{{ nonsense }}"
    )
    url = f"/applications/{application.pk}/reject/"
    recruiter.post(url, {"template": template.pk, "delay": "0"})
    application.refresh_from_db()
    assert application.stage.kind == "unassigned"
    assert not OutgoingMail.objects.exists()


def test_last_opening_taken_pauses_the_position(
    recruiter: Client, application: Application, others: list[Application]
) -> None:
    position = application.position
    position.openings = 2
    position.save()
    for each, state in ((application, "published"), (others[0], "paused")):
        pipeline.move(each, stage(position, "Accepted"), by=None)
        position.refresh_from_db()
        assert position.state == state


def test_nobody_chosen_moves_nobody(recruiter: Client, application: Application) -> None:
    url = f"/positions/{application.position_id}/bulk/"
    page = recruiter.post(url, {"action": "move", "next": "https://evil.example/"}, follow=True)
    assert "Choose somebody first." in page.text


def test_column_brings_its_next_cards(recruiter: Client, position: Position) -> None:
    for _ in range(CARDS + 2):
        factories.ApplicationFactory(position=position)
    board = recruiter.get(f"/positions/{position.pk}/board/").text
    assert board.count("data-card=") == CARDS
    first = stage(position, "Unassigned")
    url = f"/positions/{position.pk}/board/{first.pk}/?from={CARDS}"
    assert url in board
    assert recruiter.get(url).text.count("data-card=") == 2


def test_saved_views_are_ones_own_until_shared(
    recruiter: Client, admin: Client, position: Position
) -> None:
    url = f"/positions/{position.pk}/views/"
    recruiter.post(url, {"name": "Late ones", "query": "only=overdue&evil=1", "is_table": "1"})
    view = SavedView.objects.get()
    assert (view.query, view.is_shared) == ("only=overdue", False)
    board = f"/positions/{position.pk}/board/"
    assert "Late ones" in recruiter.get(board).text
    assert "Late ones" not in admin.get(board).text
    recruiter.post(url, {"name": "Late ones", "query": "q=x", "is_shared": "on"})
    assert "Late ones" in admin.get(board).text
    recruiter.post(f"/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_move_offers_to_be_taken_back(recruiter: Client, application: Application) -> None:
    wanted = stage(application.position, "Offer")
    url = f"/applications/{application.pk}/move/"
    answer = recruiter.post(url, {"stage": wanted.pk}, headers={"HX-Request": "true"})
    change = pipeline.newest_change(application)
    assert f"/undo/?changes={change.pk}" in answer.text


def test_viewer_moves_and_rejects_nobody(viewer: Client, application: Application) -> None:
    url = f"/positions/{application.position_id}/bulk/"
    assert viewer.post(url, {"application": application.pk}).status_code == 403
    assert 'form="bulk"' not in viewer.get(f"/positions/{application.position_id}/table/").text


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("page", ["board", "table"])
def test_board_and_table_ask_the_database_the_same_for_one_and_for_three(
    admin: Client,
    ada: Membership,
    company: Company,
    position: Position,
    page: str,
    count: int,
    django_assert_max_num_queries: object,
) -> None:
    for number in range(count):
        each = factories.ApplicationFactory(position=position)
        each.tags.add(factories.TagFactory(company=company))
        SavedView.objects.create(
            company=company, position=position, owner=ada, name=str(number), query="q=x"
        )
    with django_assert_max_num_queries(15):  # type: ignore[operator]  # pytest-django's fixture
        admin.get(f"/positions/{position.pk}/{page}/")
