"""The operators' page of how the mail engine stands."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import MailFolder
from tests import factories

PAGE = "/admin/mailsettings/mailfolder/facts/"


def test_operators_see_queues_mailboxes_and_paused_accounts(
    client: Client, company: Company
) -> None:
    client.force_login(factories.OperatorFactory())
    mailbox = factories.MailboxFactory(
        company=company,
        address="jobs@acme.example",
        imap_host="imap.acme.example",
        paused_at=timezone.now(),
        pause_reason="535 wrong password",
    )
    MailFolder.objects.create(mailbox=mailbox, on_server=12, missing=7)
    factories.IncomingMailFactory(received_at=timezone.now() - timedelta(hours=3))
    page = client.get(PAGE).content.decode()
    for fact in ("jobs@acme.example", "535 wrong password", "3\xa0hours", "<td>7</td>"):
        assert fact in page, fact
    assert PAGE in client.get("/admin/mailsettings/mailfolder/").content.decode()


def test_administrators_of_a_company_do_not(client: Client, ada: Membership) -> None:
    client.force_login(ada.user)
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/admin/mailsettings/mailfolder/").content.decode()
