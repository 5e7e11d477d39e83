"""The page "Email connection": what it proposes, what it stores, and what it never shows."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import AuditEntry, Membership
from mailsettings import presets
from mailsettings.models import Mailbox, ProbeRun, SentCopy
from mailsettings.proofs import probe, runs
from mailsettings.proofs.explanations import explain
from mailsettings.proofs.watch import Watch
from tests import factories

PAGE = reverse("mailsettings:personal")
FORM = {
    "address": "ben@gmx.de",
    "password": "first secret",
    "smtp_host": "mail.gmx.net",
    "smtp_port": "587",
    "imap_host": "imap.gmx.net",
    "imap_port": "993",
    "uses_tls": "on",
}


def test_connecting_stores_the_account_and_tests_both_servers(
    desk: Client, ben: Membership
) -> None:
    assert desk.post(PAGE, FORM | {"then": "connect"}).status_code == 302
    mailbox = Mailbox.objects.get(user=ben.user)
    assert (mailbox.sends, mailbox.smtp_encryption, mailbox.imap_encryption) == (
        True,
        "starttls",
        "ssl",
    )
    assert mailbox.smtp_account == mailbox.imap_account == "ben@gmx.de"
    assert mailbox.smtp_password.reveal() == mailbox.imap_password.reveal() == "first secret"
    assert set(mailbox.probe_runs.values_list("kind", flat=True)) == {"smtp", "imap"}
    assert "first secret" not in desk.get(PAGE).text


def test_saving_alone_tests_nothing(desk: Client, ben: Membership) -> None:
    desk.post(PAGE, FORM)
    assert Mailbox.objects.get(user=ben.user).smtp_host == "mail.gmx.net"
    assert not ProbeRun.objects.exists()


def test_updating_without_a_password_keeps_the_stored_one(desk: Client, ben: Membership) -> None:
    desk.post(PAGE, FORM)
    desk.post(PAGE, FORM | {"password": "", "smtp_port": "465"})
    mailbox = Mailbox.objects.get(user=ben.user)
    assert (mailbox.smtp_port, mailbox.smtp_encryption) == (465, "ssl")
    assert mailbox.smtp_password.reveal() == "first secret"


def test_the_limits_of_an_account_are_shown_and_set(desk: Client, ben: Membership) -> None:
    desk.post(PAGE, FORM | {"smtp_host": "smtp.office365.com"})
    assert 'placeholder="30"' in desk.get(PAGE).text, "what the provider is known to allow"
    desk.post(PAGE, FORM | {"smtp_host": "smtp.office365.com", "per_minute_limit": "12"})
    own = Mailbox.objects.get(user=ben.user)
    assert (own.connections_limit, own.per_minute_limit) == (None, 12)
    assert 'value="12"' in desk.get(PAGE).text
    assert desk.post(PAGE, FORM | {"connections_limit": "99"}).status_code == 422


@pytest.mark.parametrize("side", ["smtp_host", "imap_host"])
def test_a_stored_password_never_goes_to_another_server(
    desk: Client, ben: Membership, side: str
) -> None:
    desk.post(PAGE, FORM)
    answer = desk.post(PAGE, FORM | {"password": "", side: "evil.example"})
    assert answer.status_code == 422
    assert "The stored password is for mail.gmx.net" in answer.text
    assert getattr(Mailbox.objects.get(user=ben.user), side) == FORM[side]


def test_the_local_part_is_the_user_name_where_the_provider_wants_it(
    desk: Client, ben: Membership
) -> None:
    desk.post(
        PAGE,
        FORM
        | {
            "address": "ben@icloud.com",
            "smtp_host": "smtp.mail.me.com",
            "imap_host": "imap.mail.me.com",
        },
    )
    mailbox = Mailbox.objects.get(user=ben.user)
    assert (mailbox.smtp_account, mailbox.imap_account) == ("ben@icloud.com", "ben")


def test_disconnecting_wipes_the_password_and_writes_it_down(desk: Client, ben: Membership) -> None:
    desk.post(PAGE, FORM)
    desk.post(reverse("mailsettings:personal-disconnect"))
    mailbox = Mailbox.objects.get(user=ben.user)
    assert (mailbox.smtp_password, mailbox.imap_password, mailbox.sends) == ("", "", False)
    assert AuditEntry.objects.filter(verb="mailbox.disconnected").exists()


def test_the_servers_are_filled_in_from_the_address_with_and_without_javascript(
    desk: Client,
) -> None:
    fragment = desk.get(reverse("mailsettings:personal-suggestion"), {"address": "b@gmx.de"}).text
    page = desk.post(PAGE, {"address": "b@gmx.de", "then": "presets"}).text
    for html in (fragment, page):
        assert 'value="imap.gmx.net"' in html
        assert "IMAP is off until you switch it on" in html
    assert "<html" not in fragment


def test_who_takes_no_passwords_is_said_before_the_first_failure() -> None:
    found = presets.suggest("ben@hotmail.com")
    assert found.is_refused
    assert "app passwords neither" in found.warnings[0]


def test_a_company_domain_is_recognised_by_its_mail_exchanger() -> None:
    found = presets.suggest("ben@muster.example", lambda _domain: ["aspmx.l.google.com."])
    assert (found.name, found.values["imap_host"]) == ("Google", "imap.gmail.com")


def test_an_address_of_a_colleague_is_refused(desk: Client, ada: Membership) -> None:
    factories.MailboxFactory(company=ada.company, user=ada.user, address="ben@gmx.de")
    assert desk.post(PAGE, FORM).status_code == 422


def test_nobody_sees_the_test_of_a_colleagues_account(
    desk: Client, client: Client, ada: Membership, ben: Membership
) -> None:
    desk.post(PAGE, FORM | {"then": "connect"})
    run = ProbeRun.objects.first()
    url = reverse("mailsettings:test-run", args=[run.pk])
    assert desk.get(url).status_code == 200
    client.force_login(ada.user)
    assert client.get(url).status_code == 404


def test_the_signature_is_plain_text_without_control_characters(
    desk: Client, ben: Membership
) -> None:
    desk.post(
        reverse("mailsettings:personal-signature"),
        {"signature": "\n\nBen Berg  \r\nAcme\x1b[31m\x07\n"},
    )
    ben.refresh_from_db()
    assert ben.signature == "Ben Berg\nAcme[31m"


def test_the_profile_menu_leads_to_the_page_and_its_help(desk: Client) -> None:
    html = desk.get(PAGE).text
    assert f'href="{PAGE}"' in html
    assert f'href="{PAGE}#help"' in html
    assert 'id="help"' in html


def test_a_viewer_has_no_connection(client: Client, ben: Membership) -> None:
    ben.role = "viewer"
    ben.save()
    client.force_login(ben.user)
    assert client.get(PAGE).status_code == 403


def test_the_page_says_when_answers_cannot_be_read_and_copies_are_missing(
    desk: Client, ben: Membership
) -> None:
    desk.post(PAGE, FORM)
    mailbox = Mailbox.objects.get(user=ben.user)
    mailbox.folders.create(
        server="x",
        failing_since=timezone.now(),
        last_error="The server refused account and password.",
    )
    mail = factories.OutgoingMailFactory(company=ben.company, mailbox=mailbox, state="sent")
    SentCopy.objects.create(mail=mail, state="failed")
    html = desk.get(PAGE).text
    assert "Answers in your mailbox cannot be read" in html
    assert "The server refuses this account and password." in html
    assert "1 mail was sent, but its copy" in html


@pytest.mark.parametrize("code", ["auth_rejected", "auth_required", "password_in_clear"])
def test_the_field_a_failed_test_blames_is_on_the_page(
    desk: Client, own: Mailbox, code: str
) -> None:
    run = probe.start(own, ProbeRun.Kind.SMTP, by=None)
    runs.add_step(run, "login", ok=False, code=code)
    runs.finish(run)
    html = desk.get(PAGE).text
    blamed = re.findall(r'href="#(id_[a-z_]+)"', html)
    assert blamed
    assert all(f'id="{one}"' in html for one in blamed)


@pytest.mark.parametrize("code", ["oauth_reconnect_needed", "oauth_unavailable"])
def test_a_missing_token_is_explained_without_claiming_that_a_server_was_reached(
    own: Mailbox, code: str
) -> None:
    assert explain(code).advice
    run = probe.start(own, ProbeRun.Kind.SMTP, by=None)
    watch = Watch(run)
    watch.failed(watch.step_of(code, "connect"), code, "no token")
    assert [(step["name"], step["ok"]) for step in run.steps] == [("lookup", False)]
