"""Measuring two ways of doing the same work in turn, and telling how they compare."""

import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

ROUNDS = 3


@contextmanager
def served(start: Callable[[], Any]) -> Iterator[int]:
    """Run a loopback server in a process of its own, so that it takes no time from what is measured."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(start, there), daemon=True)
    process.start()
    try:
        yield int(here.recv())
    finally:
        here.send(None)
        process.join(10)


def _serve(start: Callable[[], Any], pipe: Connection) -> None:
    server = start()
    pipe.send(server.port)
    pipe.recv()
    server.stop()


def compare(what: str, count: int, **ways: Callable[[], None]) -> None:
    """Run each way ``ROUNDS`` times in turn; print mails per second and ratios to the first way.

    ``cpu_ms`` is this process's time of the processor a mail, which other work disturbs least.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, work in ways.items():
            began, cpu_began = time.perf_counter(), time.process_time()
            work()
            seconds[name].append(time.perf_counter() - began)
            cpu[name].append(time.process_time() - cpu_began)
    rates = {name: count / statistics.median(taken) for name, taken in seconds.items()}
    floor = next(iter(rates.values()))
    for name, rate in rates.items():
        print(
            json.dumps(
                {
                    "benchmark": what,
                    "way": name,
                    "per_s": round(rate, 1),
                    "ratio": round(rate / floor, 3),
                    "cpu_ms": round(statistics.median(cpu[name]) / count * 1000, 2),
                }
            )
        )
