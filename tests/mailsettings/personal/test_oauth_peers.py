"""XOAUTH2 with Dovecot and Postfix: connect, test, send, read, and what happens when tokens end."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from companies.models import Membership
from mailsettings.inbound import folders, polling
from mailsettings.models import Mailbox, MailFolder, OutgoingMail, ProbeRun
from mailsettings.outbound import outbox
from mailsettings.proofs import probe, returning
from tests.mailsettings.personal.test_oauth import ASK, PAGE, a_mail, expire, point_to
from tests.oauthserver import OAuthServer
from tests.servers.dovecot import User
from tests.servers.world import World

pytestmark = pytest.mark.peers
ADDRESS = "oauth.ben@example.test"


@pytest.fixture
def provider(mail_world: World, settings: Settings) -> Iterator[OAuthServer]:
    """The provider that Dovecot asks about tokens, and for it Postfix."""
    mail_world.dovecot.add(User(ADDRESS, "no password is ever used"))
    settings.RECRUITING_DOMAIN = "example.test"
    settings.INBOUND_IMAP_URL = ""
    server = OAuthServer(email=ADDRESS).start(mail_world.dovecot.introspection)
    point_to(server, settings)
    yield server
    server.stop()


def connect(desk: Client, provider: OAuthServer, world: World) -> Mailbox:
    back = urlsplit(provider.consent(desk.get(ASK)["Location"]))
    assert desk.get(f"{back.path}?{back.query}").status_code == 302
    Mailbox.objects.update(
        smtp_host="localhost",
        smtp_port=world.postfix.submissions,
        imap_host="localhost",
        imap_port=world.dovecot.imaps,
    )
    return Mailbox.objects.get()


def test_an_account_without_a_password_sends_reads_and_outlives_its_tokens(
    desk: Client, ben: Membership, provider: OAuthServer, mail_world: World
) -> None:
    own = connect(desk, provider, mail_world)
    for kind in (ProbeRun.Kind.SMTP, ProbeRun.Kind.IMAP):
        run = probe.start(own, kind, by=ben)
        probe.perform(run.pk)
        run.refresh_from_db()
        assert (run.state, run.steps[-1]["code"]) == ("passed", "ok")

    desk.post(reverse("mailsettings:personal-test"), {"then": "own-server"})
    trip = ProbeRun.objects.latest("pk")
    outbox.deliver(trip.outgoing.pk)
    mail_world.dovecot.wait_for(ADDRESS)
    assert returning.look_for_awaited() == 1
    trip.refresh_from_db()
    assert (trip.state, trip.steps[0]["code"]) == ("passed", "arrived")

    expire(own)
    assert sent(own, "expired@example.test") == "sent"
    provider.spoil()
    assert sent(own, "spoilt@example.test") == "sent", "a token that is refused early is renewed"
    provider.spoil()
    folders.sync()
    folder = MailFolder.objects.get(name="INBOX")
    polling.poll(folder.pk, wanted=lambda *_: [])
    folder.refresh_from_db()
    assert "refused" in folder.last_error
    polling.poll(folder.pk, wanted=lambda *_: [])
    folder.refresh_from_db()
    assert (folder.last_error, provider.issued) == ("", 4)

    provider.revoked = True
    mail = a_mail(own, "late@example.test")
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.last_code) == ("queued", "oauth_reconnect_needed")
    assert "Reconnect needed" in desk.get(PAGE).text
    provider.revoked = False
    connect(desk, provider, mail_world)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == "sent"


def sent(own: Mailbox, to: str) -> str:
    mail = a_mail(own, to)
    outbox.deliver(mail.pk)
    return OutgoingMail.objects.get(pk=mail.pk).state
