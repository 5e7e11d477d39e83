"""What gunicorn reads where it is started: whoever sends too slowly holds no thread for long."""

import errno
import socket
import struct
import time
from typing import Any, NamedTuple


class Patience(NamedTuple):
    """How long is waited for a client, in seconds: for the next byte, and for all of them.

    After ``grace`` of waiting it must have sent ``rate`` bytes for each second of it.
    """

    silence: int
    grace: float
    rate: float
    longest: float


HEADERS = Patience(silence=5, grace=20, rate=1024, longest=60)
# a telephone on its way may lose its line for a while, and its slowest line brings four times that rate
BODY = Patience(silence=20, grace=30, rate=4096, longest=1800)


class PacedSocket:
    """A connection whose client is waited for with patience, which ends."""

    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self.connection = connection
        self.expect(patience)

    def expect(self, patience: Patience) -> None:
        """Begin to wait for something new."""
        self.patience, self.waited, self.received = patience, 0.0, 0
        silence = struct.pack("ll", patience.silence, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, silence)

    def recv(self, *args: int) -> bytes:
        wanted = self.patience
        is_late = self.waited > wanted.grace and self.received < self.waited * wanted.rate
        if is_late or self.waited > wanted.longest:
            raise _given_up("the client sends too slowly")
        began = time.monotonic()
        try:
            data = self.connection.recv(*args)
        except BlockingIOError as error:
            raise _given_up("the client fell silent") from error
        self.waited += time.monotonic() - began
        self.received += len(data)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def _given_up(why: str) -> OSError:
    """An error that gunicorn takes for a client that has gone, and does not log at length."""
    return ConnectionResetError(errno.ECONNRESET, why)


def post_worker_init(worker: Any) -> None:
    for listener in worker.sockets:
        listener.accept = _pace(listener.accept)


def pre_request(_worker: Any, request: Any) -> None:
    """The headers are there, the body is not."""
    request.unreader.sock.expect(BODY)


def post_request(_worker: Any, request: Any, _environ: Any, _response: Any) -> None:
    """Perhaps another request comes on the same connection."""
    request.unreader.sock.expect(HEADERS)


def _pace(accept: Any) -> Any:
    def paced() -> tuple[PacedSocket, Any]:
        connection, address = accept()
        return PacedSocket(connection, HEADERS), address

    return paced
