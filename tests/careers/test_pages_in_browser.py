"""The career pages in Chromium, as a visitor who allows no script uses them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from recruiting.models import Application, Position

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 375, "height": 780}


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]  # a TypedDict
    yield context.new_page()
    context.close()


def test_somebody_finds_a_position_and_applies_without_javascript(
    live_server: LiveServer,
    visitor: Page,
    position: Position,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "Mia.pdf").write_bytes(b"%PDF-1.4 a CV")
    (tmp_path / "Bachelor.pdf").write_bytes(b"%PDF-1.4 a degree")
    visitor.goto(f"{live_server.url}/careers/acme/?pid=gh-17")
    visitor.get_by_label("Search").fill("backend")
    visitor.get_by_role("button", name="Show").click()
    visitor.get_by_role("link", name="Backend developer").click()
    visitor.get_by_label("First name").fill("Mia")
    visitor.get_by_label("Last name").fill("Muster")
    visitor.get_by_label("E-mail address").fill("mia@mail.example")
    visitor.get_by_label("CV").set_input_files(tmp_path / "Mia.pdf")
    visitor.get_by_label("Certificates").set_input_files([tmp_path / "Bachelor.pdf"])
    visitor.get_by_role("button", name="Send application").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Thank you for your application")
    application = Application.objects.get()
    assert application.external_posting_id == "gh-17"
    assert list(application.documents.values_list("category", flat=True)) == ["cv", "certificate"]


@pytest.mark.parametrize("width", [375, 768, 1440])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_pages_are_accessible_fit_and_obey_their_policy(
    live_server: LiveServer, page: Page, position: Position, width: int, colours: str
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]  # one of the known words
    page.set_viewport_size({"width": width, "height": 900})
    site = f"{live_server.url}/careers/acme/"
    for path in ("", f"job/{position.number}", f"job/{position.number}/thanks", "../../v1/"):
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert Axe().run(page).violations_count == 0, path
    assert complaints == []


def test_documents_are_dropped_and_travel_with_progress_once_the_limit_allows(
    live_server: LiveServer, page: Page, position: Position, settings: Settings
) -> None:
    settings.FORM_SENDINGS_PER_MINUTE = -1
    page.goto(f"{live_server.url}/careers/acme/job/{position.number}")
    dropped = page.evaluate_handle(
        """() => {
            const travelling = new DataTransfer();
            for (const name of ["Bachelor.pdf", "Master.pdf"])
              travelling.items.add(new File(["%PDF-1.4 " + "x".repeat(3e6) + name], name));
            return travelling;
        }"""
    )
    place = page.locator(".field", has=page.get_by_label("Certificates"))
    place.dispatch_event("dragover", {"dataTransfer": dropped})
    expect(place).to_have_class(re.compile("field--drop"))
    place.dispatch_event("drop", {"dataTransfer": dropped})
    expect(place).not_to_have_class(re.compile("field--drop"))
    page.get_by_label("First name").fill("Mia")
    page.get_by_label("Last name").fill("Muster")
    page.get_by_label("E-mail address").fill("mia@mail.example")
    page.get_by_role("button", name="Send application").click()
    expect(page.get_by_role("status")).to_contain_text("once more in")
    assert not Application.objects.exists()
    page.evaluate(
        """() => new MutationObserver(() => {
            const note = document.querySelector("[data-apply-note]");
            sessionStorage.told = (sessionStorage.told ?? "") + note.textContent;
        }).observe(document.querySelector("[data-apply-note]"), { childList: true })"""
    )
    settings.FORM_SENDINGS_PER_MINUTE = 10
    page.get_by_role("button", name="Send application").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert "Sending, 100 %" in page.evaluate("sessionStorage.told")
    names = Application.objects.get().documents.values_list("name", "category")
    assert sorted(names) == [("Bachelor.pdf", "certificate"), ("Master.pdf", "certificate")]


def test_with_javascript_a_mistake_costs_no_file_and_the_puzzle_is_solved_unseen(
    live_server: LiveServer, page: Page, position: Position, tmp_path: Path
) -> None:
    position.company.captcha = "altcha"
    position.company.save()
    page.goto(f"{live_server.url}/careers/acme/job/{position.number}")
    page.get_by_label("First name").fill("Mia")
    page.get_by_label("Last name").fill("Muster")
    page.get_by_label("E-mail address").fill("mia@nowhere")
    (tmp_path / "cv.pdf").write_bytes(b"%PDF-1.4 a CV")
    page.get_by_label("CV").set_input_files(tmp_path / "cv.pdf")
    page.get_by_role("button", name="Send application").click()
    expect(page.get_by_label("cv.pdf (received")).to_be_checked()
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.get_by_label("E-mail address").fill("mia@mail.example")
    page.get_by_role("button", name="Send application").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Application.objects.get().documents.get().name == "cv.pdf"
