"""When a mail that could not be handed over is tried again."""

import random
from datetime import timedelta

# Greylisting opens after minutes, a full mailbox after hours; after three days people want to know.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440, 1440))
JITTER = 0.2  # so that a server which comes back is not met by everything at the same second


def wait_after(attempts: int) -> timedelta | None:
    """Return how long to wait after that many attempts in vain (1 or more); None: give up."""
    if attempts > len(WAITS):
        return None
    return WAITS[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 -- spreads load, guards nothing
