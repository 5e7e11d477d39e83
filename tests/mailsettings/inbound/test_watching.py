"""Hearing of new mail by IDLE."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mailsettings.inbound import watching
from mailsettings.models import Mailbox, MailFolder
from tests.factories import raw_mail
from tests.mailservers import ImapServer

pytestmark = pytest.mark.django_db(transaction=True)


def wait_until(happened: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def woken(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The ids of folders with news, while a watcher runs."""
    for pause in ("REFRESH", "PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(watching, pause, 0.05)
    told: list[int] = []
    stop = threading.Event()
    watcher = threading.Thread(target=watching.watch, args=(stop, told.append))
    watcher.start()
    yield told
    stop.set()
    watcher.join(10)
    assert not watcher.is_alive()


def test_a_new_mail_wakes_the_poller_of_its_folder_at_once(
    imap_server: ImapServer, mailbox: Mailbox, woken: list[int]
) -> None:
    imap_server.capabilities += " IDLE"
    wait_until(lambda: imap_server.told("IDLE"))
    imap_server.folders["INBOX"].add(raw_mail())
    wait_until(lambda: woken)
    assert woken == [MailFolder.objects.get(mailbox=mailbox).pk]
    wait_until(lambda: len(imap_server.told("IDLE")) == 2)
    assert not imap_server.told("UID FETCH"), "a watcher reads nothing"


def test_idle_is_begun_again_before_anybody_forgets_the_connection(
    imap_server: ImapServer, woken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "WAIT", 0.05)
    imap_server.capabilities += " IDLE"
    wait_until(lambda: len(imap_server.told("IDLE")) >= 3)
    assert imap_server.told("DONE")
    assert woken == []


def test_a_server_without_idle_is_left_to_the_poller(
    imap_server: ImapServer, woken: list[int]
) -> None:
    wait_until(lambda: imap_server.told("LOGOUT"))
    assert not imap_server.told("IDLE")


def test_a_server_that_hangs_up_is_tried_again_later(
    imap_server: ImapServer, woken: list[int]
) -> None:
    imap_server.capabilities += " IDLE"
    imap_server.drop_at = "idle"
    wait_until(lambda: len(imap_server.told("IDLE")) >= 2)
    imap_server.drop_at = ""
    wait_until(
        lambda: len(imap_server.told("IDLE")) >= 4 or imap_server.told("DONE") or woken == []
    )
