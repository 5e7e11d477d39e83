"""Waking a worker after commit is an optimisation: it may fail, but not slow anybody down."""

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.db import transaction

from mailsettings.models import Mailbox
from mailsettings.outbound import doorbell, outbox
from mailsettings.tasks import deliver
from tests.mailservers import SmtpServer
from tests.mailsettings.outbound.conftest import Queue


@pytest.fixture(autouse=True)
def fresh_doorbell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where somebody listens and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def move_broker(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", url)


def test_worker_is_woken_only_after_the_commit(
    queue: Queue, mailbox: Mailbox, django_capture_on_commit_callbacks: Any
) -> None:
    rung: list[Any] = []
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        mail = queue(mailbox)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliver, "apply_async", lambda arguments, **_: rung.append(arguments))
        assert rung == []
        for callback in callbacks:
            callback()
    assert rung == [(mail.pk,)]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_woken_for_what_was_rolled_back(
    queue: Queue, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "apply_async", lambda *_, **__: pytest.fail("rung"))
    with transaction.atomic():
        queue(mailbox)
        transaction.set_rollback(True)
    assert mailbox.outgoing_mails.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere.sock"])
def test_dead_broker_costs_a_send_no_time_and_no_mail(
    queue: Queue,
    mailbox: Mailbox,
    smtp_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
    broker: str,
) -> None:
    move_broker(monkeypatch, broker)
    started = time.monotonic()
    queue(mailbox)
    assert time.monotonic() - started < 2
    outbox.deliver_due()
    smtp_server.wait_for(1)


@pytest.mark.django_db(transaction=True)
def test_silent_broker_is_asked_once_for_many_mails(
    queue: Queue, mailbox: Mailbox, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_broker(monkeypatch, f"redis://127.0.0.1:{silent_port}/0")
    started = time.monotonic()
    for _ in range(10):
        queue(mailbox)
    assert time.monotonic() - started < 3
    assert mailbox.outgoing_mails.filter(state="queued").count() == 10


@pytest.mark.django_db(transaction=True)
def test_task_sends_the_mail_it_was_rung_for(
    queue: Queue, mailbox: Mailbox, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current_app.conf, "task_always_eager", True)
    queue(mailbox)
    smtp_server.wait_for(1)


@pytest.mark.django_db(transaction=True)
def test_many_mails_of_a_transaction_ring_once_an_account_and_one_connection_is_kept(
    queue: Queue, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[int, Any]] = []
    monkeypatch.setattr(
        deliver,
        "apply_async",
        lambda arguments, connection, **_: rung.append((arguments[0], connection)),
    )
    with transaction.atomic():
        first = queue(mailbox)
        with transaction.atomic():
            queue(mailbox)
            own = queue(None)
            queue(None)
        with contextlib.suppress(ValueError), transaction.atomic():
            queue(mailbox)
            raise ValueError
    assert [pk for pk, _ in rung] == [first.pk, own.pk]
    second = queue(mailbox)
    assert [pk for pk, _ in rung][2:] == [second.pk]
    assert len({id(connection) for _, connection in rung}) == 1
