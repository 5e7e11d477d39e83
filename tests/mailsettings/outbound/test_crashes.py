"""``kill -9`` at every line: a mail is sent once, or it is unconfirmed and a person decides."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from mailsettings.models import Mailbox, OutgoingMail
from mailsettings.outbound import draining, outbox, outcomes, pauses, transports
from mailsettings.wire import smtp
from tests.mailservers import SmtpServer
from tests.mailsettings.outbound.conftest import Queue, claimed_by_a_worker, states

ROOT = Path(__file__).parents[3]
LATER = outcomes.STALE_AFTER + timedelta(seconds=1)


class Killed(BaseException):
    """The process ends here: no handler of ours may catch it."""


def die(*_: Any, **__: Any) -> None:
    raise Killed


def sweep_later() -> None:
    """Run the sweep as it will be run once the claim is stale."""
    outcomes.recover_stale(timezone.now() + LATER)


@pytest.fixture
def die_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], None]:
    """Deliver a mail and die where the named function is called; all is well afterwards."""

    def run(owner: Any, name: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, die)
            with pytest.raises(Killed):
                outbox.deliver(OutgoingMail.objects.get().pk)

    return run


BEFORE_DATA = [
    (pauses, "admits"),
    (draining, "_read"),
    (transports, "transport_for"),
    (smtp, "connect"),
    (outcomes, "record_data_started"),
]


@pytest.mark.parametrize(("owner", "name"), BEFORE_DATA)
def test_death_before_data_means_the_mail_is_sent_again(
    queue: Queue,
    mailbox: Mailbox,
    smtp_server: SmtpServer,
    die_in: Callable[[Any, str], None],
    owner: Any,
    name: str,
) -> None:
    mail = queue(mailbox)
    die_in(owner, name)
    mail.refresh_from_db()
    assert (mail.state, mail.data_started_at) == ("sending", None)
    outbox.deliver_due()  # too early to tell from patience
    assert smtp_server.mails == []
    sweep_later()
    outbox.deliver_due()
    mail.refresh_from_db()
    assert (mail.state, len(smtp_server.mails)) == ("sent", 1)


@pytest.mark.parametrize(
    ("owner", "name"),
    [(smtp, "_send_message"), (outcomes, "record_sent"), (outcomes, "_finish")],
    ids=["while sending", "before the outcome", "in the outcome"],
)
def test_death_after_data_started_leaves_it_to_people(
    queue: Queue,
    mailbox: Mailbox,
    smtp_server: SmtpServer,
    die_in: Callable[[Any, str], None],
    owner: Any,
    name: str,
) -> None:
    mail = queue(mailbox)
    die_in(owner, name)
    taken = len(smtp_server.mails)
    sweep_later()
    outbox.deliver_due()
    mail.refresh_from_db()
    assert (mail.state, mail.last_code) == ("unconfirmed", "worker_lost")
    assert len(smtp_server.mails) == taken


def test_mail_that_kills_its_worker_each_time_gets_less_attention(
    queue: Queue, mailbox: Mailbox, die_in: Callable[[Any, str], None]
) -> None:
    mail = queue(mailbox)
    deaths = 0
    while mail.state == "queued":
        die_in(smtp, "connect")
        deaths += 1
        sweep_later()
        mail.refresh_from_db()
        OutgoingMail.objects.update(next_attempt_at=timezone.now())
    assert (mail.state, deaths) == ("failed", 10)


def test_living_worker_is_not_swept(queue: Queue, mailbox: Mailbox) -> None:
    mail = queue(mailbox)
    claimed = claimed_by_a_worker(mail)
    assert claimed
    outcomes.record_data_started(claimed)
    outcomes.recover_stale()
    mail.refresh_from_db()
    assert mail.state == "sending"


def test_slow_worker_whose_claim_was_taken_does_not_begin_data(
    queue: Queue, mailbox: Mailbox
) -> None:
    mail = queue(mailbox)
    slow = claimed_by_a_worker(mail)
    assert slow
    sweep_later()
    fast = claimed_by_a_worker(mail)
    assert fast
    with pytest.raises(outcomes.ClaimLost):
        outcomes.record_data_started(slow)
    outcomes.record_data_started(fast)


def test_late_outcome_of_a_lost_claim_changes_nothing(queue: Queue, mailbox: Mailbox) -> None:
    mail = queue(mailbox)
    slow = claimed_by_a_worker(mail)
    assert slow
    sweep_later()
    assert claimed_by_a_worker(mail)
    error = smtp.SendError("no", code="message_refused", permanent=True)
    done = transports.Handover("late:25", ("mia@mail.example",), {})
    assert not outcomes.record_failure(slow, error)
    assert not outcomes.record_sent(slow, done)
    outcomes.release(slow)
    mail.refresh_from_db()
    assert (mail.state, mail.server, mail.attempts) == ("sending", "", 2)
    assert states(mail) == {"mia@mail.example": "pending"}


def test_late_word_of_the_server_settles_an_unconfirmed_mail(
    queue: Queue, mailbox: Mailbox
) -> None:
    mail = queue(mailbox)
    slow = claimed_by_a_worker(mail)
    assert slow
    outcomes.record_data_started(slow)
    sweep_later()
    mail.refresh_from_db()
    assert mail.state == "unconfirmed"
    assert outcomes.record_sent(slow, transports.Handover("slow:25", ("mia@mail.example",), {}))
    mail.refresh_from_db()
    assert mail.state == "sent"


def test_late_word_comes_too_late_once_a_person_has_sent_again(
    queue: Queue, mailbox: Mailbox, ada: Any
) -> None:
    mail = queue(mailbox)
    slow = claimed_by_a_worker(mail)
    assert slow
    outcomes.record_data_started(slow)
    sweep_later()
    outbox.retry(mail, by=ada)
    assert not outcomes.record_sent(slow, transports.Handover("slow:25", (), {}))
    mail.refresh_from_db()
    assert mail.state == "queued"


def test_sweep_does_not_requeue_what_began_data_meanwhile(
    queue: Queue, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = queue(mailbox)
    worker = claimed_by_a_worker(mail)
    assert worker
    finish = outcomes._finish

    def begin_data_first(swept: OutgoingMail, **fields: Any) -> bool:
        outcomes.record_data_started(worker)
        return finish(swept, **fields)

    monkeypatch.setattr(outcomes, "_finish", begin_data_first)
    sweep_later()
    mail.refresh_from_db()
    assert (mail.state, mail.data_started_at) == ("sending", worker.data_started_at)


# ---- a real process and a real kill -9


@pytest.fixture
def worker() -> Iterator[Callable[[int], "subprocess.Popen[bytes]"]]:
    """Start a process that delivers a mail, on the database and the files of this test."""
    started = []

    def start(mail_id: int) -> "subprocess.Popen[bytes]":
        code = "import sys, django; django.setup(); from mailsettings.outbound import outbox; "
        code += "outbox.deliver(int(sys.argv[1]))"
        process = subprocess.Popen([sys.executable, "-c", code, str(mail_id)], cwd=ROOT, env=_env())
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def _env() -> dict[str, str]:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        database = f"sqlite:///{name}"
    else:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ats.settings",
        "DEBUG": "1",
        "DATABASE_URL": database,
        "STORAGE_DIR": default_storage.path("."),
    }


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_worker_killed_between_data_and_outcome_sends_nothing_twice(
    queue: Queue,
    mailbox: Mailbox,
    smtp_server: SmtpServer,
    worker: Callable[[int], "subprocess.Popen[bytes]"],
) -> None:
    smtp_server.slow = {"data": 180}
    mail = queue(mailbox)
    process = worker(mail.pk)
    wait_until(OutgoingMail.objects.filter(data_started_at__isnull=False).exists)
    process.send_signal(signal.SIGKILL)
    process.wait()
    smtp_server.slow = {}
    sweep_later()
    outbox.deliver_due()
    mail.refresh_from_db()
    assert (mail.state, mail.last_code) == ("unconfirmed", "worker_lost")
    assert smtp_server.connections == 1


@pytest.mark.django_db(transaction=True)
def test_worker_killed_before_data_leaves_the_mail_to_the_next(
    queue: Queue,
    mailbox: Mailbox,
    smtp_server: SmtpServer,
    worker: Callable[[int], "subprocess.Popen[bytes]"],
) -> None:
    smtp_server.slow = {"rcpt": 60}
    mail = queue(mailbox)
    process = worker(mail.pk)
    wait_until(lambda: smtp_server.connections == 1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    smtp_server.slow = {}
    sweep_later()
    outbox.deliver_due()
    mail.refresh_from_db()
    assert (mail.state, len(smtp_server.mails)) == ("sent", 1)


def test_death_among_quick_mails_leaves_only_their_group_open(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups of 1, 2 and 4 mails share a mark; the worker dies with the sixth mail at the server."""
    monkeypatch.setattr(draining, "GROUP_SECONDS", 60)
    mails = [queue(mailbox) for _ in range(9)]
    send = smtp._send_message

    def die_later(*given: Any) -> Any:
        if len(smtp_server.mails) == 5:
            monkeypatch.setattr(outcomes, "record_all_sent", die)
            monkeypatch.setattr(outcomes, "release", die)
            raise Killed
        return send(*given)

    with monkeypatch.context() as patch:
        patch.setattr(smtp, "_send_message", die_later)
        with pytest.raises(Killed):
            outbox.deliver_due()
    monkeypatch.undo()
    sweep_later()
    outbox.deliver_due()
    states = [OutgoingMail.objects.get(pk=mail.pk).state for mail in mails]
    assert states == ["sent"] * 3 + ["unconfirmed"] * 4 + ["sent"] * 2
    assert len(smtp_server.mails) == 5 + 2


def test_refusal_inside_a_group_is_that_mails_alone(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "GROUP_SECONDS", 60)
    smtp_server.rcpt = lambda address: {
        "none@mail.example": "550 5.1.1 No",
        "later@mail.example": "450 4.2.0 Later",
    }.get(address, "250 Ok")
    names = ["mia", "mia", "none", "mia", "later", "mia", "mia"]
    mails = [queue(mailbox, f"{name}@mail.example") for name in names]
    both = queue(mailbox, "mia@mail.example", "none@mail.example")
    outbox.deliver_due()
    found = [OutgoingMail.objects.get(pk=mail.pk) for mail in mails]
    assert [mail.state for mail in found] == [
        {"none": "failed", "later": "queued"}.get(name, "sent") for name in names
    ]
    assert [one["reply"] for one in found[-1].tries] == ["250 2.0.0 Ok: queued"]
    assert found[-1].last_reply == "250 2.0.0 Ok: queued"
    assert found[4].data_started_at is None
    assert states(mails[-1]) == {"mia@mail.example": "accepted"}
    assert states(both) == {"mia@mail.example": "accepted", "none@mail.example": "refused"}
