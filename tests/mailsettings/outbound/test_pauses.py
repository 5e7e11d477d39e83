"""An account in trouble waits, sends nothing twice, changes no sender and delays nobody else."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from mailsettings.encryption import Sealed
from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import outbox, pauses
from tests.mailservers import Script, SmtpServer
from tests.mailsettings.outbound.conftest import Queue


def reach_trial(mailbox: Mailbox) -> None:
    """Let the time pass until the paused mailbox is tried again."""
    Mailbox.objects.filter(pk=mailbox.pk).update(retry_at=timezone.now())


@pytest.fixture
def locked(mailbox: Mailbox, smtp_server: SmtpServer) -> Mailbox:
    """A mailbox with a wrong password."""
    smtp_server.accounts = {"jobs@acme.example": "right"}
    mailbox.smtp_account = "jobs@acme.example"
    mailbox.smtp_password = "wrong"
    mailbox.save()
    mailbox.refresh_from_db()
    return mailbox


def test_refused_login_pauses_the_mailbox_and_keeps_its_mail(
    queue: Queue, locked: Mailbox, smtp_server: SmtpServer
) -> None:
    mails = [queue(locked) for _ in range(3)]
    outbox.deliver_due()
    for mail in mails:
        outbox.deliver(mail.pk)
    locked.refresh_from_db()
    assert len(smtp_server.logins) == 1  # each more would count towards a lock-out
    assert locked.paused_at
    assert locked.retry_at
    assert timedelta(minutes=9) < locked.retry_at - timezone.now() < timedelta(minutes=11)
    assert locked.pause_reason.startswith("The server refused account and password. 535")
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {("queued", 0)}


def test_trial_that_works_lifts_the_pause_and_sends_everything(
    queue: Queue, locked: Mailbox, smtp_server: SmtpServer
) -> None:
    for _ in range(3):
        queue(locked)
    outbox.deliver_due()
    smtp_server.accounts = {"jobs@acme.example": "wrong"}
    reach_trial(locked)
    outbox.deliver_due()
    locked.refresh_from_db()
    assert len(smtp_server.mails) == 3
    assert (locked.paused_at, locked.pause_reason, locked.retry_at) == (None, "", None)


def test_only_one_mail_is_tried_when_the_trial_comes(
    queue: Queue, locked: Mailbox, smtp_server: SmtpServer
) -> None:
    mails = [queue(locked) for _ in range(3)]
    outbox.deliver_due()
    locked.refresh_from_db()
    since = locked.paused_at
    reach_trial(locked)
    for mail in mails:
        outbox.deliver(mail.pk)
    locked.refresh_from_db()
    assert len(smtp_server.logins) == 2
    assert locked.paused_at == since


def test_caller_that_comes_second_to_a_trial_gives_its_mail_back(
    queue: Queue, locked: Mailbox, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = queue(locked)
    outbox.deliver_due()
    reach_trial(locked)
    monkeypatch.setattr(pauses, "admits", lambda mailbox: False)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, len(smtp_server.logins)) == ("queued", 0, 1)


def test_trial_belongs_to_one_caller(locked: Mailbox) -> None:
    locked.paused_at = locked.retry_at = timezone.now()
    locked.save()
    first, second = (Mailbox.objects.get(pk=locked.pk) for _ in range(2))
    assert (pauses.admits(first), pauses.admits(second)) == (True, False)


def test_settings_corrected_meanwhile_are_not_paused(
    queue: Queue, locked: Mailbox, smtp_server: SmtpServer
) -> None:
    def correct(_: str) -> str:
        Mailbox.objects.update(smtp_password=Sealed.of("right"))
        return "421 4.3.0 Closing down"

    smtp_server.accounts, smtp_server.mail = {"jobs@acme.example": "wrong"}, correct
    queue(locked)
    outbox.deliver_due()
    locked.refresh_from_db()
    assert locked.paused_at is None


def test_refused_recipient_shows_that_the_account_works(
    queue: Queue, locked: Mailbox, smtp_server: SmtpServer
) -> None:
    queue(locked)
    outbox.deliver_due()
    smtp_server.accounts, smtp_server.rcpt = {"jobs@acme.example": "wrong"}, "550 Unknown"
    reach_trial(locked)
    outbox.deliver_due()
    locked.refresh_from_db()
    assert locked.paused_at is None


def test_unreachable_server_is_tried_again_sooner_and_then_less_often(
    queue: Queue, dead_mailbox: Mailbox
) -> None:
    queue(dead_mailbox)
    outbox.deliver_due()
    dead_mailbox.refresh_from_db()
    assert dead_mailbox.retry_at
    assert dead_mailbox.retry_at - timezone.now() < timedelta(seconds=31)
    Mailbox.objects.update(paused_at=timezone.now() - timedelta(minutes=2))
    reach_trial(dead_mailbox)
    outbox.deliver_due()
    dead_mailbox.refresh_from_db()
    wait = dead_mailbox.retry_at - timezone.now()
    assert timedelta(seconds=110) < wait < timedelta(seconds=121)


@pytest.mark.django_db(transaction=True)
def test_silent_server_does_not_delay_another_account(
    queue: Queue, mailbox: Mailbox, dead_mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    with Script() as silent:
        silent._listener.listen()
        Mailbox.objects.filter(pk=dead_mailbox.pk).update(smtp_port=silent.port)
        for _ in range(3):
            queue(dead_mailbox)
        queue(mailbox)
        started = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("mailsettings.outbound.transports.TIMEOUT", 1.5)
            outbox.deliver_due()
    mail = mailbox.outgoing_mails.get()
    assert mail.sent_at
    assert mail.claimed_at
    assert mail.sent_at - mail.claimed_at < timedelta(seconds=1)
    assert time.monotonic() - started < 4  # one time-out, not three


def test_unreachable_platform_holds_its_mail_without_counting(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    mails = [queue() for _ in range(2)]
    outbox.deliver_due()
    for mail in mails:
        mail.refresh_from_db()
        assert (mail.state, mail.attempts) == ("queued", 0)
        assert mail.next_attempt_at > timezone.now() + timedelta(seconds=20)
    settings.EMAIL_URL = f"smtp://127.0.0.1:{smtp_server.port}"
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    outbox.deliver_due()
    assert len(smtp_server.mails) == 2


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"smtp_host": ""}, "not_configured"),
        ({"smtp_password": Sealed("s1:00000000:gAAAA")}, "password_unreadable"),
    ],
)
def test_mailbox_that_cannot_even_try_keeps_its_mail(
    queue: Queue, mailbox: Mailbox, broken: dict[str, Any], code: str
) -> None:
    mail = queue(mailbox)
    Mailbox.objects.update(**broken)
    outbox.deliver_due()
    mail.refresh_from_db()
    mailbox.refresh_from_db()
    assert (mail.state, mail.last_code) == ("queued", code)
    assert mailbox.paused_at


def test_misspelt_email_url_keeps_the_platform_s_mail(queue: Queue, settings: Any) -> None:
    settings.EMAIL_URL = "mailto:platform@example.com"
    mail = queue()
    outbox.deliver_due()
    mail.refresh_from_db()
    assert (mail.state, mail.last_code, mail.attempts) == ("queued", "not_configured", 0)
