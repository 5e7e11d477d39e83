"""A private Redis that keeps nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import places


@dataclass(frozen=True)
class Redis:
    port: int

    def url(self, database: int) -> str:
        return f"redis://{places.HOST}:{self.port}/{database}"


@contextmanager
def run() -> Iterator[Redis]:
    server = places.program("redis-server", "redis-server")
    with places.directory("redis") as home:
        (port,) = places.free_ports(1)
        command: list[str | Path] = [
            server,
            "--bind",
            places.HOST,
            "--port",
            str(port),
            "--dir",
            home,
        ]
        command += ["--save", "", "--appendonly", "no", "--databases", "64"]
        with places.running(command, ready=lambda: places.listens(port), log=home / "redis.log"):
            yield Redis(port)
