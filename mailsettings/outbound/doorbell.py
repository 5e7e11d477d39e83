"""Ringing a worker: an optimisation that must never cost a recruiter's request more than a second or two.

The worker's own connection is patient with a broker that is away; this one is not, and after it met
silence it leaves the broker alone for a while. The sweep finds what nobody was woken for.
"""

import time
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.db import connection, transaction
from kombu import pools

IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}
LEFT_ALONE = 10.0  # seconds

_silent_until = 0.0


def ring_after_commit(task: Any, *arguments: int, about: object) -> None:
    """Ring once this transaction has committed: once, however often it is asked to ``about`` one thing."""
    bell = (task.name, about)
    within = set(connection.savepoint_ids)
    for savepoints, waiting, *_ in connection.run_on_commit:
        if getattr(waiting, "bell", None) == bell and savepoints <= within:
            return
    transaction.on_commit(_callback(task, arguments, bell), robust=True)


def _callback(task: Any, arguments: tuple[int, ...], bell: object) -> Callable[[], None]:
    # A function: when the broker is down Django logs the callback's __qualname__, which a partial lacks.
    def call() -> None:
        ring(task, *arguments)

    call.bell = bell  # type: ignore[attr-defined]  # by which ring_after_commit knows it again
    return call


def ring(task: Any, *arguments: int) -> None:
    """Ask a worker to run ``task``; raise what the broker's client raises, once in a while only."""
    global _silent_until  # noqa: PLW0603 -- one fact about one broker, known to this process
    if time.monotonic() < _silent_until:
        return
    try:
        while not _ask(task, arguments):
            pass
    except Exception:
        _silent_until = time.monotonic() + LEFT_ALONE
        raise


def _ask(task: Any, arguments: tuple[int, ...]) -> bool:
    """Send over a connection that is kept; False when that had died meanwhile and was dropped."""
    pool = pools.connections[current_app.connection_for_write(transport_options=IMPATIENT)]
    broker = pool.acquire(block=True, timeout=1)
    was_open = broker.connected
    try:
        task.apply_async(arguments, connection=broker, retry=False)
    except Exception:
        pool.replace(broker)
        if was_open:
            return False
        raise
    broker.release()
    return True
