"""SQL that is written once brings and keeps the same as Django's own."""

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from companies import sql
from companies.models import ApiCredential, AuditDetail, AuditEntry, Company, Membership
from tests import factories


@sql.written_once
def named(company: int, name: str) -> "models.QuerySet[ApiCredential]":
    mine = ApiCredential.objects.select_related("company", "created_by")
    return mine.filter(company=company, name=name).order_by("pk")


def test_rows_come_as_the_query_brings_them_with_what_they_point_to(
    company: Company, ada: Membership
) -> None:
    author = ada.user
    foreign: Company = factories.CompanyFactory()
    rows = [
        ApiCredential.objects.create(company=owner, name=name, token_digest=digest, created_by=by)
        for owner, name, digest, by in [
            (company, "100 % JOIN's", "a", author),
            (company, "100 % JOIN's", "b", None),
            (company, "other", "c", None),
            (foreign, "100 % JOIN's", "d", None),
        ]
    ]
    for name, wanted in [("100 % JOIN's", rows[:2]), ("other", rows[2:3]), ("nobody", [])]:
        with CaptureQueriesContext(connection) as asked:
            found = named(company.pk, name)
            known = [(each.company, each.created_by) for each in found]
        assert len(asked) == 1
        assert found == wanted
        assert known == [(each.company, each.created_by) for each in wanted]
        assert [each.created_at for each in found] == [each.created_at for each in wanted]


@sql.written_once
def used(name: str, since: datetime) -> "models.QuerySet[Any]":
    mine = ApiCredential.objects.filter(name=name, created_at__gte=since)
    return mine.order_by("pk").values("token_digest", owner=models.F("company__name"))


def test_values_come_as_dictionaries_and_moments_are_compared(company: Company) -> None:
    rows = [
        ApiCredential.objects.create(company=company, name="JOIN", token_digest=digest)
        for digest in "abc"
    ]
    for row in rows[:2]:
        wanted = ApiCredential.objects.filter(created_at__gte=row.created_at)
        assert used("JOIN", row.created_at) == list(
            wanted.order_by("pk").values("token_digest", owner=models.F("company__name"))
        )


def entry(company: Company, **fields: object) -> AuditEntry:
    values = {"verb": "it's tested", "target_type": "x", "target_id": 1}
    return AuditEntry(company=company, **(values | fields))


def test_rows_are_kept_as_they_were_made_and_point_to_each_other(company: Company) -> None:
    first, second = entry(company), entry(company, target_id=2)
    data = {"a": "100 % 'ü'", "b": [1, None]}
    details = [AuditDetail(entry=each, data=data) for each in (first, second)]
    with CaptureQueriesContext(connection) as asked:
        sql.insert(first, details[0], second, details[1])
    if connection.vendor == "postgresql":
        assert sum("INSERT" in query["sql"] for query in asked) == 1
    for made in (first, second, *details):
        kept = type(made)._base_manager.get(pk=made.pk)
        assert model_to_dict(kept) == model_to_dict(made)
        assert not made._state.adding
    assert first.at == AuditEntry.objects.get(pk=first.pk).at
    assert [each.entry_id for each in details] == [first.pk, second.pk]


def test_of_rows_that_belong_together_none_is_kept_without_the_others(company: Company) -> None:
    made = entry(company)
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.insert(made, entry(company, verb=None))
    assert not AuditEntry.objects.exists()


def test_a_row_that_points_past_another_of_the_same_table_is_refused(company: Company) -> None:
    made = entry(company)
    with pytest.raises(ValueError, match="just before"):
        sql.insert(made, entry(company), AuditDetail(entry=made))
    assert not AuditEntry.objects.exists()
