"""What comes in over a socket, with one time limit for many reads."""

import io
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Incoming(io.RawIOBase):
    """A socket's bytes; ``seconds_left`` is asked before each read and raises TimeoutError at the end.

    A time-out of the socket is for one read only, so a server that sends a byte now and then would
    never meet it.
    """

    def __init__(self, connection: socket.socket, seconds_left: Callable[[], float]) -> None:
        super().__init__()
        self._socket = connection
        self._seconds_left = seconds_left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._socket.settimeout(self._seconds_left())
        return self._socket.recv_into(buffer)
