"""Greylisting of one recipient: the others have the mail, this one is asked again, alone."""

from typing import Any

import pytest
from django.utils import timezone

from companies.models import Membership
from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import outbox, retry
from tests.mailservers import SmtpServer
from tests.mailsettings.outbound.conftest import Queue, states

TO, CC = "mia@mail.example", "grey@mail.example"


@pytest.fixture
def mail(queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer) -> OutgoingMail:
    """A mail to two, of whom one is put off by the server."""
    smtp_server.rcpt = lambda address: "451 4.7.1 greylisted" if address == CC else "250 ok"
    mail = queue(mailbox, TO, CC)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    return mail


def deliver_again(mail: OutgoingMail) -> OutgoingMail:
    OutgoingMail.objects.filter(pk=mail.pk).update(next_attempt_at=timezone.now())
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    return mail


def test_recipient_that_was_put_off_gets_the_mail_later_and_alone(
    mail: OutgoingMail, smtp_server: SmtpServer
) -> None:
    assert (mail.shown_state, states(mail)) == ("retrying", {TO: "accepted", CC: "pending"})
    smtp_server.rcpt = "250 ok"
    assert deliver_again(mail).state == "sent"
    assert [each.recipients for each in smtp_server.wait_for(2)] == [[TO], [CC]]
    assert states(mail) == {TO: "accepted", CC: "accepted"}


def test_mail_stays_sent_when_the_other_recipient_is_refused_in_the_end(
    mail: OutgoingMail, smtp_server: SmtpServer, ada: Membership
) -> None:
    smtp_server.rcpt = "550 5.1.1 unknown"
    assert deliver_again(mail).state == "sent"
    assert states(mail) == {TO: "accepted", CC: "refused"}
    assert outbox.retry(mail, by=ada)
    assert states(mail) == {TO: "accepted", CC: "pending"}


def test_recipient_put_off_for_ever_is_refused_at_last(
    mail: OutgoingMail, smtp_server: SmtpServer, monkeypatch: Any
) -> None:
    monkeypatch.setattr(retry, "WAITS", ())
    assert deliver_again(mail).state == "sent"
    assert states(mail) == {TO: "accepted", CC: "refused"}


def test_cancelling_the_rest_leaves_the_mail_sent(mail: OutgoingMail, ada: Membership) -> None:
    assert outbox.cancel(mail, by=ada)
    assert (mail.state, states(mail)) == ("sent", {TO: "accepted", CC: "refused"})
    assert not outbox.cancel(mail, by=ada)
