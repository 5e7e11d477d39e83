"""The shared cache, and what happens while its server is away."""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis.backoff import NoBackoff
from redis.retry import Retry
from time_machine import TimeMachineFixture

from ats import embedded
from ats.cache import Cache
from tests.servers import places


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cache, "away_until", 0.0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Path]:
    socket = tmp_path / "cache.sock"
    command = [embedded.broker_binary(), "--port", "0", "--unixsocket", str(socket)]
    with subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL) as running:
        places.wait_until(socket.exists, "the cache server")
        yield socket
        running.terminate()


def make(socket: Path) -> Cache:
    options = {"socket_timeout": 1, "retry": Retry(NoBackoff(), retries=0)}
    cache = Cache(f"unix://{socket}?db=0", {"OPTIONS": options})
    cache.own.clear()
    return cache


def test_values_are_shared_while_the_server_is_there(server: Path) -> None:
    make(server).set("colour", "blue")
    assert make(server).get("colour") == "blue"


def test_limits_still_count_while_the_server_is_away(tmp_path: Path) -> None:
    cache = make(tmp_path / "nobody.sock")
    assert cache.add("hits", 1)
    assert not cache.add("hits", 1)
    assert cache.incr("hits") == 2
    assert cache.get_many(["hits", "other"]) == {"hits": 2}
    assert [cache.count("posts", limit=1, window=60) for _ in range(2)] == [0, 60]


def test_window_slides_and_of_many_at_once_as_many_pass_as_may(
    server: Path, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-11-22 12:00:50Z", tick=False)

    def count(_: int) -> int:
        return int(make(server).count("hits", limit=20, window=60))

    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(count, range(50)))
    assert sorted(set(waits)) == [0, 60]
    assert waits.count(0) == 20
    time_machine.shift(59)
    assert count(0) == 1
    time_machine.shift(1)
    assert count(0) == 0


def test_absent_server_is_not_asked_at_every_call(tmp_path: Path) -> None:
    cache = make(tmp_path / "nobody.sock")
    cache.get("a")
    assert Cache.away_until > time.monotonic()


def test_server_that_comes_back_is_used_again(
    server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = make(server)
    monkeypatch.setattr(Cache, "away_until", time.monotonic() + 60)
    cache.set("colour", "red")
    monkeypatch.setattr(Cache, "away_until", 0.0)
    assert cache.get("colour") is None
