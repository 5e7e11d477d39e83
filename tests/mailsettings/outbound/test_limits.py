"""An account sends no faster, and over no more connections, than its provider bears."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import Membership
from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import claims, limits, outbox
from tests.mailservers import SmtpServer
from tests.mailsettings.outbound.conftest import Queue


def test_microsoft_gets_three_connections_and_thirty_mails_a_minute(mailbox: Mailbox) -> None:
    assert (limits.connections(mailbox), limits.per_minute(mailbox)) == (2, 0)
    mailbox.smtp_host = "smtp.office365.com"
    assert (limits.connections(mailbox), limits.per_minute(mailbox)) == (3, 30)


def test_mailbox_knows_better_than_the_table(mailbox: Mailbox) -> None:
    mailbox.smtp_host = "smtp.office365.com"
    mailbox.connections_limit, mailbox.per_minute_limit = 1, 5
    assert (limits.connections(mailbox), limits.per_minute(mailbox)) == (1, 5)


def test_no_minute_sees_more_mails_than_allowed(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.per_minute_limit = 30
    start, sent = timezone.now(), []
    for second in range(0, 300, 5):  # the sweep comes every five seconds and takes what it gets
        now = start + timedelta(seconds=second)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        sent += [second] * limits.take(mailbox, 50)
    most = max(sum(begin <= one < begin + 60 for one in sent) for begin in range(0, 300, 5))
    assert most <= 30
    assert len(sent) > 100


def test_mails_above_the_limit_wait_for_a_later_sweep(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    Mailbox.objects.update(per_minute_limit=6)
    for _ in range(5):
        queue(mailbox)
    outbox.deliver_due()
    assert len(smtp_server.mails) == 2
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {
        ("sent", 1),
        ("queued", 0),
    }
    Mailbox.objects.update(paced_until=timezone.now() - timedelta(minutes=1))
    outbox.deliver_due()
    assert len(smtp_server.mails) == 4


def test_one_connection_when_the_mailbox_says_so(queue: Queue, mailbox: Mailbox) -> None:
    Mailbox.objects.update(connections_limit=1)
    queue(mailbox)
    assert claims.claim_next(mailbox.pk)
    queue(mailbox)
    with pytest.raises(claims.Crowded):
        claims.claim_next(mailbox.pk)


def test_an_accounts_limits_are_shown_where_it_is_set_up_and_can_be_set(
    client: Client, ada: Membership
) -> None:
    client.force_login(ada.user)
    main = reverse("mailsettings:main-mailbox")
    form = {
        "address": "jobs@acme.example",
        "use_for_sending": "yes",
        "smtp_host": "smtp.office365.com",
        "smtp_account": "jobs@acme.example",
        "smtp_password": "secret",
    }
    client.post(main, form)
    page = client.get(reverse("mailsettings:email-settings")).text
    assert 'placeholder="3"' in page
    assert 'placeholder="30"' in page
    client.post(main, form | {"connections_limit": "1", "per_minute_limit": "12"})
    mailbox = Mailbox.objects.get(company=ada.company)
    assert (mailbox.connections_limit, mailbox.per_minute_limit) == (1, 12)
    assert client.post(main, form | {"connections_limit": "99"}).status_code == 422
