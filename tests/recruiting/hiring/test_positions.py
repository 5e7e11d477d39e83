"""Opening and publishing positions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from companies.models import AuditEntry, Membership
from recruiting.hiring.positions import defaults, positions
from recruiting.models import Position, RejectionReason, Source
from tests import factories


def test_numbers_start_at_six_digits_and_count_up_over_all_companies(
    ada: Membership, cleo: Membership
) -> None:
    numbers = []
    for member in (ada, cleo, ada):
        pipeline = factories.PipelineFactory(company=member.company)
        position = positions.create(member.company, name="Cook", pipeline=pipeline, by=member)
        numbers.append(position.number)
    assert numbers == [100000, 100001, 100002]
    assert AuditEntry.objects.filter(verb="position.created").count() == 3


@pytest.mark.django_db(transaction=True)
def test_positions_opened_at_the_same_moment_get_different_numbers(ada: Membership) -> None:
    pipeline = factories.PipelineFactory(company=ada.company)

    def open_one(name: str) -> int:
        try:
            return positions.create(ada.company, name=name, pipeline=pipeline, by=ada).number
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(open_one, "abcdef"))
    assert sorted(numbers) == list(range(100000, 100006))


def test_publish_and_unpublish_are_audited_once(ada: Membership) -> None:
    position = factories.PositionFactory(
        company=ada.company, state=Position.State.DRAFT, published_at=None
    )
    positions.publish(position, by=ada)
    positions.publish(position, by=ada)
    assert position.is_published
    assert position.published_at is not None
    positions.unpublish(position, by=ada)
    positions.archive(position, by=ada)
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["position.published", "position.paused", "position.archived"]


def test_make_pipeline_has_each_system_stage_once_and_own_ones_between(ada: Membership) -> None:
    pipeline = defaults.make_pipeline(ada.company, "Standard")
    assert list(pipeline.stages.values_list("kind", "max_days")) == [
        ("unassigned", 3),
        ("custom", 5),
        ("custom", 7),
        ("custom", 14),
        ("offer", 7),
        ("accepted", None),
        ("rejected", None),
        ("withdrawn", None),
    ]


def test_set_up_keeps_what_a_company_has_already(ada: Membership) -> None:
    factories.SourceFactory(company=ada.company, name="LinkedIn", note="ours")
    defaults.set_up(ada.company)
    defaults.add_reasons(ada.company)
    assert Source.objects.get(company=ada.company, name="LinkedIn").note == "ours"
    assert Source.objects.filter(company=ada.company).count() == 5
    assert RejectionReason.objects.filter(company=ada.company).count() == 9
