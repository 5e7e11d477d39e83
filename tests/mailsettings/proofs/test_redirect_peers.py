"""Send test mail against Postfix and Dovecot: a Sieve redirect as a customer sets it up."""

from urllib.parse import quote

import pytest
from pytest_django import Settings

from companies.models import Company, Membership
from mailsettings.inbound import polling, routing
from mailsettings.inbound.pathreport import say
from mailsettings.models import Delivery, ProbeRun
from mailsettings.outbound import outbox
from mailsettings.proofs import rechecks, roundtrip
from tests import factories
from tests.servers.dovecot import User
from tests.servers.world import World

pytestmark = pytest.mark.peers

OURS = "acme-jobs@example.test"
REDIRECT = f'require ["copy"];\nredirect :copy "{OURS}";\n'


@pytest.fixture
def platform(mail_world: World, settings: Settings, company: Company) -> None:
    """Our own mail leaves by port 25 of the box, and comes back into the platform's catch-all."""
    settings.RECRUITING_DOMAIN = "example.test"
    settings.EMAIL_URL = f"smtp://localhost:{mail_world.postfix.smtp}"
    mail_world.dovecot.add(User(OURS, "secret"))
    port = mail_world.dovecot.imaps
    settings.INBOUND_IMAP_URL = f"imaps://{quote(OURS)}:secret@localhost:{port}/INBOX"


@pytest.mark.usefixtures("platform")
def test_a_sieve_redirect_is_proven_and_its_way_told(
    mail_world: World, company: Company, ada: Membership
) -> None:
    jobs = mail_world.dovecot.add(User("proof.acme@example.test", "secret", sieve=REDIRECT))
    box = factories.MailboxFactory(company=company, address=jobs.address, smtp_host="")
    run = roundtrip.start(box, by=ada)
    outbox.deliver(run.outgoing.pk)
    run.outgoing.refresh_from_db()
    assert run.outgoing.state == "sent", run.outgoing.last_reply
    mail_world.dovecot.wait_for(OURS)
    polling.poll_due()
    routing.route_received()
    run.refresh_from_db()
    assert run.state == ProbeRun.State.PASSED
    steps = {step["name"]: step for step in run.steps}
    assert steps["header"]["code"] == "header_kept"
    assert f"Sent on by {jobs.address}" in say(steps["redirector"])
    hops = steps["hops"]["hops"]
    assert len(hops) >= 2
    assert all(hop["at"] for hop in hops)
    assert Delivery.objects.filter(kind="test").count() == 1  # others write to this mailbox too
    rechecks.settle()
    assert box.proofs.get(kind="round_trip").failing_since is None
