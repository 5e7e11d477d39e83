"""Ben's own mail account."""

import pytest
from django.test import Client

from companies.models import Membership
from mailsettings.models import Mailbox
from tests import factories
from tests.mailservers import (  # noqa: F401 -- fixtures
    SmtpServer,
    imap_server,
    smtp_server,
)


@pytest.fixture
def desk(client: Client, ben: Membership) -> Client:
    """Ben's browser."""
    client.force_login(ben.user)
    return client


@pytest.fixture
def own(ben: Membership, smtp_server: SmtpServer) -> Mailbox:  # noqa: F811 -- the fixture
    """Ben's account at ``smtp_server``, without a login."""
    return factories.MailboxFactory(
        company=ben.company,
        user=ben.user,
        address="ben@home.example",
        smtp_port=smtp_server.port,
        smtp_account="",
    )
