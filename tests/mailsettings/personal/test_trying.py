"""Testing one's own account before it is saved: what is tried, what the fix changes, what is kept."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Membership
from mailsettings.models import Mailbox, OAuthGrant, ProbeRun
from mailsettings.proofs import mixups, probe
from tests.mailservers import SmtpServer, server_context
from tests.servers.certs import Certificate

PAGE = reverse("mailsettings:personal")
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def tls_server(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> SmtpServer:
    """A server that speaks TLS at once at a port where nobody expects that."""
    monkeypatch.setattr(probe, "TIMEOUT", 0.5)
    monkeypatch.setattr(mixups, "SNIFF", 1.0)
    monkeypatch.setattr(mixups, "USUAL", {"smtp": [], "imap": []})
    return SmtpServer(tls=server_context(certificate), implicit_tls=True)


def form(port: int, **fields: str) -> dict[str, str]:
    entered = {"address": "ben@home.example", "password": "first secret", "uses_tls": "on"}
    servers = {"smtp_host": "127.0.0.1", "smtp_port": str(port), "imap_port": "993"}
    return entered | servers | fields


def test_what_is_entered_is_tested_and_one_click_puts_the_encryption_right(
    desk: Client, ben: Membership, tls_server: SmtpServer
) -> None:
    port = tls_server.start().port
    html = desk.post(PAGE, form(port, then="connection"), headers=SCRIPT).text
    assert "<h1" not in html.partition('id="tests"')[0], "the fragment alone"
    run = ProbeRun.objects.get()
    probe.perform(run.pk)
    html = desk.get(reverse("mailsettings:test-run", args=[run.pk])).text
    assert f'value="smtp:{port}:ssl"' in html
    assert f'hx-post="{PAGE}"' in html
    answer = desk.post(PAGE, form(port, fix=f"smtp:{port}:ssl"), headers=SCRIPT).text
    swapped = re.findall(r'id="id_(\w+)"[^>]*hx-swap-oob|hx-swap-oob[^>]*id="id_(\w+)"', answer)
    assert {a or b for a, b in swapped} == {"smtp_port", "smtp_found", "uses_tls"}
    again = ProbeRun.objects.latest("pk")
    probe.perform(again.pk)
    tls_server.stop()
    again.refresh_from_db()
    assert again.tested["smtp_encryption"] == "ssl"
    assert again.steps[-1]["code"] == "tls_cert_untrusted", "the encryption is right now"
    assert Mailbox.objects.get().smtp_host == "", "nothing was saved"
    desk.post(PAGE, form(port, smtp_found=f"{port}:ssl"))
    assert Mailbox.objects.get().smtp_encryption == "ssl"
    assert f'value="{port}:ssl"' in desk.get(PAGE).text
    desk.post(PAGE, form(587, smtp_found=f"{port}:ssl"))
    assert Mailbox.objects.get().smtp_encryption == "starttls", "found at another port"


def test_without_script_the_page_keeps_what_was_tested_and_says_that_it_is_not_saved(
    desk: Client, ben: Membership
) -> None:
    answer = desk.post(PAGE, form(2525, then="connection"))
    run = ProbeRun.objects.get()
    assert answer["Location"] == f"{PAGE}?tried={run.pk}#tests"
    assert run.secret.reveal() == "first secret"
    html = desk.get(answer["Location"]).text
    assert 'value="2525"' in html
    assert 'value="ben@home.example"' in html
    assert "These values were tested but are not saved" in html
    assert "first secret" not in html
    refused = desk.post(PAGE, form(2525, then="connection", password=""), headers=SCRIPT).text
    assert 'href="#id_password"' in refused
    assert ProbeRun.objects.count() == 1


def test_an_account_with_a_permission_is_tested_without_a_password_at_its_own_servers_only(
    desk: Client, own: Mailbox
) -> None:
    Mailbox.objects.update(smtp_password="")
    OAuthGrant.objects.create(mailbox=own, provider="google")
    same = form(own.smtp_port, password="", then="connection")
    assert desk.post(PAGE, same).status_code == 302
    assert ProbeRun.objects.count() == 1
    for name in ("smtp_host", "imap_host"):
        assert desk.post(PAGE, same | {name: "evil.example"}).status_code == 422
    desk.post(PAGE, same | {"then": "", "smtp_port": "587"})
    own.refresh_from_db()
    assert own.smtp_port == 587
    assert OAuthGrant.objects.exists()
