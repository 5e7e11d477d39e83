"""Connecting with Google or Microsoft: from the button to a mail that arrives, and when permission ends."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from companies.models import AuditEntry, Membership, Subcompany
from mailsettings import mailboxes, oauth
from mailsettings.inbound import folders, polling
from mailsettings.models import Mailbox, MailFolder, OAuthGrant, OutgoingMail, ProbeRun
from mailsettings.outbound import outbox, transports
from mailsettings.proofs import probe
from mailsettings.wire import smtp
from tests import factories
from tests.mailservers import ImapServer, SmtpServer
from tests.oauthserver import (
    CLIENT_ID,
    CLIENT_SECRET,
    OAuthServer,
    oauth_server,  # noqa: F401 -- a fixture
)

PAGE = reverse("mailsettings:personal")
ASK = reverse("mailsettings:oauth-google")


@pytest.fixture
def provider(oauth_server: OAuthServer, settings: Settings) -> OAuthServer:  # noqa: F811 -- the fixture
    """Google and Microsoft, both at the loopback server."""
    point_to(oauth_server, settings)
    return oauth_server


def point_to(server: OAuthServer, settings: Settings) -> None:
    ours = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "authorize_url": f"{server.url}/authorize",
        "token_url": f"{server.url}/token",
    }
    settings.MAIL_OAUTH = {"google": ours, "microsoft": ours}
    settings.MICROSOFT_TENANT_TOKEN_URL = f"{server.url}/{{tenant}}/token"


@pytest.fixture
def connected(desk: Client, provider: OAuthServer, ben: Membership) -> Mailbox:
    """Ben's account, connected by the way a browser goes."""
    back = provider.consent(desk.get(ASK)["Location"])
    assert desk.get(f"{urlsplit(back).path}?{urlsplit(back).query}").status_code == 302
    return Mailbox.objects.get(user=ben.user)


def at_loopback(mailbox: Mailbox, **fields: object) -> Mailbox:
    Mailbox.objects.filter(pk=mailbox.pk).update(
        smtp_host="127.0.0.1",
        smtp_encryption="none",
        imap_host="127.0.0.1",
        imap_encryption="none",
        **fields,
    )
    mailbox.refresh_from_db()
    return mailbox


def expire(mailbox: Mailbox) -> None:
    OAuthGrant.objects.filter(mailbox=mailbox).update(expires_at=timezone.now())


def a_mail(mailbox: Mailbox, to: str = "mia@mail.example") -> OutgoingMail:
    return outbox.queue(
        company=mailbox.company,
        mailbox=mailbox,
        envelope_sender=mailbox.address,
        recipients=[to],
        raw=factories.raw_mail(),
        message_id=f"<to.{to}>",
    )


def test_connecting_fills_in_address_and_servers_without_a_password(connected: Mailbox) -> None:
    assert (connected.address, connected.sends) == ("ben@home.example", True)
    assert (connected.smtp_host, connected.imap_host) == ("smtp.gmail.com", "imap.gmail.com")
    assert (connected.smtp_password, connected.imap_password) == ("", "")
    assert connected.grant.refresh_token.reveal() == "refresh-1"
    assert AuditEntry.objects.filter(verb="mailbox.permission_given").exists()


def test_tokens_are_sealed_and_never_shown(connected: Mailbox, desk: Client) -> None:
    row = OAuthGrant.objects.values_list("access_token", "refresh_token").get()
    assert "token-1" not in str(row)
    html = desk.get(PAGE).text
    assert "Connected with Google" in html
    assert "token-1" not in html


def test_mail_leaves_and_is_read_by_xoauth2(
    connected: Mailbox,
    smtp_server: SmtpServer,
    imap_server: ImapServer,
    settings: Settings,
) -> None:
    settings.INBOUND_IMAP_URL = ""
    smtp_server.tokens["ben@home.example"] = "token-1"
    imap_server.accounts["ben@home.example"] = "token-1"
    imap_server.capabilities = "IMAP4rev1 AUTH=XOAUTH2"
    at_loopback(connected, smtp_port=smtp_server.port, imap_port=imap_server.port)
    outbox.deliver(a_mail(connected).pk)
    assert len(smtp_server.wait_for(1)) == 1
    assert smtp_server.logins == [("ben@home.example", "auth=Bearer token-1")]
    folders.sync()
    folder = MailFolder.objects.get()
    polling.poll(folder.pk, wanted=lambda _folder, mails, _is_whole: [True] * len(mails))
    folder.refresh_from_db()
    assert (folder.last_error, folder.failing_since) == ("", None)


def test_a_token_that_ran_out_is_renewed_once_and_the_refresh_token_kept(
    connected: Mailbox, provider: OAuthServer
) -> None:
    expire(connected)
    assert oauth.access_token(connected) == oauth.access_token(connected) == "token-2"
    assert [form["grant_type"] for form in provider.asked] == [
        "authorization_code",
        "refresh_token",
    ]
    connected.grant.refresh_from_db()
    assert connected.grant.refresh_token.reveal() == "refresh-1"


def test_a_withdrawn_permission_pauses_the_account_and_keeps_the_mail(
    connected: Mailbox,
    provider: OAuthServer,
    smtp_server: SmtpServer,
    desk: Client,
) -> None:
    at_loopback(connected, smtp_port=smtp_server.port)
    provider.revoked = True
    expire(connected)
    mail = a_mail(connected)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.last_code, mail.attempts) == ("queued", "oauth_reconnect_needed", 0)
    assert "Reconnect needed" in desk.get(PAGE).text
    asked = len(provider.asked)
    with pytest.raises(oauth.NoToken):
        oauth.access_token(connected)
    assert len(provider.asked) == asked, "a permission that is gone is not asked for again"
    provider.revoked = False
    back = provider.consent(desk.get(ASK)["Location"])
    desk.get(f"{urlsplit(back).path}?{urlsplit(back).query}")
    at_loopback(connected, smtp_port=smtp_server.port)
    smtp_server.tokens["ben@home.example"] = "token-2"
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == "sent"


def test_a_provider_that_is_down_costs_only_time(connected: Mailbox, provider: OAuthServer) -> None:
    provider.broken = True
    expire(connected)
    mail = a_mail(connected)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.last_code) == ("queued", "oauth_unavailable")
    assert OAuthGrant.objects.get().revoked_at is None


def test_an_answer_that_nobody_asked_for_is_refused(desk: Client, provider: OAuthServer) -> None:
    desk.get(ASK)
    answer = reverse("mailsettings:oauth-answer-google")
    desk.get(answer, {"code": "code-0", "state": "forged"})
    assert not Mailbox.objects.exists()
    assert provider.asked == []


def test_disconnecting_forgets_the_permission(connected: Mailbox, ben: Membership) -> None:
    mailboxes.disconnect(connected, by=ben)
    assert not OAuthGrant.objects.exists()


def test_mail_of_an_account_that_is_disconnected_while_it_is_sent_waits(
    connected: Mailbox, smtp_server: SmtpServer, ben: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_loopback(connected, smtp_port=smtp_server.port)
    mail = a_mail(connected)
    asked = oauth.is_granted

    def is_granted_until_now(mailbox: Mailbox) -> bool:
        was = asked(mailbox)
        mailboxes.disconnect(mailbox, by=ben)
        return was

    monkeypatch.setattr(oauth, "is_granted", is_granted_until_now)
    outbox.deliver(mail.pk)
    monkeypatch.undo()
    mail.refresh_from_db()
    assert (mail.state, mail.last_code, mail.attempts) == ("queued", "oauth_reconnect_needed", 0)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    connected.refresh_from_db()
    assert (mail.state, mail.last_code) == ("queued", "not_configured")
    assert connected.pause_reason.startswith("No SMTP server is set")
    assert smtp_server.logins == []


def test_a_password_takes_the_place_of_the_permission(connected: Mailbox, desk: Client) -> None:
    desk.post(
        PAGE,
        {
            "address": "ben@home.example",
            "password": "app password",
            "smtp_host": "evil.example",
            "smtp_port": "465",
            "imap_port": "993",
            "uses_tls": "on",
        },
    )
    assert not OAuthGrant.objects.exists()


def test_without_a_client_id_the_page_says_how_to_set_it(desk: Client) -> None:
    html = desk.get(PAGE).text
    assert "it is not your task" in html
    assert "GOOGLE_CLIENT_ID" in html
    assert "/profile/email/google/answer/" in html, "with the address the provider has to know"
    assert "MICROSOFT_CLIENT_ID" in html
    assert f'href="{ASK}' not in html
    assert desk.get(ASK)["Location"] == PAGE


def test_microsoft_accounts_with_their_own_domain_use_the_servers_of_microsoft_365(
    db: None,
) -> None:
    assert oauth.servers_of("microsoft", "ben@acme.example").smtp.host == "smtp.office365.com"
    assert oauth.servers_of("microsoft", "ben@outlook.com").smtp.host == "smtp-mail.outlook.com"


def test_a_mailbox_of_the_company_is_connected_by_its_administrators_only(
    desk: Client, client: Client, provider: OAuthServer, ada: Membership, ben: Membership
) -> None:
    assert desk.get(ASK, {"for": "main"}).status_code == 403
    client.force_login(ada.user)
    back = urlsplit(provider.consent(client.get(ASK, {"for": "main"})["Location"]))
    answer = client.get(f"{back.path}?{back.query}")
    assert answer["Location"] == reverse("mailsettings:email-settings")
    mailbox = Mailbox.objects.get(company=ada.company, user=None, subcompany=None)
    assert (mailbox.address, mailbox.sends) == ("ben@home.example", True)
    assert mailbox.grant.provider == "google"
    assert "Connected with Google" in client.get(answer["Location"]).text


def test_a_shared_mailbox_keeps_the_address_candidates_know(
    client: Client, provider: OAuthServer, ada: Membership, subcompany: Subcompany
) -> None:
    factories.MailboxFactory(
        company=ada.company, subcompany=subcompany, address="jobs@acme.example"
    )
    client.force_login(ada.user)
    back = urlsplit(provider.consent(client.get(ASK, {"for": subcompany.pk})["Location"]))
    client.get(f"{back.path}?{back.query}")
    mailbox = Mailbox.objects.get(subcompany=subcompany)
    assert (mailbox.address, mailbox.smtp_account) == ("jobs@acme.example", "ben@home.example")


def test_a_stranger_connects_no_mailbox_of_another_company(
    client: Client, provider: OAuthServer, cleo: Membership, subcompany: Subcompany
) -> None:
    cleo.role = "admin"
    cleo.save()
    client.force_login(cleo.user)
    assert client.get(ASK, {"for": subcompany.pk}).status_code == 404


def test_a_token_never_goes_to_a_server_that_is_only_being_tested(connected: Mailbox) -> None:
    connected.smtp_host = "evil.example"
    assert not oauth.is_granted(connected)
    with pytest.raises(smtp.SendError, match="No password"):
        transports.server_of(connected)


def test_the_admin_shows_nobodys_own_account(client: Client, connected: Mailbox) -> None:
    from companies.models import User

    client.force_login(User.objects.create_superuser("root@posthorn.example", "x"))
    url = reverse("admin:mailsettings_mailbox_change", args=[connected.pk])
    assert client.get(url).status_code == 302


def test_a_token_no_key_opens_ends_the_test_of_the_mailbox(
    connected: Mailbox, settings: Settings
) -> None:
    settings.MAIL_ENCRYPTION_KEYS = ["another key"]
    run = probe.start(connected, ProbeRun.Kind.IMAP, by=None)
    probe.perform(run.pk)
    run.refresh_from_db()
    assert (run.state, run.steps[-1]["code"]) == ("failed", "password_unreadable")
