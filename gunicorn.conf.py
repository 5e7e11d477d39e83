"""What gunicorn reads where it is started: whoever says nothing for long holds none of its few threads."""

import socket
import struct
from typing import Any

SILENCE = 30  # seconds without a byte of what a client is sending


def post_worker_init(worker: Any) -> None:
    """Give up on silent clients. On Linux an accepted connection has the timeouts of its listener."""
    for listener in worker.sockets:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SILENCE, 0))
