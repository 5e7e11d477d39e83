"""Opening a position and changing what it is, says and asks, and who hires for it."""

import pytest
from django.test import Client

from companies.models import AuditEntry, Company, Membership, Subcompany
from recruiting.hiring.positions import prose
from recruiting.models import Application, Position
from tests import factories


def details(position: Position, **changes: object) -> dict[str, object]:
    return {
        "name": position.name,
        "subcompany": position.subcompany_id or "",
        "pipeline": position.pipeline_id,
        "openings": 1,
        "office": "Berlin",
        "employment_type": "permanent",
        "schedule": "full-time",
        "seniority": "experienced",
        "occupation_category": "other",
        "salary_currency": "eur",
        "salary_period": "yearly",
    } | changes


def test_position_is_opened_as_a_draft_of_the_recruiters_subcompany(
    recruiter: Client, position: Position, subcompany: Subcompany
) -> None:
    answer = recruiter.post("/positions/new/", details(position, name="Baker"))
    made = Position.objects.get(name="Baker")
    assert (made.state, made.subcompany, made.salary_currency) == ("draft", subcompany, "EUR")
    assert answer["Location"] == f"/positions/{made.pk}/description/"


def test_recruiter_of_one_subcompany_cannot_open_one_for_the_main_company(
    recruiter: Client, position: Position
) -> None:
    answer = recruiter.post("/positions/new/", details(position, name="Baker", subcompany=""))
    assert answer.status_code == 422
    assert not Position.objects.filter(name="Baker").exists()


def test_details_are_changed_and_the_audit_names_what_changed(
    recruiter: Client, position: Position
) -> None:
    url = f"/positions/{position.pk}/edit/"
    assert recruiter.get(url).status_code == 200
    recruiter.post(url, details(position, office="Hamburg", additional_offices="Kiel\n\nBremen"))
    position.refresh_from_db()
    assert (position.office, position.additional_offices) == ("Hamburg", ["Kiel", "Bremen"])
    entry = AuditEntry.objects.get(verb="position.changed")
    assert "office" in entry.detail.data["fields"]


def test_pipeline_stays_while_applications_stand_in_it(
    recruiter: Client, application: Application
) -> None:
    position = application.position
    other = factories.PipelineFactory(company=position.company)
    recruiter.post(f"/positions/{position.pk}/edit/", details(position, pipeline=other.pk))
    assert Position.objects.get(pk=position.pk).pipeline_id == position.pipeline_id


def test_a_salary_that_ends_below_its_beginning_is_refused(
    recruiter: Client, position: Position
) -> None:
    wrong = details(position, salary_min=5, salary_max=4)
    page = recruiter.post(f"/positions/{position.pk}/edit/", wrong)
    assert page.status_code == 422
    assert "Less than where it begins." in page.text


def test_description_is_written_per_language_and_taken_off(
    recruiter: Client, position: Position
) -> None:
    url = f"/positions/{position.pk}/description/?language=de"
    typed = "Du baust <b>.\n\n- Backen\n- Kochen"
    recruiter.post(
        url,
        {"text-title": "Entwickler", "section-0-heading": "Aufgaben", "section-0-body": typed},
    )
    text = position.texts.get(language="de")
    body = text.sections.get().body
    assert body == "<p>Du baust &lt;b&gt;.</p>\n<ul><li>Backen</li><li>Kochen</li></ul>"
    assert "- Backen\n- Kochen" in recruiter.get(url).text
    recruiter.post(url, {"text-title": ""})
    assert not position.texts.filter(language="de").exists()
    assert position.texts.filter(language="en").exists()


def test_sections_beyond_what_the_page_offers_are_not_lost(
    recruiter: Client, position: Position
) -> None:
    text = position.texts.get()
    factories.PositionSectionFactory.create_batch(9, text=text)
    url = f"/positions/{position.pk}/description/?language={text.language}"
    assert 'name="section-9-body"' in recruiter.get(url).text
    typed = {f"section-{n}-heading": f"Part {n}" for n in range(10)}
    recruiter.post(url, {"text-title": "x"} | typed)
    assert position.texts.get().sections.count() == 10


@pytest.mark.parametrize(
    "stored",
    [
        "<p>One<br>two</p>\n<p>Three</p>",
        "<ul><li>One</li><li>Two</li></ul>",
        "<p>1 &lt; 2 &amp; 3</p>",
    ],
)
def test_plain_prose_comes_back_as_it_was_typed(stored: str) -> None:
    typed = prose.to_text(stored)
    assert "<p>" not in typed
    assert prose.to_html(typed) == stored


def test_prose_with_formatting_is_edited_as_what_it_is() -> None:
    stored = "<p>One <b>bold</b> word</p>"
    assert prose.to_text(stored) == stored
    assert "script" not in prose.to_html("<p>x</p><script>alert(1)</script>")


def test_section_without_heading_is_asked_for_one(recruiter: Client, position: Position) -> None:
    url = f"/positions/{position.pk}/description/?language=en"
    page = recruiter.post(url, {"text-title": "x", "section-0-body": "text"})
    assert page.status_code == 422
    assert "Give this section a heading." in page.text


def test_form_asks_for_what_the_position_says(
    recruiter: Client, client: Client, position: Position
) -> None:
    url = f"/positions/{position.pk}/form/"
    assert recruiter.get(url).status_code == 200
    names = ["location", "available_from", "message", "cover_letter", "certificates", "documents"]
    wanted = dict.fromkeys(names, "optional")
    recruiter.post(
        url, wanted | {"phone": "required", "cv": "required", "salary_expectations": "off"}
    )
    page = client.get(f"/careers/acme/job/{position.number}").text
    position.refresh_from_db()
    assert position.asks("cv") == "required"
    assert 'name="cv"' in page
    assert 'name="salary_expectations"' not in page


def test_team_decides_what_a_hiring_manager_sees(
    recruiter: Client, position: Position, company: Company
) -> None:
    colleague = factories.MembershipFactory(company=company, role="hiring_manager")
    elsewhere = factories.MembershipFactory(
        company=company, subcompany=factories.SubcompanyFactory(company=company)
    )
    url = f"/positions/{position.pk}/team/"
    assert str(elsewhere.user) not in recruiter.get(url).text
    recruiter.post(url, {"members": [colleague.pk]})
    assert position in Position.objects.visible_to(colleague)
    recruiter.post(url, {})
    assert position not in Position.objects.visible_to(colleague)
    assert recruiter.post(url, {"members": "9" * 30}).status_code == 422


def test_duplicate_takes_texts_form_and_team_but_no_applications(
    recruiter: Client, application: Application
) -> None:
    position = application.position
    position.form_fields = {"cv": "required"}
    position.save()
    factories.TeamMemberFactory(position=position)
    recruiter.post(f"/positions/{position.pk}/duplicate/")
    copy = Position.objects.get(name="Backend developer (copy)")
    assert (copy.state, copy.asks("cv"), copy.subcompany) == (
        "draft",
        "required",
        position.subcompany,
    )
    assert copy.number != position.number
    assert copy.texts.get().sections.get().heading == "Your tasks"
    assert copy.team.count() == 1
    assert not copy.applications.exists()


def test_hiring_manager_edits_nothing(manager: Client, position: Position) -> None:
    for tab in ("edit", "description", "form", "team"):
        assert manager.get(f"/positions/{position.pk}/{tab}/").status_code == 403
    assert "Description" not in manager.get(f"/positions/{position.pk}/").text


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("tab", ["edit", "description", "form", "team"])
def test_tabs_ask_the_database_the_same_for_one_and_for_three(
    admin: Client,
    ada: Membership,
    position: Position,
    tab: str,
    count: int,
    django_assert_max_num_queries: object,
) -> None:
    for _ in range(count):
        factories.TeamMemberFactory(position=position)
        factories.ApplicationFactory(position=position)
        factories.PipelineFactory(company=ada.company)
    with django_assert_max_num_queries(15):  # type: ignore[operator]  # pytest-django's fixture
        admin.get(f"/positions/{position.pk}/{tab}/")
