"""Run a command, or a shell's worth of time, beside private servers.

    python -m tests.servers run -- pytest       PostgreSQL and Redis, or what TEST_PEERS lists
    python -m tests.servers run --peers mail    until Ctrl-C

The command finds them in the environment: DATABASE_URL, CELERY_BROKER_URL and CACHE_URL; of the
mail servers SSL_CERT_FILE and ports such as MAIL_IMAP_PORT. Logins are ``<name>@example.test``,
password ``secret``, for the names jobs, anna and ben.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

from tests.servers import places, postgres, redis, world
from tests.servers.dovecot import User

DOMAIN = "example.test"
Environment = dict[str, str]


@contextmanager
def run_postgres() -> Iterator[Environment]:
    with postgres.run() as server:
        yield {"DATABASE_URL": server.url}


@contextmanager
def run_redis() -> Iterator[Environment]:
    with redis.run() as server:
        yield {"CELERY_BROKER_URL": server.url(0), "CACHE_URL": server.url(1)}


@contextmanager
def run_mail() -> Iterator[Environment]:
    users = [User(f"{name}@{DOMAIN}", "secret") for name in ("jobs", "anna", "ben")]
    with world.run(users, domains=[DOMAIN]) as servers:
        yield {
            "SSL_CERT_FILE": str(servers.certificate.authority),
            "MAIL_IMAP_PORT": str(servers.dovecot.imap),
            "MAIL_IMAPS_PORT": str(servers.dovecot.imaps),
            "MAIL_SMTP_PORT": str(servers.postfix.smtp),
            "MAIL_SUBMISSION_PORT": str(servers.postfix.submission),
            "MAIL_SUBMISSIONS_PORT": str(servers.postfix.submissions),
        }


PEERS = {"postgres": run_postgres, "redis": run_redis, "mail": run_mail}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers")
    parser.add_argument("verb", choices=["run"])
    parser.add_argument("--peers", default=os.environ.get("TEST_PEERS", "postgres,redis"))
    parser.add_argument("command", nargs="*", help="what to run beside them, after --")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as started:
        environment: Environment = {}
        for peer in options.peers.split(","):
            if peer not in PEERS:
                parser.error(f"unknown peer {peer!r}; known are {', '.join(PEERS)}")
            environment |= started.enter_context(PEERS[peer]())
        return work(options.command, environment)


def work(command: list[str], environment: Mapping[str, str]) -> int:
    """Run the command to its end, or without one tell the environment and wait for Ctrl-C."""
    if command:
        return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode
    for name, value in environment.items():
        print(f"export {name}={value}", flush=True)  # noqa: T201 -- a command line's output
    with suppress(KeyboardInterrupt):
        signal.pause()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except places.Absent as reason:
        sys.exit(str(reason))
