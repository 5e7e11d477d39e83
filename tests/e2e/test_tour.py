"""The README's five-minute tour: ``manage.py up`` in an empty directory, played in Chromium."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from ats.demo.tenants import PASSWORD
from tests.e2e.actions import CV
from tests.e2e.installation import ROOT
from tests.e2e.visitor import PATIENCE, Visitor
from tests.servers import places

pytestmark = pytest.mark.browser

OURS = {"DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "STORAGE_DIR", "UPLOAD_DIR", "DEBUG"}
FILE = FilePayload(name="cv.pdf", mimeType="application/pdf", buffer=CV)


@pytest.fixture
def demo(home: Path) -> Iterator[str]:
    """The address of everything that ``make run`` starts, on a first start."""
    (port,) = places.free_ports(1)
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment |= {
        "VAR_DIR": str(home),
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "ats.settings",
        "DEBUG": "1",
    }
    log = home / "up.log"
    with log.open("wb") as output:
        command = [*places.become("root"), sys.executable, "manage.py", "up"]
        running = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        places.wait_until(lambda: "runs at" in log.read_text(), "it is up", patience=240)
        yield f"http://localhost:{port}"
    finally:
        places.end(running, signal.SIGTERM)
        sys.stdout.write(log.read_text())


def test_tour_through_the_sandbox(demo: str, page: Page) -> None:
    visitor = Visitor(page, demo, name="tour")
    visitor.open("/")
    visitor.log_in("recruiter@acme.example", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("To do")
    visitor.look("to-do", phone=True)

    outside = Visitor(page.context.new_page(), demo, name="tour-outside")
    apply_by_mail(outside)
    sort(visitor)
    answer(visitor)
    reply(outside)
    visitor.sees(page.locator("#conversation").get_by_text("On Monday at ten."))
    visitor.look("heard-back", phone=True)
    page.get_by_role("link", name="Backend developer").click()
    expect(page.locator("[data-card]").filter(has_text="Sam Taylor")).to_be_visible()
    visitor.look("board", phone=True)
    assert visitor.trouble + outside.trouble == []


def apply_by_mail(outside: Visitor) -> None:
    """Write to the company's own address, whose server redirects to the recruiting address."""
    page = outside.page
    outside.open("/sandbox/")
    outside.look("sandbox", phone=True)
    page.get_by_role("link", name="Write").click()
    page.get_by_label("From").fill("sam@mail.example")
    page.get_by_label("To", exact=True).fill("jobs@acme.example")
    page.get_by_label("Subject").fill("My application")
    page.get_by_label("Text").fill("Hello, I would like to work with you.")
    page.get_by_label("Attach a file").set_input_files(FILE)
    outside.look("write")
    page.get_by_role("button", name="Send").click()
    outside.look("what-happens-next")


def sort(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name=re.compile("^Messages")).click()
    page.get_by_role("link", name="Sam").click(timeout=PATIENCE)
    page.get_by_label("Position", exact=True).select_option(label="Backend developer")
    page.get_by_label("First name").fill("Sam")
    page.get_by_label("Last name").fill("Taylor")
    page.get_by_role("main").get_by_role("button", name="Create application").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sam Taylor")


def answer(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Write", exact=True).click()
    composer = page.get_by_role("form", name="Write a message")
    composer.get_by_label("Message").fill("Dear Sam,\n\nwhen may we call you?")
    composer.get_by_role("button", name="Send").click()
    visitor.sees(page.locator("#conversation").get_by_text("Sent", exact=True))


def reply(outside: Visitor) -> None:
    page = outside.page
    page.locator("#boxes").get_by_role("link", name=re.compile("sam", re.IGNORECASE)).click()
    page.locator("#mails li a").first.click()
    outside.look("answer", phone=True)
    page.get_by_role("link", name="Reply").click()
    page.get_by_label("Text").fill("On Monday at ten.")
    page.get_by_role("button", name="Send").click()
