"""One HTTP request, to an address that a customer may have typed in: guarded as all are, never redirected."""

import dataclasses
import http.client
import io
import socket
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from mailsettings.wire import net
from mailsettings.wire.incoming import Incoming
from mailsettings.wire.net import ConnectError, Networks

PORTS = frozenset({80, 443, 8000, 8080, 8443})
MAX_BODY = 2000  # bytes of an answer that are worth keeping
CONTROL = frozenset(chr(code) for code in (*range(33), 127))


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the server said: its status, the beginning of its body, headers by their name in lower case."""

    status: int
    text: str
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


NO_ANSWER = "The server gave no answer in HTTP."


class HttpError(Exception):
    """No answer came. ``code`` is stable; ``left``: the whole request did, so it may have been obeyed.

    Codes: those of ConnectError, and invalid_url, clear_text, timeout, connection_lost.
    """

    def __init__(self, code: str, message: str, *, left: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.left = left


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


def request(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float,
    allowed_networks: Networks | None = None,
    before_body: Callable[[], None] = lambda: None,
    keep: int = MAX_BODY,
) -> Answer:
    """Send ``body`` and return the answer, whatever its status; raise ``HttpError``.

    ``timeout`` is for everything together. Without TLS nothing leaves but into an allowed network.
    ``before_body`` is called once the connection stands; what it raises goes through. ``keep`` are
    the bytes of the answer that are read.
    """
    check_url(url)
    until = time.monotonic() + timeout
    try:
        connection = _connect(url, timeout, allowed_networks)
    except ConnectError as error:
        raise HttpError(error.code, error.message) from error
    left = False
    with connection:
        before_body()
        try:
            connection.settimeout(max(until - time.monotonic(), 0.001))
            left = _send(connection, _head(method, url, body, headers) + body)
            return _read(connection, method, until, keep)
        except TimeoutError as error:
            text = "The server did not answer in time."
            raise HttpError("timeout", text, left=left) from error
        except (OSError, http.client.HTTPException) as error:
            raise HttpError("connection_lost", NO_ANSWER, left=left) from error


def _send(connection: socket.socket, request: bytes) -> bool:
    """Send it all; False when the server hung up before, which it may do once it has answered."""
    try:
        connection.sendall(request)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


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


def _head(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
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
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("ascii")


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


def _read(connection: socket.socket, method: str, until: float, keep: int) -> Answer:
    response = http.client.HTTPResponse(_Readable(connection, until), method=method)  # type: ignore[arg-type]  # of a socket it needs makefile alone
    response.begin()
    text = response.read(keep).decode("utf-8", "replace")
    told = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, " ".join(text.replace("\0", " ").split()), told)
