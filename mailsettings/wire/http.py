"""One HTTP POST to an address that a customer typed in: guarded like every connection, never redirected."""

import dataclasses
import http.client
import io
import socket
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from mailsettings.wire import net
from mailsettings.wire.incoming import Incoming
from mailsettings.wire.net import ConnectError, Networks

PORTS = frozenset({80, 443, 8000, 8080, 8443})
MAX_BODY = 2000  # bytes of an answer that are worth keeping
CONTROL = frozenset(chr(code) for code in (*range(33), 127))


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the server said: its status, and the beginning of its body."""

    status: int
    text: str


class HttpError(Exception):
    """No answer came. ``code`` is stable.

    Codes: those of ConnectError, and invalid_url, clear_text, timeout, connection_lost.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def check_url(url: str) -> None:
    """Raise ``HttpError`` for what is no address to post to; the host is judged when connecting."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise HttpError("invalid_url", "This is not the address of a web page.") from error
    odd = CONTROL & set(url) or not url.isascii() or parts.username or parts.fragment or port == 0
    if parts.scheme not in ("http", "https") or not parts.hostname or odd:
        raise HttpError("invalid_url", "This is not the address of a web page.")


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float,
    allowed_networks: Networks | None = None,
) -> Answer:
    """Post ``body`` and return the answer, whatever its status; raise ``HttpError``.

    ``timeout`` is for everything together. Without TLS nothing leaves but into an allowed network.
    """
    check_url(url)
    until = time.monotonic() + timeout
    try:
        connection = _connect(url, timeout, allowed_networks)
    except ConnectError as error:
        raise HttpError(error.code, error.message) from error
    with connection:
        try:
            connection.settimeout(max(until - time.monotonic(), 0.001))
            connection.sendall(_request(url, body, headers))
            return _read(connection, until)
        except TimeoutError as error:
            raise HttpError("timeout", "The server did not answer in time.") from error
        except (OSError, http.client.HTTPException) as error:
            raise HttpError("connection_lost", "The server gave no answer in HTTP.") from error


def _connect(url: str, timeout: float, networks: Networks | None) -> socket.socket:
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    plain = net.connect(host, port, timeout=timeout, allowed_networks=networks, ports=PORTS)
    if secure:
        return net.start_tls(plain, host)
    if not net.is_inside(plain.getpeername()[0], networks):
        plain.close()
        raise ConnectError("clear_text", "Only https:// is called: what is sent must not be read.")
    return plain


def _request(url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = {
        "Host": parts.netloc,
        "Content-Length": str(len(body)),
        "Connection": "close",
        "Accept": "*/*",
        "User-Agent": "Posthorn",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


class _Readable:
    """What ``HTTPResponse`` wants of a socket: a file to read, here with one limit for all reads."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection, self._until = connection, until

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(Incoming(self._connection, self._seconds_left))

    def _seconds_left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _read(connection: socket.socket, until: float) -> Answer:
    response = http.client.HTTPResponse(_Readable(connection, until), method="POST")  # type: ignore[arg-type]  # of a socket it needs makefile alone
    response.begin()
    text = response.read(MAX_BODY).decode("utf-8", "replace")
    return Answer(response.status, " ".join(text.replace("\0", " ").split()))
