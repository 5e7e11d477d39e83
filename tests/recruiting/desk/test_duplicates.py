"""Two rows for one person: suggested, merged, told apart, and taken apart again."""

from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.test import Client

from companies.models import AuditEntry, Membership
from recruiting.hiring import integrity
from recruiting.models import Application, Candidate, CandidateMerge, SearchEntry
from recruiting.people import addresses
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


def test_what_came_after_a_merge_stays_and_later_changes_are_kept(
    admin: Client, application: Application, twin: Application
) -> None:
    kept, other = application.candidate, twin.candidate
    url = f"/candidates/{kept.pk}/duplicates/"
    admin.post(f"{url}merge/", {"other": other.pk})
    later = factories.ApplicationFactory(
        position=application.position, candidate=kept, applied_address="later@mail.example"
    )
    twin.refresh_from_db()
    factories.MessageFactory(application=twin)
    Candidate.objects.filter(pk=kept.pk).update(location="Hamburg")
    admin.post(f"{url}{CandidateMerge.objects.get().pk}/undo/")
    kept.refresh_from_db()
    assert set(kept.applications.all()) == {application, later}
    assert kept.location == "Hamburg"
    assert list(integrity.violations()) == []


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
