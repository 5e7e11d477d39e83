"""Being told of new mail at once: one connection a folder that waits in IDLE, each in a thread of its own.

A convenience only. What a watcher misses, because a server, the broker or this process is down, the next
poll finds; a watcher stores nothing itself.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection
from django.db.models import QuerySet
from kombu.exceptions import OperationalError as BrokerError

from mailsettings.encryption import DecryptionError
from mailsettings.inbound import folders
from mailsettings.models import MailFolder
from mailsettings.wire import imap

TIMEOUT = 20.0  # seconds, as for polling
WAIT = (
    240.0  # seconds of one IDLE; servers and firewalls forget silent connections after five minutes
)
SESSION = 25 * 60.0  # seconds until a connection is made anew
REFRESH = 30.0  # seconds until a new folder is noticed
PAUSE, LONGEST_PAUSE = 60.0, 15 * 60.0  # seconds after a failure
MAX_WATCHED = 200  # threads; the folders beyond are polled as if nobody watched

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)


def watch(stop: threading.Event, wake: Callable[[int], object]) -> None:
    """Watch every folder that is read until ``stop`` is set; ``wake`` is called with the id of one with news."""
    threads: dict[int, threading.Thread] = {}
    while not stop.is_set():
        threads = {pk: thread for pk, thread in threads.items() if thread.is_alive()}
        for pk in _list_folders():
            if pk not in threads and len(threads) < MAX_WATCHED:
                threads[pk] = threading.Thread(target=_keep_watching, args=(pk, stop, wake))
                threads[pk].start()
        stop.wait(REFRESH)
    for thread in threads.values():
        thread.join(TIMEOUT)


def _gives_its_connection_back(ask: Callable[P, T]) -> Callable[P, T]:
    """For what a watching thread asks the database: it will not need the connection again for long."""

    @wraps(ask)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return ask(*args, **kwargs)
        finally:
            connection.close()

    return wrapped


@_gives_its_connection_back
def _list_folders() -> list[int]:
    try:
        folders.sync()
        return list(_watched().order_by("pk").values_list("pk", flat=True))
    except Exception:
        # The database may be away for a moment; whoever is watched already stays so.
        logger.exception("listing folders to watch failed")
        return []


def _keep_watching(folder_id: int, stop: threading.Event, wake: Callable[[int], object]) -> None:
    pause = PAUSE
    while not stop.is_set():
        try:
            source = _find_source(folder_id)
            if source is None:
                return  # not read any more
            if not _watch_once(folder_id, source, stop, wake):
                stop.wait(LONGEST_PAUSE)  # no IDLE here; polling is enough
            pause = PAUSE
        except (imap.ImapError, DecryptionError) as error:
            logger.info("folder %s cannot be watched: %s", folder_id, error)
            stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        except Exception:
            # Whatever it is, polling goes on; this thread tries again.
            logger.exception("watching folder %s failed", folder_id)
            stop.wait(LONGEST_PAUSE)


@_gives_its_connection_back
def _find_source(folder_id: int) -> folders.Source | None:
    folder = _watched().filter(pk=folder_id).select_related("mailbox").first()
    return folders.source_of(folder) if folder else None


def _watched() -> QuerySet[MailFolder]:
    """The others are read by other rules, and rarely enough to wait for the next poll."""
    return MailFolder.objects.read_whole().exclude(next_poll_at=None)


def _watch_once(
    folder_id: int, source: folders.Source, stop: threading.Event, wake: Callable[[int], object]
) -> bool:
    """Wait on one connection; False when the server has no IDLE."""
    ends = time.monotonic() + SESSION
    budget = SESSION + WAIT + TIMEOUT
    with imap.session(source.open_account(), timeout=TIMEOUT, budget=budget) as client:
        if not imap.can_wait(client):
            return False
        imap.open_folder(client, source.folder, readonly=True)
        while time.monotonic() < ends and not stop.is_set():
            if imap.wait_for_news(client, WAIT, stop.is_set):
                _tell(folder_id, wake)
    return True


def _tell(folder_id: int, wake: Callable[[int], object]) -> None:
    try:
        wake(folder_id)
    except BrokerError:
        logger.warning("broker unreachable; the next poll finds the mail in folder %s", folder_id)
