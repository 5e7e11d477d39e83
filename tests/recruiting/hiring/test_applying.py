"""Applying: one person, one application, and nothing lost of what was sent in."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection

from companies import files
from companies.models import AuditEntry, Membership, StoredFile
from recruiting.hiring.applications import applying
from recruiting.hiring.applications.applying import Applicant
from recruiting.models import (
    Application,
    Attribute,
    Candidate,
    Position,
    PossibleDuplicate,
    RefusedApplication,
)
from recruiting.models.applications import Door
from recruiting.people.uploads import Paper
from tests import factories

MIA = Applicant(email="Mia@Mail.example", first_name="Mia", last_name="Muster")


def with_cv(position: Position, applicant: Applicant = MIA, content: bytes = b"CV") -> Applicant:
    paper = Paper(files.store(position.company, content), "cv.pdf", "application/pdf", "cv")
    return replace(applicant, documents=[paper])


def test_apply_makes_person_application_snapshot_history_and_audit(position: Position) -> None:
    source = factories.SourceFactory(company=position.company, name="JOIN")
    sent = replace(
        with_cv(position),
        phone="030 1",
        message="Line one\nLine two",
        source=source,
        extra={"x": "y"},
    )
    application = applying.apply(position, sent, door=Door.ENDPOINT)
    assert application.stage.kind == "unassigned"
    assert application.source == source
    assert application.applied_address == "mia@mail.example"
    assert application.candidate.phone == "030 1"
    assert application.candidate.addresses.get().address == "Mia@Mail.example"
    assert application.submission.message == "Line one\nLine two"
    assert application.submission.data == {
        "first_name": "Mia",
        "last_name": "Muster",
        "email": "Mia@Mail.example",
        "phone": "030 1",
        "source": "JOIN",
        "documents": ["cv.pdf"],
        "extra": {"x": "y"},
    }
    document = application.documents.get()
    assert (document.category, document.file.read()) == ("cv", b"CV")
    assert application.stage_changes.get().to_stage == application.stage
    assert AuditEntry.objects.get(verb="application.created").target_id == application.pk


def test_apply_stores_attributes_by_type_and_known_tags_only(position: Position) -> None:
    make = factories.AttributeFactory
    text = make(company=position.company)
    day = make(company=position.company, type=Attribute.Type.DATE)
    option = factories.AttributeOptionFactory(attribute__company=position.company)
    tag = factories.TagFactory(company=position.company, name="Remote")
    values: dict[Attribute, Any] = {text: "hello", day: date(2027, 1, 1), option.attribute: option}
    sent = replace(MIA, attributes=values, tags=["remote", "nobody knows"])
    application = applying.apply(position, sent, door=Door.ENDPOINT)
    stored = application.attribute_values.order_by("attribute_id")
    assert [row.display for row in stored] == ["hello", "2027-01-01", option.name]
    assert list(application.tags.all()) == [tag]
    assert application.submission.data["tags"] == ["remote", "nobody knows"]


def test_second_application_is_refused_and_kept_with_its_files(position: Position) -> None:
    applying.apply(position, MIA, door=Door.ENDPOINT)
    again = with_cv(position, replace(MIA, email="MIA@mail.example", message="A better CV"))
    with pytest.raises(applying.AlreadyApplied):
        applying.apply(position, again, door=Door.ENDPOINT)
    assert Application.objects.count() == Candidate.objects.count() == 1
    refused = RefusedApplication.objects.get()
    assert (refused.reason, refused.data["message"]) == ("already applied", "A better CV")
    assert refused.documents.get().file.read() == b"CV"


def test_public_form_never_changes_a_known_person(position: Position) -> None:
    first = applying.apply(position, replace(MIA, phone="1"), door=Door.FORM)
    other = factories.PositionFactory(company=position.company)
    sent = replace(MIA, first_name="MIA", last_name=" muster", phone="2", location="Rome")
    second = applying.apply(other, sent, door=Door.FORM)
    assert second.candidate == first.candidate
    first.candidate.refresh_from_db()
    assert (first.candidate.phone, first.candidate.location) == ("1", "")
    assert second.submission.data["phone"] == "2"


def test_same_address_with_another_name_is_another_person_to_look_at(position: Position) -> None:
    first = applying.apply(position, MIA, door=Door.ENDPOINT)
    other = factories.PositionFactory(company=position.company)
    second = applying.apply(other, replace(MIA, first_name="Max"), door=Door.ENDPOINT)
    pair = PossibleDuplicate.objects.get()
    assert (pair.first, pair.second) == (first.candidate, second.candidate)


def test_same_person_in_another_company_is_another_row(
    position: Position, cleo: Membership
) -> None:
    theirs = factories.PositionFactory(company=cleo.company)
    first = applying.apply(position, MIA, door=Door.ENDPOINT)
    second = applying.apply(theirs, MIA, door=Door.ENDPOINT)
    assert first.candidate != second.candidate
    assert second.candidate.company == cleo.company
    assert not PossibleDuplicate.objects.exists()


def test_public_door_is_closed_for_unpublished_positions_but_recruiters_may_add(
    position: Position, ben: Membership
) -> None:
    Position.objects.update(state=Position.State.PAUSED)
    with pytest.raises(applying.PositionNotPublished):
        applying.apply(position, MIA, door=Door.ENDPOINT)
    assert RefusedApplication.objects.get().reason == "not published"
    application = applying.apply(position, MIA, door=Door.RECRUITER, by=ben)
    assert application.stage_changes.get().by == ben.user


def test_candidate_of_another_company_cannot_be_named(position: Position, cleo: Membership) -> None:
    stranger = factories.CandidateFactory(company=cleo.company)
    with pytest.raises(ValueError, match="another company"):
        applying.apply(position, MIA, door=Door.RECRUITER, candidate=stranger)


@pytest.mark.django_db(transaction=True)
def test_fifty_identical_posts_at_once_make_one_application(position: Position) -> None:
    sent = with_cv(position)

    def post(_: int) -> bool:
        try:
            applying.apply(position, sent, door=Door.ENDPOINT)
        except applying.AlreadyApplied:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        accepted = list(pool.map(post, range(50)))
    assert accepted.count(True) == 1
    assert Application.objects.count() == Candidate.objects.count() == 1
    assert RefusedApplication.objects.count() == 49
    files.sweep(older_than=-files.GRACE)
    assert StoredFile.objects.get().read() == b"CV"


@pytest.mark.django_db(transaction=True)
def test_one_person_applying_for_many_positions_at_once_stays_one_person(
    position: Position,
) -> None:
    others = factories.PositionFactory.create_batch(6, company=position.company)

    def post(one: Position) -> None:
        try:
            applying.apply(one, MIA, door=Door.ENDPOINT)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(post, others))
    assert Candidate.objects.count() == 1
    assert Application.objects.count() == 6
