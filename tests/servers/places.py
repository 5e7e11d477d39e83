"""Where a private server runs: its program, directory, port and process."""

import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

HOST = "127.0.0.1"
PORTS = range(20000, 32000)
PATIENCE = 30  # seconds a server may take to answer


class Absent(Exception):
    """The server cannot run on this machine; the message says what to install."""


def program(name: str, package: str, *, folders: Sequence[str] = ("/usr/sbin", "/sbin")) -> str:
    """Return the path of a program, looked for in PATH and in ``folders``, or raise Absent."""
    path = shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders))
    if path is None:
        raise Absent(f"{name} is not installed (apt install {package})")
    return path


@contextmanager
def directory(name: str) -> Iterator[Path]:
    """A temporary directory with a short path (for Unix sockets) that other users may search."""
    path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/tmp"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Return that many different ports on which nothing listens.

    They lie below those that the kernel gives to outgoing connections, which could otherwise take
    one before the server does; the choice ignores ``random.seed`` so that parallel runs differ.
    """
    candidates = random.SystemRandom().sample(PORTS, 50 * count)
    free = (port for port in candidates if _is_free(port))
    return list(itertools.islice(free, count))


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def greets(port: int) -> bool:
    """Whether a server on this port accepts a connection and speaks first."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=2) as connection:
        return connection.recv(1) != b""
    return False


def listens(port: int) -> bool:
    """Whether a server on this port accepts a connection."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=2):
        return True
    return False


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    ready: Callable[[], bool],
    log: Path,
    user: str = "root",
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[None]:
    """Run a server in the foreground of its own process group for the length of the block.

    When we are root it runs as ``user``. ``log`` takes its output and is quoted when it does not
    become ready. The kernel stops the server too when this process dies, so that a killed test run
    leaves nothing running.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*become(user, stop), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_until(lambda: ready() or process.poll() is not None, "the server answers")
        if process.poll() is not None:
            tail = log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{command[0]} ended with status {process.returncode}:\n{tail}")
        yield
    finally:
        end(process, stop)


def become(user: str, death: signal.Signals = signal.SIGTERM) -> list[str]:
    """Return what to put before a command that runs as ``user`` (if root) and dies with us."""
    if shutil.which("setpriv") is None:
        return []
    leash = ["setpriv", f"--pdeathsig={death.name.removeprefix('SIG')}"]
    if os.geteuid() == 0 and user != "root":
        leash += [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return [*leash, "--"]


def end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    """Ask the process to stop, then end what is left of its group."""
    process.send_signal(stop)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(condition: Callable[[], bool], what: str, *, patience: float = PATIENCE) -> None:
    """Return once the condition holds, or raise TimeoutError after ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience:.0f} s in vain until {what}")
        time.sleep(0.02)


def account(name: str) -> tuple[int, int]:
    """Return the (uid, gid) a server runs under: that account's when we are root, else ours."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid


def own(path: Path, owner: tuple[int, int]) -> None:
    """Make the directory if needed and hand it to the owner; only root can give anything away."""
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(path, *owner)
