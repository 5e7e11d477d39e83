"""The outgoing spool: what becomes of a mail when servers take, refuse, stall or vanish."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from companies.models import AuditEntry, Company, Membership
from mailsettings.models import Mailbox, OutgoingMail, SenderDomain
from mailsettings.outbound import outbox, outcomes, transports
from tests import factories
from tests.mailservers import SmtpServer
from tests.mailsettings.outbound.conftest import Queue, states

State = OutgoingMail.State


def deliver(mail: OutgoingMail) -> OutgoingMail:
    """Deliver and return the row as it stands then."""
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    return mail


def test_queue_keeps_bytes_recipients_and_message_id(queue: Queue, mailbox: Mailbox) -> None:
    mail = queue(mailbox, "mia@mail.example", "ben@acme.example", "mia@mail.example", raw=b"Hi")
    assert mail.raw.read() == b"Hi"
    assert states(mail) == {"mia@mail.example": "pending", "ben@acme.example": "pending"}
    assert (mail.state, mail.attempts, mail.message_id) == (
        "queued",
        0,
        "<acme-1@recruiting.example>",
    )


def test_queue_refuses_a_mail_for_nobody(company: Company) -> None:
    with pytest.raises(ValueError, match="recipient"):
        outbox.queue(
            company=company,
            mailbox=None,
            envelope_sender="",
            recipients=(),
            raw=b"",
            message_id="<a@b>",
        )


def test_message_id_is_unique(queue: Queue, mailbox: Mailbox) -> None:
    queue(mailbox, message_id="<one@acme.example>")
    with pytest.raises(IntegrityError), transaction.atomic():
        queue(mailbox, message_id="<one@acme.example>")


def test_deliver_hands_the_stored_bytes_to_the_mailbox_server(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    mail = deliver(queue(mailbox))
    received = smtp_server.wait_for(1)[0]
    assert received.raw == mail.raw.read()
    assert (received.sender, received.recipients) == ("jobs@acme.example", ["mia@mail.example"])
    assert (mail.state, mail.last_reply) == ("sent", "250 2.0.0 Ok: queued")
    assert mail.server == f"127.0.0.1:{smtp_server.port}"
    assert mail.sent_at
    assert states(mail) == {"mia@mail.example": "accepted"}


def test_deliver_twice_sends_once(queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer) -> None:
    mail = queue(mailbox)
    deliver(mail)
    deliver(mail)
    outbox.deliver_due()
    assert len(smtp_server.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_once(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    mail = queue(mailbox)
    barrier = threading.Barrier(6)

    def work() -> None:
        barrier.wait()
        outbox.deliver(mail.pk)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, len(smtp_server.mails)) == ("sent", 1, 1)


def test_mail_is_not_sent_before_its_time(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    mail = queue(mailbox, not_before=timezone.now() + timedelta(hours=1))
    assert deliver(mail).state == "queued"
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    outbox.deliver_due()
    smtp_server.wait_for(1)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_temporary_refusal_is_tried_again_with_the_same_bytes(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, stage: str
) -> None:
    setattr(smtp_server, stage, "451 4.7.1 Greylisted")
    mail = deliver(queue(mailbox))
    assert (mail.state, mail.shown_state, mail.attempts) == ("queued", "retrying", 1)
    assert mail.last_reply == "451 4.7.1 Greylisted"
    assert timedelta(seconds=40) < mail.next_attempt_at - timezone.now() < timedelta(seconds=80)
    assert states(mail) == {"mia@mail.example": "pending"}
    setattr(smtp_server, stage, "250 Ok")
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    assert deliver(mail).state == "sent"
    assert smtp_server.mails[0].raw == mail.raw.read()


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_permanent_refusal_fails_with_the_server_s_words(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, stage: str
) -> None:
    setattr(smtp_server, stage, "550 5.7.1 Not wanted")
    mail = deliver(queue(mailbox))
    assert (mail.state, mail.last_reply) == ("failed", "550 5.7.1 Not wanted")
    assert states(mail) == {"mia@mail.example": "refused"}
    assert smtp_server.mails == []


def test_attempts_run_out_after_three_days(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    smtp_server.rcpt = "452 4.2.2 Mailbox full"
    mail = queue(mailbox)
    waited = timedelta()
    while deliver(mail).state == "queued":
        waited += mail.next_attempt_at - timezone.now()
        OutgoingMail.objects.update(next_attempt_at=timezone.now())
    assert (mail.state, mail.last_reply) == ("failed", "452 4.2.2 Mailbox full")
    assert timedelta(days=2) < waited < timedelta(days=4)
    assert states(mail) == {"mia@mail.example": "refused"}


def test_one_bad_cc_does_not_fail_the_others(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    smtp_server.rcpt = lambda who: "550 5.1.1 Unknown" if who.startswith("bad") else "250 Ok"
    mail = deliver(queue(mailbox, "mia@mail.example", "bad@mail.example"))
    assert mail.state == "sent"
    assert states(mail) == {"mia@mail.example": "accepted", "bad@mail.example": "refused"}
    assert mail.recipients.get(address="bad@mail.example").reply == "550 5.1.1 Unknown"


def test_recipient_refused_for_good_is_not_asked_again(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    smtp_server.rcpt = lambda who: "550 Unknown" if who.startswith("bad") else "450 Later"
    mail = deliver(queue(mailbox, "bad@mail.example", "mia@mail.example"))
    assert (mail.state, states(mail)["bad@mail.example"]) == ("queued", "refused")
    smtp_server.rcpt = "250 Ok"
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    assert deliver(mail).state == "sent"
    assert smtp_server.mails[0].recipients == ["mia@mail.example"]


def test_connection_lost_in_data_is_unconfirmed_and_never_repeated(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    smtp_server.drop_at = "data"
    mail = deliver(queue(mailbox))
    assert (mail.state, mail.last_code) == ("unconfirmed", "connection_lost")
    smtp_server.drop_at = ""
    outbox.deliver_due()
    deliver(mail)
    assert len(smtp_server.mails) == 1  # the server did keep what it did not acknowledge


def test_silence_after_data_is_unconfirmed(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "LAST_WORD", 0.2)
    smtp_server.slow = {"data": 1.0}
    mail = deliver(queue(mailbox))
    assert (mail.state, mail.last_code) == ("unconfirmed", "timeout")
    assert states(mail) == {"mia@mail.example": "pending"}


def test_an_attempt_ends_before_the_sweep_takes_its_mail(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=transports.ATTEMPT) < outcomes.STALE_AFTER
    monkeypatch.setattr(transports, "ATTEMPT", 0.5)
    smtp_server.slow = {"rcpt": 0.2, "data": 0.6}
    mail = deliver(queue(mailbox))
    assert (mail.state, mail.last_code) == ("unconfirmed", "timeout")
    smtp_server.slow = {"mail": 0.3, "rcpt": 0.4}
    mail = deliver(queue(mailbox))
    assert (mail.state, mail.last_code) == ("queued", "timeout")


def test_each_mail_on_a_kept_connection_has_its_own_time(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "ATTEMPT", 0.8)
    smtp_server.slow = {"rcpt": 0.35}
    for _ in range(3):
        queue(mailbox)
    outbox.deliver_due()
    assert (len(smtp_server.mails), smtp_server.connections) == (3, 1)


def test_trouble_at_quit_is_harmless(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    smtp_server.quit = "421 4.3.0 Closing down"
    assert deliver(queue(mailbox)).state == "sent"


def test_lost_file_fails_the_mail_and_not_the_worker(queue: Queue, mailbox: Mailbox) -> None:
    mail = queue(mailbox)
    mail.raw.path = "nowhere"
    mail.raw.save()
    assert (deliver(mail).state, mail.last_code) == ("failed", "file_missing")


def test_mail_whose_mailbox_was_deleted_does_not_leave_by_the_platform(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, settings: Any
) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{smtp_server.port}"
    mail = queue(mailbox)
    mailbox.delete()
    assert (deliver(mail).state, mail.last_code) == ("failed", "mailbox_deleted")
    assert smtp_server.mails == []


@pytest.mark.parametrize(("owner", "state"), [("acme", "sent"), ("other", "failed")])
def test_platform_speaks_for_a_domain_that_this_company_has_verified(
    queue: Queue, company: Company, smtp_server: SmtpServer, settings: Any, owner: str, state: str
) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{smtp_server.port}"
    verifier = company if owner == company.account else factories.CompanyFactory(account=owner)
    SenderDomain.objects.create(company=verifier, name="acme.example", verified_at=timezone.now())
    assert deliver(queue(None, envelope_sender="jobs@acme.example")).state == state
    # SPF asks about the envelope's domain, and reports go there: it is ours, whoever speaks.
    senders = [mail.sender for mail in smtp_server.mails]
    assert senders == ([company.recruiting_address] if state == "sent" else [])


def test_a_deleted_mailboxs_mail_does_not_leave_behind_one_of_the_platform(
    queue: Queue, smtp_server: SmtpServer, settings: Any
) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{smtp_server.port}"
    ours, foreign = queue(), queue(envelope_sender="jobs@customer.example")
    outbox.deliver_due()
    ours.refresh_from_db()
    foreign.refresh_from_db()
    assert (ours.state, foreign.state) == ("sent", "failed")
    assert len(smtp_server.mails) == 1


def test_mail_without_mailbox_leaves_by_the_platform(
    queue: Queue, smtp_server: SmtpServer, settings: Any
) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{smtp_server.port}"
    assert deliver(queue()).state == "sent"
    assert smtp_server.mails[0].sender == "acme-jobs@recruiting.posthorn.example"


def test_deliver_due_sends_an_account_s_mails_over_one_connection(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    for _ in range(3):
        queue(mailbox)
    outbox.deliver_due()
    assert (len(smtp_server.mails), smtp_server.connections) == (3, 1)


def test_refusal_of_one_mail_does_not_hold_up_the_next(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    smtp_server.rcpt = lambda who: "550 Unknown" if who.startswith("bad") else "250 Ok"
    bad, good = queue(mailbox, "bad@mail.example"), queue(mailbox)
    outbox.deliver_due()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("failed", "sent")


# ---- people


@pytest.mark.parametrize("state", ["failed", "unconfirmed", "bounced", "cancelled"])
def test_person_may_send_again_what_is_settled(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, ada: Membership, state: str
) -> None:
    mail = queue(mailbox, "mia@mail.example", "ben@acme.example")
    OutgoingMail.objects.update(state=state, attempts=9, claimed_at=timezone.now())
    mail.recipients.filter(address="ben@acme.example").update(state="accepted")
    assert outbox.retry(mail, by=ada)
    assert (mail.state, mail.attempts) == ("queued", 0)
    deliver(mail)
    assert smtp_server.mails[0].recipients == ["mia@mail.example"]
    assert AuditEntry.objects.get().verb == "outgoing_mail.retried"


def test_retry_wakes_a_worker(
    mailbox: Mailbox, ada: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    mail = factories.OutgoingMailFactory(company=mailbox.company, mailbox=mailbox, state="failed")
    with django_capture_on_commit_callbacks() as callbacks:
        outbox.retry(mail, by=ada)
    assert len(callbacks) == 1


@pytest.mark.parametrize("state", ["sending", "sent"])
def test_mail_on_its_way_or_gone_cannot_be_sent_again_or_cancelled(
    queue: Queue, mailbox: Mailbox, ada: Membership, state: str
) -> None:
    mail = queue(mailbox)
    OutgoingMail.objects.update(state=state)
    assert not outbox.retry(mail, by=ada)
    assert not outbox.cancel(mail, by=ada)
    assert AuditEntry.objects.count() == 0


def test_cancelled_mail_never_leaves(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, ada: Membership
) -> None:
    mail = queue(mailbox)
    assert outbox.cancel(mail, by=ada)
    deliver(mail)
    outbox.deliver_due()
    assert (mail.state, smtp_server.mails) == ("cancelled", [])


# ---- bounces


def bounce(company: Company, mail: OutgoingMail, *addresses: str, permanent: bool = True) -> Any:
    return outbox.record_bounce(
        company,
        message_id=mail.message_id,
        addresses=addresses,
        permanent=permanent,
        diagnostic="smtp; 550 5.1.1 User unknown",
    )


@pytest.mark.parametrize("state", ["sent", "unconfirmed", "sending"])
def test_bounce_marks_mail_and_recipient(queue: Queue, company: Company, state: str) -> None:
    mail = queue(None, "mia@mail.example", "ben@acme.example")
    OutgoingMail.objects.update(state=state)
    assert bounce(company, mail, "Mia@Mail.example").state == "bounced"
    assert states(mail) == {"mia@mail.example": "bounced", "ben@acme.example": "pending"}


def test_bounce_without_address_is_about_the_only_recipient(queue: Queue, company: Company) -> None:
    mail = queue()
    OutgoingMail.objects.update(state="sent")
    bounce(company, mail)
    assert states(mail) == {"mia@mail.example": "bounced"}


def test_delay_report_changes_nothing(queue: Queue, company: Company) -> None:
    mail = queue()
    OutgoingMail.objects.update(state="sent")
    assert bounce(company, mail, "mia@mail.example", permanent=False) == mail
    assert (bounce(company, mail, permanent=False).state, states(mail)) == (
        "sent",
        {"mia@mail.example": "pending"},
    )


def test_bounce_of_another_company_s_mail_is_nobody_s(queue: Queue, cleo: Membership) -> None:
    mail = queue()
    OutgoingMail.objects.update(state="sent")
    assert bounce(cleo.company, mail, "mia@mail.example") is None
    mail.refresh_from_db()
    assert mail.state == "sent"


def test_mail_queued_again_is_not_stopped_by_an_old_bounce(queue: Queue, company: Company) -> None:
    assert bounce(company, queue(), "mia@mail.example").state == "queued"
