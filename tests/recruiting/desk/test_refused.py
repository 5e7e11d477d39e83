"""Refused applications: seen with their reason, accepted once, or deleted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from companies.models import Company, Membership
from recruiting.hiring.applications import applying, refused
from recruiting.models import (
    Application,
    Attribute,
    Position,
    RefusedApplication,
    RefusedDocument,
)
from recruiting.models.applications import Door
from tests import factories


def kept(position: Position, reason: str = "not published", **data: object) -> RefusedApplication:
    fields = {"first_name": "Lea", "last_name": "Lang", "email": "lea@mail.example"}
    row = RefusedApplication.objects.create(
        company=position.company, position=position, reason=reason, data=fields | data
    )
    file = factories.DocumentFactory(application__position=position).file
    RefusedDocument.objects.create(
        refused=row, file=file, name="cv.pdf", content_type="application/pdf", category="cv"
    )
    return row


def sent(row: RefusedApplication, **changes: object) -> dict[str, object]:
    names = ("first_name", "last_name", "email")
    return {n: row.data.get(n, "") for n in names} | {"position": row.position_id} | changes


@pytest.fixture
def position(company: Company) -> Position:
    return factories.PositionFactory(company=company, state="draft", published_at=None)


def test_accepting_anyway_takes_all_that_was_sent_even_for_an_unpublished_position(
    admin: Client, position: Position, company: Company
) -> None:
    source = factories.SourceFactory(company=company)
    skill = factories.AttributeFactory(company=company, type=Attribute.Type.TEXT)
    row = kept(
        position,
        message="Line one\nline two",
        source=str(source.pk),
        attributes={skill.api_name: "Python"},
        birthday="1990-02-03",
        extra={"privacy": "true"},
    )
    answer = admin.post(f"/applications/refused/{row.pk}/accept/", sent(row))
    application = Application.objects.get(candidate__last_name="Lang")
    assert answer["Location"] == f"/applications/{application.pk}/"
    assert application.source == source
    assert application.applied_at == row.at
    assert application.documents.get().name == "cv.pdf"
    assert application.attribute_values.get().text == "Python"
    assert application.submission.message == "Line one\nline two"
    assert application.submission.data["extra"] == {"privacy": "true"}
    row.refresh_from_db()
    assert row.application == application


def test_accepting_twice_makes_one_application(ada: Membership, position: Position) -> None:
    row = kept(position)
    words = {"first_name": "Lea", "last_name": "Lang", "email": "lea@mail.example", "phone": ""}
    refused.accept(row, position=position, by=ada, **words)
    with pytest.raises(refused.AlreadyAccepted):
        refused.accept(row, position=position, by=ada, **words)
    assert Application.objects.filter(candidate__last_name="Lang").count() == 1


@pytest.mark.django_db(transaction=True)
def test_accepting_attempts_of_one_person_at_once_makes_one_application(
    ada: Membership, position: Position
) -> None:
    rows = [kept(position) for _ in range(4)]
    words = {"first_name": "Lea", "last_name": "Lang", "email": "lea@mail.example", "phone": ""}

    def accept(row: RefusedApplication) -> int:
        try:
            return refused.accept(row, position=position, by=ada, **words).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(accept, rows))
    assert made == {Application.objects.get(candidate__last_name="Lang").pk}


def test_accepting_a_second_application_adds_its_documents_and_message_to_the_first(
    admin: Client, position: Position, ada: Membership
) -> None:
    applicant = applying.Applicant(email="lea@mail.example", first_name="Lea", last_name="Lang")
    first = applying.apply(position, applicant, door=Door.FORM, by=ada)
    row = kept(position, "already applied", message="My newer CV")
    admin.post(f"/applications/refused/{row.pk}/accept/", sent(row))
    assert first.documents.get().name == "cv.pdf"
    assert first.notes.get().text == "My newer CV"
    assert RefusedApplication.objects.get().application == first


def test_page_says_why_and_what_was_wrong(admin: Client, position: Position) -> None:
    row = kept(
        position,
        "The given data failed to pass validation.",
        errors={"email": ["The email must be a valid email address."]},
        salary_expectations="50k",
    )
    page = admin.get(f"/applications/refused/{row.pk}/").text
    for words in ("failed to pass validation", "must be a valid email", "50k", "cv.pdf"):
        assert words in page
    assert admin.get(
        f"/applications/refused/{row.pk}/documents/{row.documents.get().pk}/"
    ).getvalue()


def test_what_is_still_missing_is_asked_for(admin: Client, position: Position) -> None:
    row = kept(position, email="")
    answer = admin.post(f"/applications/refused/{row.pk}/accept/", sent(row))
    assert answer.status_code == 422
    assert not Application.objects.filter(candidate__last_name="Lang").exists()


def test_deleting_forgets_it_with_an_audit_line(
    admin: Client, position: Position, company: Company
) -> None:
    row = kept(position)
    admin.post(f"/applications/refused/{row.pk}/delete/")
    assert not RefusedApplication.objects.exists()
    assert company.audit_entries.filter(verb="refused_application.deleted").exists()


def test_recruiter_of_a_subcompany_sees_no_attempt_on_another_position(
    recruiter: Client, position: Position
) -> None:
    row = kept(position)
    assert recruiter.get(f"/applications/refused/{row.pk}/").status_code == 404
    assert "Lea Lang" not in recruiter.get("/applications/refused/").text


def test_to_do_counts_what_waits(admin: Client, viewer: Client, position: Position) -> None:
    kept(position)
    assert "Lea Lang" in admin.get("/").text
    assert "Lea Lang" not in viewer.get("/").text


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_database_the_same_for_one_and_for_three(
    admin: Client, position: Position, count: int, django_assert_num_queries: object
) -> None:
    for _ in range(count):
        kept(position)
    with django_assert_num_queries(6):  # type: ignore[operator]  # pytest-django's fixture
        admin.get("/applications/refused/")
