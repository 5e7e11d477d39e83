"""The desk in Chromium: worked by keys alone, and by two people at once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from companies.models import Membership
from recruiting.conversation.colleagues import notify
from recruiting.models import Application, Message, Note, Notification
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEWS = "document.querySelectorAll('[data-refresh]').forEach(e => e.dispatchEvent(new CustomEvent('refresh')))"

DROP = """(name) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([name], name));
  document.querySelector("[data-composer] textarea").dispatchEvent(
    new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def desk(live_server: LiveServer, browser: Browser) -> Iterator[Callable[[Membership], Page]]:
    """A page of a browser in which a member is logged in; it has no mouse."""
    contexts: list[Any] = []

    def open_(member: Membership) -> Page:
        client = Client()
        client.force_login(member.user)
        context = browser.new_context(base_url=live_server.url)
        contexts.append(context)
        cookie = client.cookies["sessionid"]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def waiting(application: Application, ben: Membership) -> list[Application]:
    """Mia and Jo have written; a mail of Mia's other address and one of nobody wait to be sorted."""
    jo = factories.ApplicationFactory(
        position=application.position, candidate__first_name="Jo", candidate__last_name="Li"
    )
    for hours, each in ((2, application), (1, jo)):
        at = timezone.now() - timedelta(hours=hours)
        factories.MessageFactory(application=each, subject="May I?", at=at)
        Application.objects.filter(pk=each.pk).update(waiting_since=at, last_message_at=at)
    for name, address in (("Mia Muster", "mia@privat.example"), ("Zoe Zimmer", "z@else.example")):
        factories.UnassignedMessageFactory(
            company=ben.company, subcompany=ben.subcompany, from_name=name, from_address=address
        )
    return [application, jo]


def press_on(page: Page, *keys: str) -> None:
    page.wait_for_load_state()  # keys are heard by the scripts of a page
    for key in keys:
        page.keyboard.press(key)


def test_a_recruiter_works_the_inbox_off_by_keys_alone(
    desk: Callable[[Membership], Page], waiting: list[Application], ben: Membership, ada: Membership
) -> None:
    page = desk(ben)
    press = partial(press_on, page)
    page.goto("/messages/unreplied/")
    press("j", "j", "k", "Enter")  # the first row: who waits longest
    expect(page.locator("#thread-title")).to_contain_text("Mia Muster")
    press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    press("Escape")
    page.wait_for_function(
        "!document.querySelector('dialog[open]') && !document.activeElement.closest('dialog')"
    )
    press("a")  # hand over: the menu opens, and its first entry has the focus
    expect(page.get_by_role("button", name="Nobody")).to_be_focused()
    press("Escape", "s")
    expect(page.get_by_role("button", name="Three hours")).to_be_focused()
    press("Escape", "r")
    page.keyboard.type("Yes, you may.")
    press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="queued")).to_be_visible()
    assert Message.objects.get(direction="out").application == waiting[0]
    expect(page.locator("#thread-title")).to_contain_text("Jo Li")
    press("e")
    expect(page.get_by_role("status").filter(has_text="Done")).to_be_visible()
    press("g", "u")
    expect(page.locator("#maillist-title")).to_contain_text("Unassigned")
    press("j", "j", "x")
    expect(page.get_by_role("button", name="Assign as suggested")).to_be_visible()
    press("Enter")
    expect(page.get_by_text("Perhaps Mia Muster")).to_be_visible()
    press("a")  # one key accepts
    expect(page.get_by_role("status").filter(has_text="Assigned to Mia Muster")).to_be_visible()
    expect(page.locator("#create")).to_have_attribute("open", "")
    press("c")  # what is open stays so, and is written in
    expect(page.locator("#create select")).to_be_focused()
    page.locator("#thread-title").click()
    press("e")
    expect(page.get_by_text("Nothing to sort")).to_be_visible()
    press("g", "i")
    expect(page).to_have_url(f"{page.url.split('/messages')[0]}/messages/unassigned/")
    press("/")
    page.wait_for_url("**/search/")
    assert not Message.objects.unassigned().exists()


def test_two_on_one_thread_see_each_other_and_mention_each_other(
    desk: Callable[[Membership], Page], waiting: list[Application], ben: Membership, ada: Membership
) -> None:
    url = f"/messages/all/{waiting[0].pk}/"
    bens, adas = desk(ben), desk(ada)
    bens.goto(url)
    adas.goto(url)
    bens.keyboard.press("r")
    with bens.expect_response("**/draft/"):
        bens.keyboard.type("I am on it")
    bens.evaluate(DROP, "map.pdf")
    bens.evaluate(DROP, "way.pdf")
    expect(bens.locator("[data-attached] li")).to_have_count(2)
    bens.get_by_role("button", name="Remove map.pdf").press("Enter")
    expect(bens.locator("[data-attached] li")).to_have_count(1)
    bens.reload()
    expect(bens.locator("[data-attached] li")).to_contain_text("way.pdf")
    adas.evaluate(NEWS)
    expect(adas.get_by_text("Ben is answering right now.")).to_be_visible()
    adas.get_by_text("Write a note for your colleagues").press("Enter")
    adas.locator("#note textarea").press_sequentially("Thanks @B")
    expect(adas.get_by_role("option", name="Ben")).to_be_visible()
    adas.keyboard.press("Enter")
    adas.get_by_role("button", name="Save note").press("Enter")
    expect(adas.locator(".mention")).to_have_text("@Ben")
    assert Note.objects.get().text == "Thanks @Ben"
    assert Notification.objects.get(kind="mention").member == ben
    notify.spread()
    bens.evaluate(NEWS)
    expect(bens.get_by_role("link", name="Notifications 1 unread")).to_be_visible()
    expect(bens.locator(".note")).to_contain_text("Thanks @Ben")
    expect(bens.get_by_label("Message", exact=True)).to_have_value("I am on it")


def test_two_who_move_the_same_card_see_where_it_is(
    desk: Callable[[Membership], Page], application: Application, ben: Membership, ada: Membership
) -> None:
    pages = [desk(ben), desk(ada)]
    for page in pages:
        page.goto(f"/positions/{application.position_id}/board/")
    card = f"[data-card='{application.pk}']"
    for page, stage in zip(pages, ("Screening", "Offer"), strict=True):
        page.locator(card).locator("[data-move]").click()
        page.get_by_role("dialog").get_by_role("button", name=stage).click()
        there = page.locator(f"[data-stage-name='Screening'] {card}")
        expect(there).to_be_visible()
    expect(pages[1].locator("#toasts")).to_contain_text("to Screening meanwhile")
    application.refresh_from_db()
    assert application.stage.name == "Screening"
