"""Connections kept between the tasks of a worker, so that logging in and TLS are paid for once.

A transport is taken by one task at a time and put back when that is done. At most one an account waits
here, and only for ``seconds``: then a thread says goodbye, which lives as long as there is something to
wait for. A process that is no worker keeps nothing (``seconds`` is 0): it ends.
"""

import contextlib
import threading
import time
from collections.abc import Hashable
from typing import Protocol


class Closable(Protocol):
    def close(self) -> None: ...


class Pool:
    """Transports that nobody uses at the moment, by what they are good for."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._idle: dict[Hashable, tuple[Closable, float]] = {}
        self._changed = threading.Condition()
        self._sweeper: threading.Thread | None = None

    def take(self, key: Hashable) -> Closable | None:
        """Return what waits under this key, if anything; it is the caller's from now on."""
        with self._changed:
            found = self._idle.pop(key, None)
        return found and found[0]

    def put(self, key: Hashable, transport: Closable) -> None:
        """Keep a transport for the next task, or close it where one waits or none is kept."""
        with self._changed:
            if self.seconds and key not in self._idle:
                self._idle[key] = (transport, time.monotonic() + self.seconds)
                self._changed.notify()
                if self._sweeper is None:
                    self._sweeper = threading.Thread(target=self._sweep, daemon=True)
                    self._sweeper.start()
                return
        transport.close()

    def empty(self) -> None:
        """Close everything now and keep nothing from now on."""
        with self._changed:
            self.seconds = 0.0
            left = [transport for transport, _ in self._idle.values()]
            self._idle.clear()
            self._changed.notify()
            sweeper, self._sweeper = self._sweeper, None
        for transport in left:
            transport.close()
        if sweeper:
            sweeper.join()

    def _sweep(self) -> None:
        while late := self._wait():
            for transport in late:
                with contextlib.suppress(Exception):  # whatever its server does to a goodbye
                    transport.close()

    def _wait(self) -> list[Closable]:
        """Return what has waited too long, as soon as there is something; nothing once nothing is left."""
        with self._changed:
            while self._idle:
                now = time.monotonic()
                late = [key for key, (_, until) in self._idle.items() if until <= now]
                if late:
                    return [self._idle.pop(key)[0] for key in late]
                self._changed.wait(min(until for _, until in self._idle.values()) - now)
            self._sweeper = None
            return []


pool = Pool()
