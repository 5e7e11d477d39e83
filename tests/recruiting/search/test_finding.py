"""The search over everything, on the database these tests run on."""

import pytest
from django.test import Client
from django.utils import timezone

from companies import files
from companies.models import Membership
from recruiting.hiring.positions import positions
from recruiting.models import Application, Candidate, SearchEntry
from recruiting.people import addresses
from recruiting.search import finding, index
from tests import factories

Kind = SearchEntry.Kind


def names(member: Membership, query: str, kind: str) -> list[str]:
    return [entry.name for entry in finding.find(member, query, kind)]


def with_text(application: Application, name: str, content: str) -> None:
    company = application.position.company
    factories.DocumentFactory(
        application=application, name=name, file=files.store(company, content.encode())
    )


@pytest.fixture
def indexed(application: Application) -> Application:
    application.candidate.last_name = "Müller"
    application.candidate.save()
    with_text(application, "Lebenslauf.txt", "Erfahrung mit Kubernetes in Köln")
    factories.MessageFactory(
        application=application, subject="Frage", text="Wann beginnt die Probezeit?"
    )
    index.refresh()
    return application


@pytest.mark.parametrize("query", ["Müller", "mueller", "MULLER mia", "mull", "mia@mail.example"])
def test_people_are_found_however_their_name_is_spelt(
    indexed: Application, ada: Membership, query: str
) -> None:
    assert names(ada, query, Kind.PERSON) == ["Mia Müller"]


def test_documents_messages_and_positions_are_found_by_their_text(
    indexed: Application, ada: Membership
) -> None:
    assert names(ada, "kubernetes koeln", Kind.DOCUMENT) == ["Lebenslauf.txt"]
    assert names(ada, "probezeit", Kind.MESSAGE) == ["Frage"]
    assert names(ada, "backend dev", Kind.POSITION) == ["Backend developer"]
    assert names(ada, "kubernetes probezeit", Kind.DOCUMENT) == []


@pytest.mark.parametrize(
    "query", ["", '"', "a:*", "NEAR(", "' OR 1=1 --", "* & |", "%", "AND OR NOT", "x" * 500]
)
def test_no_query_breaks_the_index(indexed: Application, ada: Membership, query: str) -> None:
    for kind in Kind:
        assert names(ada, query, kind) == []
    assert not any(list(found) for _kind, _how, found in finding.find_similar(ada, query))


def test_a_misspelt_name_is_found_as_a_similar_one(indexed: Application, ada: Membership) -> None:
    assert names(ada, "Mulner", Kind.PERSON) == []
    for query, expected in (("Mulner", "near"), ("üller", "inside")):
        similar = (
            (how, entry.name)
            for _kind, how, found in finding.find_similar(ada, query)
            for entry in found[:1]
        )
        assert next(similar) == (expected, "Mia Müller")


def test_strangers_and_hiring_managers_find_only_what_they_may_see(
    indexed: Application, cleo: Membership, ben: Membership
) -> None:
    outsider = factories.MembershipFactory(company=ben.company, role="hiring_manager")
    for query in ("mueller", "kubernetes", "probezeit", "backend"):
        for kind in Kind:
            assert names(cleo, query, kind) == []
            assert names(outsider, query, kind) == []
    assert names(ben, "kubernetes", Kind.DOCUMENT) == ["Lebenslauf.txt"]


def test_a_new_address_and_a_changed_position_are_found_at_once(
    indexed: Application, ada: Membership
) -> None:
    addresses.learn(indexed.candidate, "other@sonne.example")
    assert names(ada, "sonne", Kind.PERSON) == ["Mia Müller"]
    positions.update(indexed.position, by=ada, name="Zookeeper")
    assert names(ada, "zoo", Kind.POSITION) == ["Zookeeper"]
    assert names(ada, "backend", Kind.POSITION) == []


def test_what_is_new_is_indexed_by_the_tick_and_only_once(
    indexed: Application, ada: Membership
) -> None:
    with_text(indexed, "Zeugnis.txt", "Feuerwehr")
    assert index.due() == 1
    assert index.due() == 0
    assert names(ada, "feuerwehr", Kind.DOCUMENT) == ["Zeugnis.txt"]


def test_a_file_that_cannot_be_read_is_found_by_its_name(
    indexed: Application, ada: Membership
) -> None:
    with_text(indexed, "Scan.pdf", "%PDF-broken")
    index.due()
    assert names(ada, "scan", Kind.DOCUMENT) == ["Scan.pdf"]
    assert SearchEntry.objects.get(name="Scan.pdf").problem


def test_what_is_erased_is_found_no_more(indexed: Application, ada: Membership) -> None:
    SearchEntry.objects.filter(kind=Kind.PERSON).delete()
    assert names(ada, "mueller", Kind.PERSON) == []
    assert not any(list(found) for _kind, _how, found in finding.find_similar(ada, "Mulner"))


def test_page_explains_the_match(admin: Client, indexed: Application) -> None:
    page = admin.get("/search/?q=koeln").text
    assert "<mark>Köln</mark>" in page
    assert "Lebenslauf.txt" in page
    near = admin.get("/search/?q=Mulner").text
    assert "These come near." in near
    assert "Nothing found" in admin.get("/search/?q=qqqq").text
    assert "Lebenslauf.txt" in admin.get("/search/?q=koeln&kind=document").text


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_the_database_the_same_for_one_and_for_three(
    admin: Client, application: Application, count: int, django_assert_max_num_queries: object
) -> None:
    for number in range(count):
        each = factories.ApplicationFactory(
            position=application.position, candidate__last_name="Berlin"
        )
        with_text(each, f"Berlin {number}.txt", "Berlin")
        factories.MessageFactory(application=each, text="Berlin")
        each.tags.add(factories.TagFactory(company=application.position.company))
    index.refresh()
    stage, day = application.stage.name, "2020-01-01"
    narrowed = f"&stage={stage}&first={day}"
    for asked in ("q=berlin", f"q=berlin{narrowed}", narrowed, "q=berlim", f"q=berlim{narrowed}"):
        with django_assert_max_num_queries(14):  # type: ignore[operator]  # pytest-django's fixture
            admin.get(f"/search/?{asked}")


def test_a_refresh_whose_time_is_up_goes_on_where_it_ended(
    indexed: Application, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "BATCH", 1)
    second = factories.CandidateFactory(company=ada.company, first_name="Zoe", last_name="Alt")
    index.refresh()
    Candidate.objects.update(location="Kassel")
    assert not index.refresh(seconds=-1)
    assert names(ada, "kassel", Kind.PERSON) == []
    for _ in range(5):
        index.refresh(seconds=0.001)
    assert index.refresh()
    assert len(names(ada, "kassel", Kind.PERSON)) == 2, second


def test_search_is_narrowed_by_what_one_application_has_and_says_which(
    indexed: Application, ada: Membership
) -> None:
    company = indexed.position.company
    indexed.tags.add(company.tags.create(name="remote"))
    level = company.attributes.create(name="German level", type="options", api_name="custom_1")
    option = level.options.create(name="C1", api_name="custom_option_1")
    indexed.attribute_values.create(attribute=level, option=option)
    other = factories.ApplicationFactory(
        position=indexed.position, candidate__company=company, candidate__last_name="Müller"
    )
    index.refresh()
    client = Client()
    client.force_login(ada.user)
    tag = company.tags.get().pk
    day = timezone.localdate().isoformat()
    fits = f"&tag={tag}&attribute={level.pk}&value=c1&stage={indexed.stage.name}&first={day}"
    page = client.get(f"/search/?q=müller{fits}")
    assert [hit.entry.candidate for hit in page.context["groups"][0][1]] == [indexed.candidate]
    assert f"/applications/{indexed.pk}/" in page.text
    assert other.candidate not in [hit.entry.candidate for hit in page.context["groups"][0][1]]
    alone = client.get(f"/search/?tag={tag}")  # without any word
    assert [hit.application for hit in alone.context["groups"][0][1]] == [indexed]
    document = client.get(f"/search/?q=kubernetes{fits}")
    assert "Lebenslauf.txt" in document.text
    nobody = client.get(f"/search/?q=müller{fits}&last=2020-01-01")
    assert "Nothing found" in nobody.text
    for nonsense in ("tag=x&source=99&first=never", "first=0001-01-01&last=9999-12-31"):
        found = client.get(f"/search/?q=müller&{nonsense}")
        assert len(found.context["groups"][0][1]) == 2


def test_what_is_spelt_nearly_so_is_marked(indexed: Application, ada: Membership) -> None:
    client = Client()
    client.force_login(ada.user)
    assert "<mark>Müller</mark>" in client.get("/search/?q=Mulner").text
