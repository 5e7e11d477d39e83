"""The demo company: complete, idempotent, and readable by scripts."""

import json
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from pytest_django import Settings

from companies import credentials
from companies.models import ApiCredential, Company, Membership, User
from mailsettings.outbound import senders
from recruiting.hiring import integrity
from recruiting.hiring.applications import pipeline
from recruiting.models import (
    Application,
    AttributeValue,
    Candidate,
    Document,
    Message,
    Position,
    SearchEntry,
)


def run(*options: str) -> str:
    out = StringIO()
    call_command("demo", *options, stdout=out)
    return out.getvalue()


def describe() -> dict[str, Any]:
    acme, _ = json.loads(run("--json"))["companies"]
    assert isinstance(acme, dict)
    return acme


@pytest.fixture(autouse=True)
def debug(settings: Settings, db: None) -> None:
    settings.DEBUG = True


def test_json_has_all_a_script_needs() -> None:
    acme = describe()
    company = Company.objects.get(account="acme")
    assert (acme["company_id"], acme["name"]) == (company.pk, "Acme GmbH")
    assert acme["recruiting_address"] == company.recruiting_address
    assert acme["feed_url"] == acme["careers_url"] + "xml"
    assert [row["name"] for row in acme["subcompanies"]] == ["Acme Berlin GmbH", "Acme Wien GmbH"]
    published = [row for row in acme["positions"] if row["state"] == "published"]
    assert sorted(str(row["subcompany"]) for row in published) == [
        "Acme Berlin GmbH",
        "Acme Wien GmbH",
        "None",
        "None",
    ]
    assert [row["state"] for row in acme["positions"]].count("draft") == 1
    assert all(row["job_position_id"] >= 100000 for row in acme["positions"])
    assert "JOIN" in [row["name"] for row in acme["channels"]]
    kinds = {row["name"]: row for row in acme["attributes"]}
    assert kinds["JOIN Original Source"]["type"] == "text"
    assert kinds["JOIN Original Source"]["api_name"].startswith("custom_attribute_")
    assert kinds["German level"]["options"][0]["api_name"].startswith("custom_option_")
    assert {row["role"] for row in acme["users"]} == {
        "owner",
        "recruiter",
        "hiring_manager",
        "viewer",
    }


def test_tokens_are_new_each_time_and_older_ones_stay_valid() -> None:
    first, second = describe(), describe()
    assert first["access_token"] != second["access_token"]
    for told in (first, second):
        assert credentials.verify(told["company_id"], told["access_token"]) is not None
        assert credentials.verify(told["company_id"], told["v1_token"]) is not None


def test_users_log_in_with_the_printed_password() -> None:
    for row in describe()["users"]:
        assert User.objects.get(email=row["email"]).check_password(row["password"])


def test_demo_twice_adds_nothing() -> None:
    run()
    before = {model: model._base_manager.count() for model in apps.get_models()}
    run()
    after = {model: model._base_manager.count() for model in apps.get_models()}
    assert after == before


def test_demo_keeps_what_people_changed() -> None:
    run()
    Position.objects.filter(name="People partner").update(state=Position.State.ARCHIVED)
    Membership.objects.filter(user__email="viewer@acme.example").update(is_active=False)
    run()
    assert Position.objects.get(name="People partner").state == Position.State.ARCHIVED
    assert not Membership.objects.get(user__email="viewer@acme.example").is_active


def test_each_legal_entity_writes_from_the_address_of_the_sandbox() -> None:
    run()
    acme = Company.objects.get(account="acme")
    berlin, wien = acme.subcompanies.order_by("name")
    addresses = [senders.resolve(acme, owner).address for owner in (None, berlin, wien)]
    assert addresses == ["jobs@acme.example", "berlin@acme.example", "jobs@acme.example"]


def test_candidates_stand_in_many_stages_and_some_mail_is_unsorted() -> None:
    run()
    stages = set(Application.objects.values_list("stage__name", flat=True))
    assert len(stages) >= 7
    assert Application.objects.filter(unread_count__gt=0).exists()
    assert Application.objects.filter(waiting_since__isnull=False).exists()
    assert Message.objects.unassigned().count() == 3
    document = Application.objects.get(candidate__last_name="Weber").documents.get()
    assert document.file.read().startswith(b"%PDF-1.4")


def test_candidates_option_fills_up_to_a_number_of_believable_people() -> None:
    run("--candidates", "60")
    run("--candidates", "60")
    acme = Company.objects.get(account="acme")
    crowd = Candidate.objects.filter(company=acme, phone__contains="555000")
    assert Candidate.objects.filter(company=acme).count() == 60
    assert Message.objects.filter(candidate__in=crowd, outgoing__raw__size__gt=100).exists()
    paper = Document.objects.filter(candidate__in=crowd)[0]
    assert paper.file.read().startswith(b"%PDF-1.4")
    assert SearchEntry.objects.filter(document=paper, words__contains="curriculum").exists()
    assert AttributeValue.objects.filter(application__candidate__in=crowd).count() > 40
    for application in Application.objects.filter(position__company=acme):
        newest = pipeline.newest_change(application)
        assert newest is not None
        assert newest.to_stage_id == application.stage_id
    assert list(integrity.violations()) == []


def test_demo_is_refused_in_production_unless_forced(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        run("--json")
    run("--force")
    assert not ApiCredential.objects.exists()
