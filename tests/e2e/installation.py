"""Posthorn as it runs on a server: the Procfile's processes, with DEBUG off, on this test's database."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from ats import embedded
from tests.servers import places

ROOT = Path(__file__).parents[2]
READY = {"worker": " ready.", "beat": "beat: Starting...", "inbound": "Accepting mail"}
WORKER_CONCURRENCY = 2
PATIENCE = 120.0  # seconds; a busy machine takes its time to start four Pythons


class Broker:
    """A Valkey at ``settings.BROKER_SOCKET``, started as ``manage.py up`` does; it survives a stop."""

    def __init__(self) -> None:
        self.url = f"redis+socket://{settings.BROKER_SOCKET}?virtual_host=0"
        self.cache_url = f"unix://{settings.BROKER_SOCKET}?db=1"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [*places.become("root"), *embedded.broker().command]
        self._process = subprocess.Popen(command, start_new_session=True)
        places.wait_until(self._answers, "the broker answers")

    def stop(self) -> None:
        if self._process:
            places.end(self._process, signal.SIGTERM)
            self._process = None

    def _answers(self) -> bool:
        try:
            with current_app.connection_for_write(self.url) as broker:
                broker.ensure_connection(max_retries=0, timeout=1)
        except Exception:  # noqa: BLE001 -- whatever the client says, it is not there yet
            return False
        return True


class Installation:
    """Processes by their names in the Procfile, each the leader of a group that can be killed as one."""

    def __init__(self, home: Path, environment: dict[str, str], *, inbound_port: int) -> None:
        self.home = home
        self.inbound_port = inbound_port
        (self.port,) = places.free_ports(1)
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            **os.environ,
            **_surroundings(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "BIND": places.HOST,
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "INBOUND_SMTP_LISTEN": f"{places.HOST}:{self.inbound_port}",
            **environment,
        }
        self._commands = dict(_read_procfile())
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it prints."""
        done = subprocess.run(
            ["python", "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *names: str) -> None:
        """Start processes and return when all of them are ready."""
        seen = {name: len(self.log(name)) for name in names}
        for name in names:
            with self._log(name).open("ab") as log:
                self._processes[name] = subprocess.Popen(
                    [*places.become("root"), "sh", "-c", f"exec {self._commands[name]}"],
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        for name in names:
            places.wait_until(
                lambda name=name: self._is_ready(name, seen[name]),  # type: ignore[misc]  # bound now
                f"{name} is ready",
                patience=PATIENCE,
            )

    def kill(self, name: str) -> None:
        """``kill -9`` for a process and all its children, as when the machine dies."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End everything that runs."""
        for name in [*self._processes]:
            self.kill(name)

    def log(self, name: str) -> str:
        """What a process wrote so far."""
        with suppress(FileNotFoundError):
            return self._log(name).read_text(errors="replace")
        return ""

    def _log(self, name: str) -> Path:
        return self.home / f"{name}.log"

    def _is_ready(self, name: str, seen: int) -> bool:
        status = self._processes[name].poll()
        assert status is None, f"{name} ended with status {status}:\n{self.log(name)[-3000:]}"
        if name == "web":
            return places.listens(self.port)
        return READY[name] in self.log(name)[seen:]


@contextmanager
def installed(
    home: Path, environment: dict[str, str], *, inbound_port: int
) -> Iterator[Installation]:
    """An installation that is stopped at the end; what its processes wrote is shown if a test fails."""
    installation = Installation(home, environment, inbound_port=inbound_port)
    try:
        yield installation
    finally:
        installation.stop()
        for log in sorted(home.glob("*.log")):
            sys.stdout.write(f"---- {log.name}\n{log.read_text(errors='replace')[-2000:]}\n")


def _read_procfile() -> Iterator[tuple[str, str]]:
    for line in (ROOT / "Procfile").read_text().splitlines():
        name, _, command = line.partition(": ")
        yield name, command


def _surroundings(home: Path) -> dict[str, str]:
    """The settings of this test's process, as an environment; required ones named as on a server."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        database = f"sqlite:///{name}"
    else:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    return {
        "DEBUG": "0",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "ats.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "MAIL_ENCRYPTION_KEYS": ",".join(settings.MAIL_ENCRYPTION_KEYS),
        "RECRUITING_DOMAIN": settings.RECRUITING_DOMAIN,
        "MAIL_ALLOWED_NETWORKS": "127.0.0.0/8",
        "INBOUND_IMAP_URL": "",
        "INBOUND_POLL_SECONDS": "1",
        "DATABASE_URL": database,
        "VAR_DIR": str(home),
        "STORAGE_DIR": default_storage.path("."),
        "UPLOAD_DIR": str(home),
        "WEB_CONCURRENCY": "1",
        "WORKER_CONCURRENCY": str(WORKER_CONCURRENCY),
    }
