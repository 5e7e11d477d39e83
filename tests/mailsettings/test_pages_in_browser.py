"""The settings page in Chromium with everything broken that it can show, at a desk and on a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from companies.models import Company, Membership
from mailsettings.models import ProbeRun, SenderDomain
from mailsettings.proofs import dnsadvice, probe
from tests import factories, looks
from tests.mailservers import SmtpServer, smtp_server  # noqa: F401 -- a fixture
from tests.mailsettings.proofs.test_dnsadvice import World
from tests.recruiting.desk.test_keys_in_browser import desk  # noqa: F401 -- a fixture

TOUCH = """
const parts = [...document.querySelectorAll("#servers [id]")];
for (const {style} of parts) { style.width = "9px"; style.width = ""; }
parts.length
"""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def trouble(
    company: Company,
    ada: Membership,
    smtp_server: SmtpServer,  # noqa: F811
    settings: Settings,
) -> None:
    """A paused account whose last test failed, and a verified domain whose last proof did."""
    settings.DKIM_SELECTORS = ["ph1"]
    now = timezone.now()
    mailbox = factories.MailboxFactory(
        company=company,
        address="jobs@acme.example",
        smtp_port=smtp_server.port,
        smtp_encryption="ssl",
        paused_at=now,
        pause_reason="The server refused account and password. 535 5.7.139 disabled for the tenant",
    )
    probe.perform(probe.start(mailbox, ProbeRun.Kind.SMTP, by=ada).pk)
    factories.PositionFactory(company=company)
    findings = dnsadvice.check(dnsadvice.Subject("acme.example", "smtp.office365.com"), World())
    domain = SenderDomain.objects.create(
        company=company,
        name="acme.example",
        findings=findings,
        checked_at=now,
        next_check_at=now + timedelta(days=1),
        verified_at=now,
        failing_since=now,
    )
    results = {"spf": "pass", "dkim": "fail", "dmarc": "fail"}
    domain.proofs.create(sender=mailbox.address, state="failed", code="dkim", results=results)


@pytest.mark.usefixtures("trouble")
def test_everything_broken_is_shown_accessibly_and_without_scrolling_sideways(
    desk: Callable[[Membership], Page],  # noqa: F811 -- the fixture
    ada: Membership,
) -> None:
    page = desk(ada)
    places = ("mailsettings:email-settings", "recruiting:messages-unreplied")
    for place, width in ((places[0], 1440), (places[0], 375), (places[1], 375)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(reverse(place))
        assert page.get_by_text("cannot send since").is_visible()
        assert list(looks.complaints_of(page, looks.RULES)) == [], f"{place} at {width}"
    page.goto(reverse(places[0]))
    for words in (
        "SSL is chosen, but at this port the server begins without",
        "selector1._domainkey.acme.example",
        "The signature was not accepted.",
    ):
        assert page.get_by_text(words).first.is_visible(), words


@pytest.mark.usefixtures("trouble")
def test_a_begun_test_has_the_focus(
    desk: Callable[[Membership], Page],  # noqa: F811 -- the fixture
    ada: Membership,
) -> None:
    page = desk(ada)
    page.goto(reverse("mailsettings:email-settings"))
    page.get_by_role("button", name="Test again").first.click()
    page.locator("#tests:focus").wait_for()


def test_what_is_swapped_in_inherits_no_style_from_what_it_replaces(
    desk: Callable[[Membership], Page],  # noqa: F811 -- the fixture
    ada: Membership,
) -> None:
    """Browsers leave style attributes on what people resize; writing one breaks the content policy."""
    page = desk(ada)
    heard: list[str] = []
    page.on("console", lambda one: heard.append(one.text) if one.type == "error" else None)
    page.goto(reverse("mailsettings:personal"))
    assert page.evaluate(TOUCH)
    page.locator("#id_address").fill("ada@gmail.com")
    page.locator("#id_address").blur()
    expect(page.locator("#servers [name=smtp_host]")).to_have_value("smtp.gmail.com")
    assert heard == []
