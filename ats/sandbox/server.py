"""Both servers of the world in one event loop."""

import asyncio
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from ats.sandbox import certificates, imap, smtp

HOST = "127.0.0.1"


async def serve(
    *, smtp_port: int, imap_port: int, ready: Callable[[], None], stop: asyncio.Event | None = None
) -> None:
    """Run until SIGINT, SIGTERM or ``stop``; ``ready`` is called when both ports listen.

    Raises OSError when a port is taken.
    """
    stop = stop or _until_signal()
    config = imap.configure(host=HOST, port=imap_port, certificates=certificates.ensure())
    async with AsyncExitStack() as stack:
        stack.enter_context(_temporary_files_in(imap.scratch()))
        await imap.start(config, stack)
        listener = await smtp.start(host=HOST, port=smtp_port, tls_context=config.ssl_context)
        await stack.enter_async_context(listener)
        ready()
        await stop.wait()
        listener.close()


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    yield
    tempfile.tempdir = before


def _until_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
