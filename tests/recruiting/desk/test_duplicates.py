"""Two rows for one person: suggested, merged, told apart, and taken apart again."""

from typing import Any

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from companies.models import AuditEntry, Company, Membership
from recruiting import tasks
from recruiting.hiring import integrity
from recruiting.models import (
    Application,
    Candidate,
    CandidateMerge,
    PossibleDuplicate,
    SearchEntry,
    Submission,
)
from recruiting.people import addresses, candidates, duplicates, merging
from recruiting.search import finding, index
from tests import factories


@pytest.fixture
def twin(application: Application) -> Application:
    """Another application of the same person, who wrote the name otherwise and from two addresses."""
    made: Application = factories.ApplicationFactory(
        position=factories.PositionFactory(company=application.position.company),
        candidate__company=application.position.company,
        candidate__first_name=application.candidate.first_name,
        candidate__last_name=application.candidate.last_name.upper(),
        candidate__location="Potsdam",
    )
    addresses.learn(made.candidate, "second@mail.example")
    addresses.learn(made.candidate, application.candidate.addresses.all()[0].address)
    factories.DocumentFactory(application=made)
    factories.MessageFactory(application=made)
    application.candidate.location = ""
    application.candidate.save()
    index.refresh()
    return made


def state(*people: Candidate) -> list[Any]:
    """Everything that two people have, as it is in the database."""
    found: list[Any] = []
    for person in people:
        row = Candidate.everybody.get(pk=person.pk)
        found += [
            model_to_dict(row),
            row.merged_into_id,
            list(row.addresses.order_by("normalised").values_list("normalised", "is_primary")),
            *(
                list(getattr(row, name).order_by("pk").values_list("pk", flat=True))
                for name in ("applications", "documents", "messages")
            ),
        ]
    return found


def test_two_rows_are_suggested_merged_and_exactly_taken_apart(
    admin: Client, application: Application, twin: Application, ada: Membership
) -> None:
    kept, other = application.candidate, twin.candidate
    before = state(kept, other)
    url = f"/candidates/{kept.pk}/duplicates/"
    aside = admin.get(f"/applications/{application.pk}/evaluations/?fragment").text
    assert "writes from the same address" in aside
    page = admin.post(f"{url}merge/", {"other": other.pk}, follow=True)
    assert "is one with" in page.text
    kept.refresh_from_db()
    assert set(kept.applications.all()) == {application, twin}
    assert kept.location == "Potsdam"
    assert {each.address for each in kept.addresses.all()} >= {"second@mail.example"}
    assert kept.addresses.filter(is_primary=True).count() == 1
    assert list(integrity.violations()) == []
    assert admin.get(f"/candidates/{other.pk}/").status_code == 404
    names = finding.find(ada, "second@mail.example", SearchEntry.Kind.PERSON)
    assert [entry.candidate_id for entry in names] == [kept.pk]
    index.refresh()
    assert not SearchEntry.objects.filter(candidate=other).exists()
    again = admin.post(f"{url}merge/", {"other": other.pk})
    assert again.status_code == 404
    merged = CandidateMerge.objects.get()
    undone = admin.post(f"{url}{merged.pk}/undo/", follow=True)
    assert "two people again" in undone.text
    assert state(kept, other) == before
    assert "cannot be taken back" in admin.post(f"{url}{merged.pk}/undo/", follow=True).text
    verbs = AuditEntry.objects.filter(verb__startswith="candidate.").order_by("pk")
    assert [entry.verb for entry in verbs][-2:] == ["candidate.merged", "candidate.unmerged"]
    assert "writes from the same address" not in admin.get(url).text  # decided, so not asked again


def test_what_came_after_a_merge_goes_to_whose_address_and_name_it_has(
    admin: Client, application: Application, twin: Application
) -> None:
    kept, other = application.candidate, twin.candidate
    Candidate.objects.filter(pk=other.pk).update(last_name="Anders")
    url = f"/candidates/{kept.pk}/duplicates/"
    admin.post(f"{url}merge/", {"other": other.pk})
    both = application.candidate.addresses.all()[0].address  # the twin had it too
    sent = {"first_name": other.first_name, "last_name": "Anders"}
    later, hers, named = (
        factories.ApplicationFactory(
            position=factories.PositionFactory(company=kept.company, name=f"Later {number}"),
            candidate=kept,
            applied_address=address,
        )
        for number, address in enumerate(["later@mail.example", "second@mail.example", both])
    )
    Submission.objects.filter(application=named).update(data=sent)
    sharers = candidates.writing_from(kept.company_id, both)
    again = candidates.find_or_make(kept.company, sharers, address=both, **sent)
    assert again == (kept, [])  # a name that was merged is the person's
    twin.refresh_from_db()
    factories.MessageFactory(application=twin)
    paper = factories.DocumentFactory(application=hers)
    Candidate.objects.filter(pk=kept.pk).update(location="Hamburg")
    merged = CandidateMerge.objects.get()
    newer = merging.came_since([merged])[0]
    assert [(row.application, row.is_others) for row in newer] == [
        (later, False),
        (hers, True),
        (named, True),
    ]
    said = " ".join(admin.get(url).text.split())
    assert f"Later 0: {kept.name}" in said
    assert f"Later 1: {other.first_name} Anders" in said
    admin.post(f"{url}{merged.pk}/undo/")
    kept.refresh_from_db()
    paper.refresh_from_db()
    assert set(kept.applications.all()) == {application, later}
    assert paper.candidate == other
    assert kept.location == "Hamburg"
    assert list(integrity.violations()) == []


def test_all_who_may_be_one_are_listed_and_merged_there(
    admin: Client, recruiter: Client, company: Company
) -> None:
    def lookalikes(number: int) -> list[Candidate]:
        written = (f"+49 (0)30 555 01{number}-0", f"0049 30/55501{number} 0")
        return [factories.CandidateFactory(company=company, phone=phone) for phone in written]

    pairs = [lookalikes(0)]
    index.refresh()
    factories.CandidateFactory(company=company, phone="030 555019")
    factories.CandidateFactory(phone=pairs[0][0].phone)  # of another company
    tasks.look_for_duplicates.run()
    list_url = "/candidates/duplicates/"
    with CaptureQueriesContext(connection) as one:
        assert admin.get(list_url).context["page"].paginator.count == 1
    pairs += [lookalikes(1), lookalikes(2)]
    index.refresh()
    tasks.look_for_duplicates.run()
    with CaptureQueriesContext(connection) as three:
        page = admin.get(list_url)
    assert "have the same phone number" in page.text
    assert len(three) == len(one) <= 15
    for first, second in pairs:
        url = f"/candidates/{first.pk}/duplicates/"
        with CaptureQueriesContext(connection) as own:
            assert "has the same phone number" in admin.get(url).text
        assert len(own) <= 15
        for each in (first, second):
            factories.ApplicationFactory(
                position=factories.PositionFactory(company=company), candidate=each
            )
        done = admin.post(f"{url}merge/", {"other": second.pk, "back": list_url})
        assert done.headers["Location"] == list_url
    page = admin.get(list_url)
    assert page.context["page"].paginator.count == 0
    assert len(page.context["merges"]) == 3
    with CaptureQueriesContext(
        connection
    ) as merged:  # with what came since, and somebody looked for
        page = admin.get(f"/candidates/{pairs[0][0].pk}/duplicates/?q={pairs[1][0].last_name}")
    assert page.context["found"]
    assert page.context["merges"]
    assert len(merged) <= 15
    first, second = pairs[0]
    undo = f"/candidates/{first.pk}/duplicates/{first.merges.get().pk}/undo/"
    assert admin.post(undo, {"back": list_url}).headers["Location"] == list_url
    Candidate.objects.filter(pk=pairs[1][0].pk).update(phone="")
    tasks.look_for_duplicates_everywhere.run()  # what was decided is not asked again
    assert admin.get(list_url).context["page"].paginator.count == 0
    assert recruiter.get(list_url).status_code == 403


def test_a_suggestion_goes_with_its_reason_and_an_office_s_number_is_none(company: Company) -> None:
    first, second = (factories.CandidateFactory(company=company, phone="0305550") for _ in "12")
    for _ in range(duplicates.SHARED_BY + 2):
        factories.CandidateFactory(company=company, phone="040 777 1234")
    duplicates.look_everywhere()
    assert PossibleDuplicate.objects.get().first == first
    Candidate.objects.filter(pk=second.pk).update(phone="0305551")
    duplicates.look_everywhere()
    assert not PossibleDuplicate.objects.exists()


def test_who_is_somebody_else_is_told_apart_and_not_suggested_again(
    admin: Client, recruiter: Client, application: Application, twin: Application
) -> None:
    url = f"/candidates/{application.candidate_id}/duplicates/"
    found = admin.get(f"{url}?q={twin.candidate.last_name}")
    assert found.context["found"] == [twin.candidate]
    admin.post(f"{url}apart/", {"other": twin.candidate_id})
    assert "Nobody has the same address" in admin.get(url).text
    for others in ({"other": application.candidate_id}, {"other": "x"}, {"other": 10**18}):
        admin.post(f"{url}merge/", others)
    assert not CandidateMerge.objects.exists()
    assert recruiter.get(url).status_code == 403
