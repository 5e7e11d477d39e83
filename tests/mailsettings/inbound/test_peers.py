"""Redirected mail through Postfix, Sieve and Dovecot, as a customer's server would handle it."""

from urllib.parse import quote

import pytest
from pytest_django import Settings

from companies.models import Company
from mailsettings.inbound import polling, routing
from mailsettings.models import Delivery, IncomingMail, MailFolder
from mailsettings.wire.net import Encryption
from tests.factories import raw_mail
from tests.mailsettings.inbound.conftest import make_mailbox
from tests.mailsettings.wire.test_peers import submit
from tests.servers.dovecot import User
from tests.servers.world import World

pytestmark = pytest.mark.peers

OURS = "inbound-jobs@example.test"  # a mailbox that no other test writes to
REDIRECT = f'require ["copy"];\nredirect :copy "{OURS}";\n'


@pytest.fixture
def redirecting(mail_world: World, settings: Settings, company: Company) -> User:
    """``jobs.acme@example.test`` keeps its mail and redirects a copy to the platform's catch-all."""
    settings.RECRUITING_DOMAIN = "example.test"
    company.account = "inbound"
    company.save()
    mail_world.dovecot.add(User(OURS, "secret"))
    port = mail_world.dovecot.imaps
    settings.INBOUND_IMAP_URL = f"imaps://{quote(OURS)}:secret@localhost:{port}/INBOX"
    return mail_world.dovecot.add(User("jobs.acme@example.test", "secret", sieve=REDIRECT))


def test_redirected_mail_reaches_its_company_once_by_whatever_door(
    mail_world: World, redirecting: User, company: Company
) -> None:
    mia = mail_world.dovecot.add(User("inbound.mia@example.test", "secret"))
    raw = raw_mail(sender=mia.address, To=redirecting.address, Message_ID="<1@example.test>")
    submit(mail_world, mia, raw, encryption=Encryption.STARTTLS, to=redirecting.address)
    mail_world.dovecot.wait_for(redirecting.address)
    mail_world.dovecot.wait_for(OURS)
    own = make_mailbox(
        company,
        mail_world.dovecot.imaps,
        address=redirecting.address,
        imap_host="localhost",
        imap_encryption="ssl",
        imap_account=redirecting.address,
    )

    polling.poll_due()
    assert set(MailFolder.objects.read_whole().values_list("last_error", "on_server")) == {("", 1)}
    assert IncomingMail.objects.count() == 2
    catch_all = IncomingMail.objects.get(folder__mailbox=None)
    routing.route(catch_all.pk)
    routing.route_received()
    delivery = Delivery.objects.get()
    assert (delivery.company, delivery.kind, delivery.mailbox) == (company, "person", own)
    assert (delivery.address, delivery.found_in) == (OURS, "Delivered-To")
