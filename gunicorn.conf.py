"""What gunicorn reads where it is started: whoever falls silent while sending holds no thread for long."""

import socket
import struct
from typing import Any

# seconds without a byte
HEADERS = 5
BODY = 20  # a telephone on its way may lose its line for a while


def post_worker_init(worker: Any) -> None:
    """On Linux an accepted connection has the timeouts of its listener."""
    for listener in worker.sockets:
        _wait(listener, HEADERS)


def pre_request(_worker: Any, request: Any) -> None:
    _wait(request.unreader.sock, BODY)


def _wait(connection: Any, seconds: int) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", seconds, 0))
