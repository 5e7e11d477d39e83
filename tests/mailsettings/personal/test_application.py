"""A shared mailbox of Microsoft 365 that is used as an application of its tenant: nobody signs in."""

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from companies.models import AuditEntry, Membership, Subcompany
from mailsettings import oauth
from mailsettings.models import Mailbox, OAuthGrant, ProbeRun
from mailsettings.outbound import outbox
from mailsettings.proofs import probe
from tests import factories
from tests.mailservers import ImapServer, SmtpServer
from tests.mailsettings.personal.test_oauth import a_mail, at_loopback, expire, point_to
from tests.oauthserver import (
    CLIENT_ID,
    OAuthServer,
    oauth_server,  # noqa: F401 -- a fixture
)

PAGE = reverse("mailsettings:email-settings")
CONNECT = reverse("mailsettings:as-application")
FORM = {"for": "main", "tenant": "acme.onmicrosoft.com", "address": "jobs@acme.example"}


@pytest.fixture
def provider(oauth_server: OAuthServer, settings: Settings) -> OAuthServer:  # noqa: F811 -- the fixture
    point_to(oauth_server, settings)
    return oauth_server


@pytest.fixture
def desk(client: Client, ada: Membership) -> Client:
    """Ada's browser; she administers the company."""
    client.force_login(ada.user)
    return client


def it_is_told_what_to_do(html: str) -> None:
    assert f"acme.onmicrosoft.com/adminconsent?client_id={CLIENT_ID}" in html
    assert quote(reverse("mailsettings:oauth-answer-microsoft"), safe="") in html
    assert f"New-ServicePrincipal -AppId {CLIENT_ID}" in html
    assert "Add-MailboxPermission -Identity jobs@acme.example" in html


def passes(mailbox: Mailbox, kind: ProbeRun.Kind) -> bool:
    run = probe.start(mailbox, kind, by=None)
    probe.perform(run.pk)
    run.refresh_from_db()
    return run.state == ProbeRun.State.PASSED


def test_a_shared_mailbox_sends_and_is_read_with_one_token_once_its_tenant_let_us_in(
    desk: Client,
    provider: OAuthServer,
    smtp_server: SmtpServer,
    imap_server: ImapServer,
) -> None:
    desk.post(CONNECT, FORM)
    shared = Mailbox.objects.get(user=None)
    assert (shared.address, shared.smtp_account, shared.smtp_host, shared.imap_host) == (
        "jobs@acme.example",
        "jobs@acme.example",
        "smtp.office365.com",
        "outlook.office365.com",
    )
    assert provider.asked == [], "the row comes first, the network second"
    assert set(ProbeRun.objects.values_list("kind", flat=True)) == {"smtp", "imap"}
    assert AuditEntry.objects.filter(verb="mailbox.permission_given").exists()
    it_is_told_what_to_do(desk.get(PAGE).text)

    at_loopback(shared, smtp_port=smtp_server.port, imap_port=imap_server.port)
    mail = a_mail(shared)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.last_code) == ("queued", "oauth_consent_missing")
    assert OAuthGrant.objects.get().revoked_at is None, "IT may still let us in"
    run = probe.start(shared, ProbeRun.Kind.SMTP, by=None)
    probe.perform(run.pk)
    html = desk.get(reverse("mailsettings:test-run", args=[run.pk])).text
    assert "has not let Posthorn in" in html

    provider.let_in.add("/acme.onmicrosoft.com/token")
    smtp_server.tokens["jobs@acme.example"] = "token-1"
    imap_server.accounts["jobs@acme.example"] = "token-1"
    imap_server.capabilities = "IMAP4rev1 AUTH=XOAUTH2"
    back = desk.get(
        reverse("mailsettings:oauth-answer-microsoft"),
        {"admin_consent": "True", "tenant": "0b0b"},
        follow=True,
    )
    assert "The administrator has let Posthorn in." in back.text
    assert passes(shared, ProbeRun.Kind.SMTP)
    assert passes(shared, ProbeRun.Kind.IMAP)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == "sent"
    assert provider.issued == 1, "one token for all, as long as it lasts"
    assert provider.asked[-1]["scope"] == "https://outlook.office365.com/.default"


def test_an_applications_token_that_ran_out_is_asked_for_anew(
    desk: Client, provider: OAuthServer
) -> None:
    provider.let_in.add("/acme.onmicrosoft.com/token")
    desk.post(CONNECT, FORM)
    shared = Mailbox.objects.get(user=None)
    assert oauth.access_token(shared) == oauth.access_token(shared) == "token-1"
    expire(shared)
    assert oauth.access_token(shared) == "token-2"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tenant": "common"}, "Enter a domain or the directory"),
        ({"tenant": "../evil"}, "Enter a domain or the directory"),
        ({"address": "x@recruiting.posthorn.example"}, "This address is ours"),
        ({"address": "ben@acme.example"}, "connected here already"),
    ],
)
def test_what_is_no_tenant_or_no_mailbox_of_theirs_is_refused(
    desk: Client, provider: OAuthServer, ben: Membership, changed: dict[str, str], said: str
) -> None:
    factories.MailboxFactory(company=ben.company, user=ben.user, address="ben@acme.example")
    assert said in desk.post(CONNECT, FORM | changed, follow=True).text
    assert not OAuthGrant.objects.exists()


def test_without_a_client_secret_the_page_says_how_to_set_it(
    desk: Client, settings: Settings
) -> None:
    html = desk.get(PAGE).text
    assert "has not made it known to Microsoft yet" in html
    assert "MICROSOFT_CLIENT_SECRET" in html
    desk.post(CONNECT, FORM)
    assert not Mailbox.objects.exists()


def test_only_administrators_connect_and_only_what_is_theirs(
    client: Client, provider: OAuthServer, ben: Membership, cleo: Membership, subcompany: Subcompany
) -> None:
    client.force_login(ben.user)
    assert client.post(CONNECT, FORM).status_code == 403
    client.force_login(cleo.user)
    assert client.post(CONNECT, FORM | {"for": str(subcompany.pk)}).status_code == 404
