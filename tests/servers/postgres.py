"""A private PostgreSQL that trusts everybody and never waits for the disk."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.servers import places

NAME = "posthorn"  # of the user and of the database
OWNER = "postgres"  # the account it runs as, for it refuses to run as root
HASTE = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]


@dataclass(frozen=True)
class Postgres:
    port: int

    @property
    def url(self) -> str:
        return f"postgres://{NAME}@{places.HOST}:{self.port}/{NAME}"


@contextmanager
def run() -> Iterator[Postgres]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb = places.program("initdb", "postgresql", folders=[str(folder) for folder in binaries])
    with places.directory("pg") as home:
        places.own(home, places.account(OWNER))
        options = ["-U", NAME, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [*places.become(OWNER), initdb, "-D", home / "data", *options],
            check=True,
            cwd=home,
            stdout=subprocess.DEVNULL,
        )
        (port,) = places.free_ports(1)
        command: list[str | Path] = [
            Path(initdb).with_name("postgres"),
            "-D",
            home / "data",
            "-k",
            home,
        ]
        command += ["-p", str(port), "-c", f"listen_addresses={places.HOST}", *HASTE]
        with places.running(
            command,
            ready=lambda: _answers(port),
            log=home / "postgres.log",
            user=OWNER,
            stop=signal.SIGINT,  # ends open connections instead of waiting for them to close
        ):
            with _connect(port) as connection:
                connection.execute(f"CREATE DATABASE {NAME}")
            yield Postgres(port)


def _connect(port: int) -> psycopg.Connection:
    return psycopg.connect(
        host=places.HOST, port=port, user=NAME, dbname="postgres", autocommit=True
    )


def _answers(port: int) -> bool:
    try:
        _connect(port).close()
    except psycopg.OperationalError:
        return False
    return True
