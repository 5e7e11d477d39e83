"""``manage.py up``, really started."""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as current
from django.core.management import CommandError, call_command
from pytest_django import Settings

from ats import embedded
from ats.management.commands import up
from ats.sandbox import world
from mailsettings.models import Mailbox
from tests import factories
from tests.servers import places

OURS = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "STORAGE_DIR", "UPLOAD_DIR", "VAR_DIR")
PATIENCE = 240  # seconds for a start, on a machine that runs other tests as well


@pytest.fixture
def var(settings: Settings) -> Iterator[Path]:
    """A directory for everything ``up`` keeps, with a short path for the broker's socket."""
    with places.directory("up") as folder:
        settings.VAR_DIR = folder
        settings.BROKER_SOCKET = folder / "broker" / "valkey.sock"
        (settings.PORT,) = places.free_ports(1)
        yield folder


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(var: Path) -> dict[str, int]:
    """The command lines of what runs, with their process numbers; one that just ended is left out."""
    found = {}
    for line in (var / "run" / "children").read_text().splitlines():
        pid = int(line.split()[0])
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found[Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")] = pid
    return found


def worker(var: Path) -> int:
    return next((pid for line, pid in children(var).items() if " worker " in line), 0)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
def test_up_starts_everything_restarts_what_dies_and_leaves_nothing(var: Path) -> None:
    smtp, imap, listener = places.free_ports(3)
    (var / "run").mkdir()
    ports = {"smtp": smtp, "imap": imap, "listener": listener}
    (var / "run" / "ports.json").write_text(json.dumps(ports))
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env |= {
        "VAR_DIR": str(var),
        "PORT": str(current.PORT),
        "DJANGO_SETTINGS_MODULE": "ats.settings",
    }
    log = var / "log"
    with log.open("w") as out:
        command = [sys.executable, "manage.py", "up"]
        running = subprocess.Popen(command, env=env, cwd=current.BASE_DIR, stdout=out, stderr=out)
    try:
        places.wait_until(
            lambda: "Posthorn runs at" in log.read_text(), "the start", patience=PATIENCE
        )
        assert "recruiter@acme.example" in log.read_text()
        with urllib.request.urlopen(f"http://127.0.0.1:{current.PORT}/readyz") as reply:
            assert json.load(reply) == {"database": "ok", "broker": "ok", "storage": "ok"}
        killed = worker(var)
        os.kill(killed, signal.SIGKILL)
        places.wait_until(
            lambda: worker(var) not in (0, killed), "the new worker", patience=PATIENCE
        )
        places.wait_until(lambda: len(children(var)) == 7, "all seven", patience=PATIENCE)
        pids = children(var).values()
    finally:
        running.terminate()
        assert running.wait(40) == 0
    assert not any(is_running(pid) for pid in pids)


def test_taken_web_port_is_said_before_anything_starts(var: Path, settings: Settings) -> None:
    async def occupy_and_start() -> None:
        async with await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", settings.PORT):
            await asyncio.to_thread(start_and_read)

    def start_and_read() -> None:
        with pytest.raises(embedded.NotReady, match=rf"Port {settings.PORT} is taken.*PORT="):
            asyncio.run(up.Up(var, host="127.0.0.1", verbose=False).check_port())

    asyncio.run(occupy_and_start())
    assert list(var.iterdir()) == []


def test_second_up_in_one_directory_is_refused(var: Path) -> None:
    (var / "run").mkdir()
    with (var / "run" / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="already running"):
            call_command("up")


def test_taken_sandbox_ports_are_replaced_and_remembered(var: Path) -> None:
    async def choose_twice() -> None:
        memory = var / "ports.json"
        free = places.free_ports(3)
        memory.write_text(json.dumps(dict(zip(("smtp", "imap", "listener"), free, strict=True))))
        async with await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", free[0]):
            last, chosen = await embedded.choose_ports(memory)
            again, same = await embedded.choose_ports(memory)
        assert (last.smtp, last.imap, last.listener) == tuple(free)
        assert chosen.smtp not in free
        assert (chosen.imap, chosen.listener) == tuple(free[1:])
        assert again == same == chosen

    asyncio.run(choose_twice())


@pytest.mark.django_db
def test_mailboxes_of_the_demo_follow_the_sandbox_to_its_new_ports() -> None:
    here = {"smtp_host": "127.0.0.1", "smtp_port": 8025, "smtp_account": world.JOBS}
    mine = Mailbox.objects.create(company=factories.CompanyFactory(), **here)
    other = Mailbox.objects.create(
        company=factories.CompanyFactory(), **here | {"smtp_host": "mail.acme.example"}
    )
    up.move_mailboxes(embedded.Ports(), embedded.Ports(smtp=9025))
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.smtp_port, other.smtp_port) == (9025, 8025)


def test_children_are_told_the_ports_but_what_the_user_set_stays(
    var: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = True
    monkeypatch.delenv("EMAIL_URL", raising=False)
    monkeypatch.setenv("INBOUND_SMTP_LISTEN", "127.0.0.1:2626")
    env = embedded.environment(embedded.Ports(smtp=9025, imap=9143, listener=9026))
    assert env["EMAIL_URL"] == "submission://platform:sandbox@127.0.0.1:9025"
    assert env["INBOUND_IMAP_URL"] == "imap://inbound:sandbox@127.0.0.1:9143/INBOX"
    assert env["INBOUND_SMTP_LISTEN"] == "127.0.0.1:2626"
    assert Path(env["SSL_CERT_FILE"]).is_file()


def test_broker_of_a_deep_checkout_listens_in_a_short_private_place(
    var: Path, settings: Settings
) -> None:
    settings.BROKER_SOCKET = var / ("deep" * 30) / "valkey.sock"
    socket = embedded.broker_socket()
    assert len(os.fsencode(socket)) <= embedded.LONGEST_SOCKET_PATH
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    socket.parent.rmdir()
