"""Ringing a worker: an optimisation that must never cost a recruiter's request more than a second or two.

The worker's own connection is patient with a broker that is away; this one is not, and after it met
silence it leaves the broker alone for a while. The sweep finds what nobody was woken for.
"""

import time
from typing import Any

from celery import current_app

IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}
LEFT_ALONE = 10.0  # seconds

_silent_until = 0.0


def ring(task: Any, *arguments: int) -> None:
    """Ask a worker to run ``task``; raise what the broker's client raises, once in a while only."""
    global _silent_until  # noqa: PLW0603 -- one fact about one broker, known to this process
    if time.monotonic() < _silent_until:
        return
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as broker:
            task.apply_async(arguments, connection=broker, retry=False)
    except Exception:
        _silent_until = time.monotonic() + LEFT_ALONE
        raise
