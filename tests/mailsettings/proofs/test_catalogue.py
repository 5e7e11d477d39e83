"""Every class of failure that the settings page explains, provoked by a server that fails that way.

One test for all of them: each needs a server for some milliseconds, and together they show that the
catalogue holds nothing that cannot happen.
"""

import ssl
from typing import Any

import pytest

from companies.models import Membership
from mailsettings import overview
from mailsettings.models import Mailbox, ProbeRun
from mailsettings.proofs import mixups, probe, runs
from mailsettings.proofs.explanations import BY_CODE
from tests.mailapiserver import MailApiServer, mail_api  # noqa: F401 -- a fixture
from tests.mailservers import ImapServer, SmtpServer
from tests.mailsettings.proofs.scenarios import SCENARIOS, World
from tests.mailsettings.wire.conftest import expired  # noqa: F401 -- a fixture
from tests.oauthserver import OAuthServer, oauth_server  # noqa: F401 -- a fixture
from tests.servers.certs import Certificate

# Said by the redirect test, which no server is probed for: tests/mailsettings/inbound/test_redirects.py.
OF_REDIRECTS = {"header_changed"}
# For these we wait in vain; for the others as long as a loaded machine takes.
SILENT = {"timeout_connect", "timeout_banner", "timeout_tls", "timeout", "plain_on_tls_port"}


def test_no_class_of_failure_is_explained_that_no_server_provokes(
    mailbox: Mailbox,
    ada: Membership,
    smtp_server: SmtpServer,
    imap_server: ImapServer,
    certificate: Certificate,
    expired: ssl.SSLContext,  # noqa: F811 -- the fixture
    oauth_server: OAuthServer,  # noqa: F811 -- the fixture
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mixups, "USUAL", {"smtp": [], "imap": []})
    monkeypatch.setattr(runs, "LIMITS", dict.fromkeys(runs.LIMITS, 200))
    imap_server.folders["INBOX"].add(b"Subject: x\r\n\r\n")
    wanted = {code: (step, code) for step, codes in SCENARIOS.items() for code in codes}
    found = {}
    for code, scenario in ((c, s) for codes in SCENARIOS.values() for c, s in codes.items()):
        with monkeypatch.context() as patch:
            patch.setattr(mixups, "SNIFF", 2.0 if code == "plain_on_tls_port" else 0.05)
            patch.setattr(probe, "TIMEOUT", 0.3 if code in SILENT else 10.0)
            world = World(
                smtp_server,
                imap_server,
                mailbox,
                certificate,
                expired,
                patch,
                settings,
                oauth_server,
                mail_api,
            )
            with scenario(world):
                found[code] = fail(world, ada)
    assert found == wanted
    assert set(wanted) | OF_REDIRECTS == set(BY_CODE)


def fail(world: World, by: Membership) -> tuple[str, str]:
    """Test the mailbox with the changes; return the step at which it failed, and the code the page shows."""
    tried = Mailbox.objects.get(pk=world.mailbox.pk)
    for name, value in world.changes.items():
        setattr(tried, name, value)
    tried.save()
    run = probe.start(tried, ProbeRun.Kind(world.kind), by=by)
    probe.perform(run.pk)
    world.mailbox.save()
    run = ProbeRun.objects.select_related("mailbox").get(pk=run.pk)
    shown = next((step for step in overview.steps_of(run) if step.state == "bad"), None)
    assert shown is None or "secret" not in str(run.steps)
    return run.steps[-1]["name"], shown.code if shown and shown.why else "passed"
