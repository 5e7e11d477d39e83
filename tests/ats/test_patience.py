"""How long the web processes wait for a client: ``gunicorn.conf.py``, at real connections."""

import runpy
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CONF = runpy.run_path(str(Path(__file__).parents[2] / "gunicorn.conf.py"))
Patience, PacedSocket = CONF["Patience"], CONF["PacedSocket"]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def receive(ours: Any) -> bytes:
    """All that comes, as gunicorn reads a body."""
    got = b""
    while piece := ours.recv(1024):
        got += piece
    return got


def test_a_client_that_drips_is_given_up_and_one_that_sends_is_not(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    paced = PacedSocket(ours, Patience(silence=20, grace=0.05, rate=1e9, longest=60))
    given_up = threading.Event()

    def drip() -> None:
        while not given_up.wait(0.01):
            theirs.sendall(b"x")

    dripping = threading.Thread(target=drip)
    dripping.start()
    began = time.monotonic()
    with pytest.raises(ConnectionResetError, match="too slowly"):
        receive(paced)
    given_up.set()
    dripping.join()
    assert time.monotonic() - began >= 0.05

    paced.expect(Patience(silence=20, grace=0.0, rate=1, longest=60))
    theirs.sendall(bytes(1000))
    theirs.shutdown(socket.SHUT_WR)
    assert len(receive(paced)) >= 1000
    assert paced.getpeername() == ours.getpeername()  # else it is the connection


def test_waiting_ends_however_much_was_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    paced = PacedSocket(ours, Patience(silence=20, grace=60, rate=0, longest=0))
    theirs.sendall(b"x")
    assert paced.recv(1) == b"x"
    theirs.sendall(b"x")
    with pytest.raises(ConnectionResetError, match="too slowly"):
        paced.recv(1)
