"""The administrators' page of mail that is held."""

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Membership, Subcompany
from mailsettings.models import Delivery, IncomingMail, MailFolder
from recruiting.conversation.receiving import intake
from recruiting.models import Message
from tests import factories

PAGE = "/settings/recruiting/email/incoming/"


@pytest.fixture
def browser(client: Client, ada: Membership) -> Client:
    client.force_login(ada.user)
    return client


@pytest.fixture
def folder(ada: Membership) -> MailFolder:
    return MailFolder.objects.create(mailbox=factories.MailboxFactory(company=ada.company))


def hold(member: Membership, count: int = 1) -> list[Delivery]:
    fields = {"state": "quarantined", "reason": "ValueError: odd header"}
    return [factories.DeliveryFactory(company=member.company, **fields) for _ in range(count)]


def test_a_quarantined_mail_shows_its_reason_and_is_read_again(
    browser: Client, ada: Membership
) -> None:
    [delivery] = hold(ada)
    assert "odd header" in browser.get(PAGE).content.decode()
    raw = browser.get(reverse("recruiting:incoming-raw", args=[delivery.pk]))
    assert raw.getvalue() == delivery.raw.read()
    assert raw["Content-Type"] == "application/octet-stream"
    browser.post(reverse("recruiting:incoming-delivery", args=[delivery.pk]))
    intake.file_received()
    assert Message.objects.get().delivery == delivery
    assert "Nothing is held" in browser.get(PAGE).content.decode()


def test_all_that_is_held_is_read_again_at_once(
    browser: Client, ada: Membership, folder: MailFolder
) -> None:
    hold(ada, 2)
    mail = factories.IncomingMailFactory(door="imap", folder=folder, uid=1, state="quarantined")
    browser.post(reverse("recruiting:incoming-replay"))
    mail.refresh_from_db()
    assert mail.state == "received"
    assert not Delivery.objects.filter(state="quarantined").exists()


def test_an_oversize_mail_shows_subject_and_sender_and_is_fetched_on_demand(
    browser: Client, folder: MailFolder
) -> None:
    mail = factories.IncomingMailFactory(
        door="imap", folder=folder, uid=1, state=IncomingMail.State.OVERSIZE, size=70_000_000
    )
    page = browser.get(PAGE).content.decode()
    assert "mia@mail.example" in page
    assert "Fetch now" in page
    browser.post(reverse("recruiting:incoming-fetch", args=[mail.pk]))
    mail.refresh_from_db()
    assert mail.state == "wanted"
    assert "Fetch now" not in browser.get(PAGE).content.decode()


def test_a_folder_tells_what_is_missing_and_is_filled_from_a_day(
    browser: Client, folder: MailFolder
) -> None:
    MailFolder.objects.update(missing=3)
    assert "3 mails on the server were not fetched" in browser.get(PAGE).content.decode()
    address = reverse("recruiting:incoming-backfill", args=[folder.pk])
    browser.post(address, {"since": "2026-13-45"})
    folder.refresh_from_db()
    assert folder.backfill_since is None
    browser.post(address, {"since": "2026-10-01"})
    folder.refresh_from_db()
    assert str(folder.backfill_since) == "2026-10-01"


def test_who_keeps_one_subcompany_sees_nothing_of_the_rest(
    browser: Client, ada: Membership, subcompany: Subcompany, folder: MailFolder
) -> None:
    [delivery] = hold(ada)
    Membership.objects.filter(pk=ada.pk).update(subcompany=subcompany)
    assert "odd header" not in browser.get(PAGE).content.decode()
    raw = reverse("recruiting:incoming-raw", args=[delivery.pk])
    assert browser.get(raw).status_code == 404
    backfill = reverse("recruiting:incoming-backfill", args=[folder.pk])
    assert browser.post(backfill, {"since": "2026-10-01"}).status_code == 404


def test_recruiters_do_not_see_raw_mail(client: Client, ben: Membership) -> None:
    client.force_login(ben.user)
    assert client.get(PAGE).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_mails(
    browser: Client,
    ada: Membership,
    folder: MailFolder,
    rows: int,
    django_assert_max_num_queries: object,
) -> None:
    hold(ada, rows)
    for uid in range(rows):
        factories.IncomingMailFactory(door="imap", folder=folder, uid=uid, state="oversize")
    with django_assert_max_num_queries(11):  # type: ignore[operator]  # a fixture without types
        browser.get(PAGE)
