"""Both servers of the world in one event loop."""

import asyncio
import signal
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack

from ats.sandbox import certificates, imap, smtp

HOST = "127.0.0.1"


async def serve(
    *, smtp_port: int, imap_port: int, ready: Callable[[], None], stop: asyncio.Event | None = None
) -> None:
    """Run until SIGINT, SIGTERM or ``stop``; ``ready`` is called when both ports listen.

    Raises OSError when a port is taken.
    """
    stop = stop or _until_signal()
    tempfile.tempdir = str(imap.scratch())
    config = imap.configure(host=HOST, port=imap_port, certificates=certificates.ensure())
    async with AsyncExitStack() as stack:
        await imap.start(config, stack)
        listener = await smtp.start(host=HOST, port=smtp_port, tls_context=config.ssl_context)
        await stack.enter_async_context(listener)
        ready()
        await stop.wait()
        listener.close()


def _until_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
