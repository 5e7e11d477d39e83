"""How long reading one mail may take: the readers ask now and then whether time is up.

The time is the processor's, of this thread, so that a busy machine makes no mail unreadable. What happens
between two questions is linear in the size of the mail.
"""

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar

SECONDS = 30.0

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


class TakesTooLong(Exception):
    """Reading this mail takes more time than a mail may have."""


@contextlib.contextmanager
def limit() -> Iterator[None]:
    """Have ``check`` raise ``TakesTooLong`` once the block has used up its time."""
    token = _deadline.set(time.thread_time() + SECONDS)
    try:
        yield
    finally:
        _deadline.reset(token)


def check() -> None:
    """Raise ``TakesTooLong`` when time is up; for the loops whose length a mail decides."""
    if time.thread_time() > _deadline.get():
        raise TakesTooLong(f"reading it takes more than {SECONDS:g} seconds")
