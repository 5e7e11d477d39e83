"""The whole path in Chromium, against Postfix and Dovecot; and the forms without scripts."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from companies.models import Company, Membership, Subcompany
from recruiting.models import Application, Message, Position
from tests import factories
from tests.e2e import outside as world
from tests.e2e.actions import CV, apply
from tests.e2e.installation import Installation
from tests.e2e.outside import Outside
from tests.e2e.visitor import PATIENCE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def served(posthorn: Installation) -> Installation:
    """An installation with the static files a production server hands out."""
    posthorn.manage("collectstatic", "--noinput", "--verbosity", "0")
    return posthorn


@pytest.fixture
def recruiter(ada: Membership, settings: Settings) -> Membership:
    """Ada, with a password as the product stores it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    ada.user.set_password(factories.PASSWORD)
    ada.user.save()
    return ada


@pytest.fixture
def visitor(served: Installation, page: Page, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody who meets nothing wrong on the way."""
    name = re.sub(r"[\W_]+", "-", request.node.name.removeprefix("test_")).strip("-")
    visitor = Visitor(page, served.url, name=name)
    yield visitor
    assert visitor.trouble == []


def connect_mailbox(visitor: Visitor, subcompany: Subcompany, outside: Outside) -> None:
    """Fill in the subcompany's mail settings and have the connection tested."""
    page, fields = visitor.page, {**outside.smtp(outside.berlin), **outside.imap(outside.berlin)}
    visitor.open(reverse("mailsettings:mailbox", args=[subcompany.pk]))
    page.get_by_text("Read this mailbox by IMAP").click()
    page.get_by_role("radiogroup", name="Use for sending").or_(
        page.get_by_role("group", name="Use for sending")
    ).get_by_label("Yes").check()
    for name, value in fields.items():
        if name.endswith("_encryption"):
            page.locator(f"[name={name}]").select_option(str(value))
        elif name != "use_for_sending":
            page.locator(f"[name={name}]").fill(str(value))
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator("#tests .test")).to_have_count(2)
    steps = page.locator("#tests .steps li:not([data-state=skip])")  # the plan of the redirect test
    expect(page.locator("#tests .steps li[data-state=ok]")).to_have_count(19, timeout=PATIENCE)
    expect(steps).to_have_count(19)
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("[name=smtp_password]")).to_have_attribute(
        "placeholder", re.compile("Stored")
    )


@pytest.mark.peers
def test_whole_path(
    visitor: Visitor,
    served: Installation,
    outside: Outside,
    recruiter: Membership,
    subcompany: Subcompany,
    position: Position,
) -> None:
    page = visitor.page
    served.start("web", "worker", "beat")
    visitor.open("/positions/")
    visitor.look("login", phone=True)
    visitor.log_in(recruiter.user.email, factories.PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Positions")
    visitor.look("positions")

    connect_mailbox(visitor, subcompany, outside)
    visitor.look("email-settings")

    assert apply(served, position, outside.mia) == 200
    visitor.open(reverse("recruiting:board", args=[position.pk]))
    card = page.locator("[data-card]").filter(has_text="Mia Muster")
    visitor.look("board", phone=True)
    card.get_by_role("link", name="Mia Muster", exact=True).focus()
    page.keyboard.press("s")
    visitor.look("move-dialog")
    page.get_by_role("dialog").get_by_role("button", name="Screening").press("Enter")
    screening = page.locator("[data-stage-name=Screening]")
    expect(screening.get_by_role("link", name="Mia Muster", exact=True)).to_be_focused()
    expect(screening.locator("[data-count]")).to_have_text("1")
    visitor.look("moved")

    answer_and_hear_back(visitor, outside)
    sort_a_stranger(visitor, outside)


def answer_and_hear_back(visitor: Visitor, outside: Outside) -> None:
    """Write to the candidate from the profile, and see the reply come in without reloading."""
    page = visitor.page
    page.get_by_role("link", name="Mia Muster", exact=True).click()
    expect(page.get_by_role("link", name="cv.pdf")).to_be_visible()
    visitor.look("profile", phone=True)
    page.get_by_role("link", name="Write", exact=True).click()
    composer = page.get_by_role("form", name="Write a message")
    composer.get_by_label("Subject").fill("Your application")
    composer.get_by_label("Message").fill("Dear Mia,\n\nwhen may we call you?")
    visitor.look("composer")
    composer.get_by_role("button", name="Send").click()
    conversation = page.locator("#conversation")
    visitor.sees(conversation.get_by_text("Sent", exact=True))
    visitor.look("sent")
    (mail,) = outside.inbox(outside.mia, 1)
    assert mail["From"] == f"Acme Berlin GmbH <{outside.berlin}>"
    outside.send(world.reply(mail, "On Monday at ten would suit me.\n"))
    visitor.sees(conversation.get_by_text("On Monday at ten would suit me."))
    visitor.look("reply", phone=True)


def sort_a_stranger(visitor: Visitor, outside: Outside) -> None:
    """Find a stranger's mail in Unassigned messages and make an application of it."""
    page = visitor.page
    stranger = world.write("Sam Fremd <sam@mail.example>", outside.berlin, "Any jobs?", "Hello!\n")
    stranger.add_attachment(CV, maintype="application", subtype="pdf", filename="sam.pdf")
    visitor.open(reverse("recruiting:unassigned"))
    visitor.look("nothing-to-sort", phone=True)
    outside.send(stranger)
    row = page.get_by_role("link", name="Sam Fremd")
    visitor.sees(row)
    row.click()
    visitor.look("unassigned", phone=True)
    page.get_by_label("Position").select_option(label="Backend developer")
    page.get_by_role("main").get_by_role("button", name="Create application").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sam Fremd")
    expect(page.get_by_role("link", name="sam.pdf").first).to_be_visible()
    visitor.look("created")


@pytest.fixture
def scriptless(served: Installation, browser: Browser) -> Iterator[Page]:
    """A browser that runs no scripts."""
    with browser.new_context(java_script_enabled=False, base_url=served.url) as context:
        yield context.new_page()


def test_forms_work_without_scripts(
    scriptless: Page,
    served: Installation,
    recruiter: Membership,
    application: Application,
    company: Company,
) -> None:
    page = scriptless
    letter = factories.UnassignedMessageFactory(
        company=company, from_name="Sam Fremd", from_address="sam@mail.example"
    )
    served.start("web")
    page.goto(reverse("recruiting:board", args=[application.position_id]))
    page.get_by_label("Email").fill(recruiter.user.email)
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Log in").click()

    page.get_by_role("link", name="Move Mia Muster to…").click()
    page.get_by_role("button", name="Screening").click()
    application.refresh_from_db()
    assert application.stage.name == "Screening"

    page.get_by_text("Write to Mia").click()
    page.get_by_label("Subject").fill("Your application")
    page.get_by_label("Message", exact=True).fill("Hello!")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#conversation").get_by_text("Queued")).to_be_visible()
    assert Message.objects.get(application=application).outgoing.state == "queued"

    page.goto(reverse("recruiting:unassigned-message", args=[letter.pk]))
    page.get_by_label("Position").select_option(label="Backend developer")
    page.get_by_role("main").get_by_role("button", name="Create application").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sam Fremd")
