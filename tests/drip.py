"""What a server does that wants to hold a client: one byte at a time, each of them in time."""

import socket
import time

PAUSE = 0.02  # seconds between two bytes
END = 10.0  # seconds until it hangs up, so that a client without a deadline fails and does not hang


def drip(connection: socket.socket) -> None:
    """Send bytes that never make a line, until the other side has had enough (OSError)."""
    end = time.monotonic() + END
    while time.monotonic() < end:
        connection.sendall(b"x")
        time.sleep(PAUSE)
