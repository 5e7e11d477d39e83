"""The feed, read with another program's XML parser, as job boards read it."""

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from django.db.models import Model
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from careers.site import feed
from companies.models import Company, Membership
from recruiting.hiring.positions import positions as hiring
from recruiting.models import Position, PositionSection
from tests import factories

URL = "/careers/acme/xml"
ORDER = [
    "id", "subcompany", "office", "additionalOffices", "department", "recruitingCategory", "name",
    "jobDescriptions", "employmentType", "seniority", "schedule", "yearsOfExperience", "keywords",
    "occupation", "occupationCategory", "createdAt", "salaryInformation",
]  # fmt: skip
ALWAYS = {
    "id", "office", "department", "recruitingCategory", "name", "jobDescriptions", "employmentType",
    "seniority", "schedule", "occupation", "occupationCategory", "createdAt",
}  # fmt: skip


def read(client: Client, url: str = URL, **headers: str) -> tuple[Any, bytes]:
    response = client.get(url, headers=headers)
    return response, response.getvalue()  # a streamed answer's as well


def positions(client: Client, url: str = URL) -> list[ET.Element]:
    root = ET.fromstring(read(client, url)[1])
    assert root.tag == "workzag-jobs"
    return list(root)


@pytest.fixture
def rich(company: Company) -> Position:
    """A position with every optional element, in English and German."""
    subcompany = factories.SubcompanyFactory(company=company, name="Acme Wien GmbH")
    position: Position = factories.PositionFactory(
        company=company,
        subcompany=subcompany,
        name="internal: Müller's successor",
        office="Wien",
        additional_offices=["Graz", "Wien", ""],
        recruiting_category="Technology",
        years_of_experience="gt-15",
        keywords="python , join",
        occupation="software_and_web_development",
        occupation_category="it_software",
        salary_min=62000,
        salary_max=78000.5,
        created_at=datetime(2026, 3, 1, 11, 0, 15, 999, tzinfo=UTC),
        text=None,
    )
    for language, title in [("en", "Developer <all> & more"), ("de", "Entwickler:in")]:
        text = factories.PositionTextFactory(
            position=position, language=language, title=title, section=None
        )
        for order, heading in enumerate(["Tasks", "Profile"]):
            body = f"<p>{language} {heading}</p>"
            factories.PositionSectionFactory(text=text, order=order, heading=heading, body=body)
    return position


def test_every_element_stands_in_the_documented_order(client: Client, rich: Position) -> None:
    [position] = positions(client)
    assert [child.tag for child in position] == ORDER
    flat = {child.tag: child.text for child in position if not len(child)}
    assert flat == {
        "id": str(rich.number),
        "subcompany": "Acme Wien GmbH",
        "office": "Wien",
        "department": "Engineering",
        "recruitingCategory": "Technology",
        "name": "Developer <all> & more",
        "employmentType": "permanent",
        "seniority": "experienced",
        "schedule": "full-time",
        "yearsOfExperience": "gt-15",
        "keywords": "python , join",
        "occupation": "software_and_web_development",
        "occupationCategory": "it_software",
        "createdAt": "2026-03-01T11:00:15+00:00",
    }
    assert [office.text for office in position.find("additionalOffices")] == ["Graz"]
    assert {child.tag: child.text for child in position.find("salaryInformation")} == {
        "min": "62000.00",
        "max": "78000.50",
        "currencySymbol": "€",
        "currencyCode": "EUR",
        "type": "yearly",
    }
    assert [(item[0].text, item[1].text) for item in position.find("jobDescriptions")] == [
        ("Tasks", "<p>en Tasks</p>"),
        ("Profile", "<p>en Profile</p>"),
    ]


def test_nothing_is_empty_and_nothing_expected_is_missing(client: Client, company: Company) -> None:
    factories.PositionFactory(company=company, office="", department=" ", keywords=" ")
    [position] = positions(client)
    assert {child.tag for child in position} == ALWAYS
    assert [child.tag for child in position.iter() if not len(child) and not child.text] == []
    assert position.find("office").text == "Acme GmbH"
    assert position.find("department").text == "General"
    assert position.find("occupation").text == "other"


def test_markup_is_plain_tags_only(client: Client, rich: Position) -> None:
    body = read(client)[1].decode()
    outside = re.sub(r"<!\[CDATA\[.*?\]\]>", "", body, flags=re.DOTALL)
    tags = re.findall(r"<[^>]*>", outside.removeprefix('<?xml version="1.0" encoding="UTF-8"?>'))
    assert [tag for tag in tags if not re.fullmatch(r"</?[a-zA-Z-]+>", tag)] == []


def test_no_text_can_break_the_document(client: Client, company: Company) -> None:
    position = factories.PositionFactory(
        company=company, name="C\x0b\ufffe < & ]]> 👋", department="\x01", text__section=None
    )
    text = position.texts.get()
    for body in ("<p>a]]>b\x08c</p>", "42", "  "):
        factories.PositionSectionFactory(text=text, heading="]]>", body=body)
    [found] = positions(client)
    assert found.find("name").text == "C < & ]]> 👋"
    assert found.find("department").text == "General"
    values = [value.text for value in found.iter("value")]
    assert values == ["<p>a]]>bc</p>", "<p>42</p>"]


@pytest.mark.parametrize(
    ("query", "name", "first"),
    [
        ("", "Developer <all> & more", "<p>en Tasks</p>"),
        ("?language=de", "Entwickler:in", "<p>de Tasks</p>"),
        ("?language=de-AT", "Entwickler:in", "<p>de Tasks</p>"),
        ("?language=fr", "Developer <all> & more", None),
        ("?language=../..", "Developer <all> & more", "<p>en Tasks</p>"),
    ],
)
def test_language_is_the_asked_one_and_a_missing_text_leaves_the_position(
    client: Client, rich: Position, query: str, name: str, first: str | None
) -> None:
    [position] = positions(client, URL + query)
    assert position.find("name").text == name
    assert position.findtext("jobDescriptions/jobDescription/value") == first
    assert position.find("jobDescriptions") is not None


def test_only_the_companys_published_positions_are_in_it(
    client: Client, rich: Position, cleo: Membership
) -> None:
    for state in (Position.State.DRAFT, Position.State.PAUSED, Position.State.ARCHIVED):
        factories.PositionFactory(company=rich.company, state=state)
    factories.PositionFactory(company=cleo.company)
    assert [position.findtext("id") for position in positions(client)] == [str(rich.number)]
    assert int(positions(client)[0].findtext("id") or 0) >= 100_000


def test_feed_without_positions_is_the_bare_root(client: Client, company: Company) -> None:
    assert b"<workzag-jobs>\n</workzag-jobs>" in read(client)[1]


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_does_not_grow(
    client: Client,
    company: Company,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    factories.PositionFactory.create_batch(count, company=company, office="")
    cache.clear()
    with django_assert_num_queries(8):  # company, positions, texts, sections; fingerprints of these
        assert len(positions(client)) == count
    tag = client.head(URL)["ETag"]
    with django_assert_num_queries(10):
        assert client.get(URL, headers={"If-None-Match": tag}).status_code == 304
        assert client.head(URL)["ETag"] == tag


def test_bytes_stay_the_same_and_are_known_by_tag_and_date(client: Client, rich: Position) -> None:
    first, body = read(client)
    cache.clear()
    second, again = read(client)
    assert (body, first["ETag"]) == (again, second["ETag"])
    assert first["Content-Type"] == "text/xml; charset=utf-8"
    assert first["Content-Length"] == str(len(body))
    assert first["Access-Control-Allow-Origin"] == "*"
    for condition in (
        {"If-None-Match": first["ETag"]},
        {"If-None-Match": f"W/{first['ETag']}"},
        {"If-Modified-Since": second["Last-Modified"]},
    ):
        response, nothing = read(client, **condition)
        assert (response.status_code, nothing) == (304, b"")
        assert response["ETag"] == first["ETag"]


def test_any_change_of_what_it_says_is_told_at_once(client: Client, rich: Position) -> None:
    company, text = rich.company, rich.texts.get(language="en")
    section, subcompany = text.sections.get(order=0), rich.subcompany
    assert subcompany

    def save(row: Model, **changes: object) -> None:
        for name, value in changes.items():
            setattr(row, name, value)
        row.save()

    changes: list[Callable[[], object]] = [
        lambda: save(rich, office="Linz"),
        lambda: Position.objects.update(keywords="join"),
        lambda: hiring.update(rich, by=None, department="Sales"),
        lambda: save(text, title="Another title"),
        lambda: save(section, body="<p>Another text</p>"),
        lambda: hiring.write_text(rich, "en", "Written anew", [("Tasks", "<p>x</p>")], by=None),
        lambda: save(subcompany, name="Acme Linz GmbH"),
        lambda: factories.PositionFactory(company=company),
        lambda: hiring.archive(rich, by=None),
        lambda: save(company, name="Acme Europe", default_language="de"),
    ]
    tags = [client.head(URL)["ETag"]]
    for change in changes:
        change()
        response, _ = read(client, **{"If-None-Match": tags[-1]})
        assert response.status_code == 200
        tags.append(response["ETag"])
    assert len(set(tags)) == len(tags)


def test_a_change_makes_it_another_feed(client: Client, rich: Position) -> None:
    before, _ = read(client)
    PositionSection.objects.update(body="<p>changed</p>")
    after, body = read(
        client,
        **{"If-None-Match": before["ETag"], "If-Modified-Since": before["Last-Modified"]},
    )
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]
    assert b"changed" in body
    response, _ = read(client, **{"If-Modified-Since": before["Last-Modified"]})
    assert response.status_code == 200


def test_head_tells_what_get_would_and_sends_no_body(client: Client, rich: Position) -> None:
    got, _ = read(client)
    head = client.head(URL)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified"):
        assert head[name] == got[name]


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip, br", True), ("gzip;q=0.5", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
def test_gzip_is_sent_to_those_who_take_it(
    client: Client, rich: Position, accepted: str, packed: bool
) -> None:
    _, plain = read(client)
    response, body = read(client, **{"Accept-Encoding": accepted})
    assert (response.get("Content-Encoding") == "gzip") is packed
    assert (gzip.decompress(body) if packed else body) == plain
    assert "Accept-Encoding" in response["Vary"]
    assert read(client, **{"Accept-Encoding": accepted})[1] == body


def test_a_long_feed_waits_on_disk(
    client: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "IN_MEMORY", 10)
    monkeypatch.setattr(feed, "CHUNK", 2)
    numbers = [
        position.number for position in factories.PositionFactory.create_batch(5, company=company)
    ]
    assert [int(position.findtext("id") or 0) for position in positions(client)] == numbers


@pytest.mark.parametrize("account", ["acme", "nobody"])
def test_no_feed_is_plainly_not_found(client: Client, company: Company, account: str) -> None:
    Company.objects.update(feed_enabled=False)
    response = client.get(f"/careers/{account}/xml")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/plain")
    assert response["Access-Control-Allow-Origin"] == "*"


def test_every_spelling_is_answered_without_redirect(
    client: Client, rich: Position, settings: Settings
) -> None:
    settings.CAREERS_DOMAIN = "jobs.example.test"
    for url, host in [
        ("/careers/acme/xml/", "testserver"),
        ("/careers/Acme/xml", "testserver"),
        ("/xml", "acme.jobs.example.test"),
        ("/xml/", "ACME.jobs.example.test:8000"),
    ]:
        response = client.get(url, headers={"Host": host})
        assert response.status_code == 200, url
        assert str(rich.number).encode() in response.getvalue()


def test_own_host_has_the_site_and_nothing_else(
    client: Client, rich: Position, settings: Settings
) -> None:
    settings.CAREERS_DOMAIN = "jobs.example.test"
    own = {"Host": "acme.jobs.example.test"}
    assert client.get("/", headers=own).status_code == 200
    for path in ("/login", "/positions/", "/admin/", "/careers/acme/xml", "/recruiting/applicant"):
        assert client.get(path, headers=own).status_code == 404, path
    for host in ("nobody.jobs.example.test", "a.acme.jobs.example.test"):
        assert client.get("/xml", headers={"Host": host}).status_code == 404
    assert client.get("/", headers={"Host": "jobs.example.test"}).status_code == 302  # the desk


def test_robots_may_read_sites_and_nothing_of_the_desk(
    client: Client, rich: Position, settings: Settings
) -> None:
    settings.CAREERS_DOMAIN = "jobs.example.test"
    own = client.get("/robots.txt", headers={"Host": "acme.jobs.example.test"}).content.decode()
    assert "Allow: /\n" in own
    assert "Sitemap: http://acme.jobs.example.test:8000/sitemap.xml\n" in own
    nobody = client.get("/robots.txt", headers={"Host": "nobody.jobs.example.test"})
    assert nobody.content == b"User-agent: *\nDisallow: /\n"
    assert client.get("/robots.txt").content == b"User-agent: *\nAllow: /careers/\nDisallow: /\n"


def test_sitemap_lists_the_openings(client: Client, rich: Position, cleo: Membership) -> None:
    factories.PositionFactory(company=cleo.company)
    _, body = read(client, "/careers/acme/sitemap.xml")
    locations = [entry[0].text for entry in ET.fromstring(body)]
    site = "http://localhost:8000/careers/acme/"
    assert locations == [site, f"{site}job/{rich.number}"]
