"""What speaks at a port: asked when a connection made no sense, to tell a mix-up of port and encryption.

Nothing is said but HELLO of TLS, and goodbye to what keeps silent. No secret is near: the certificate
is not checked because all that is read is the greeting.
"""

import contextlib
import dataclasses
import re
import socket
import ssl
from typing import Literal

from mailsettings.wire import net
from mailsettings.wire.net import ConnectError, Networks

Protocol = Literal["smtp", "imap", "pop", ""]
GREETINGS: dict[bytes, Protocol] = {rb"[2-5]\d\d[ -]": "smtp", rb"\* ": "imap", rb"\+OK": "pop"}
NUDGE = b"QUIT\r\n\r\n"  # to a mail server goodbye, to a web server a request it finds fault with
ALERT = b"\x15\x03"  # what a server that expects TLS says to words in clear


@dataclasses.dataclass(frozen=True)
class Spoken:
    """``protocol`` is empty when the greeting was not understood; ``tls`` from the first byte."""

    protocol: Protocol
    tls: bool


def sniff(
    host: str, port: int, *, timeout: float, allowed_networks: Networks | None = None
) -> Spoken | None:
    """Return what greets at this port, in clear or else under TLS; None when nothing does."""
    # Servers with TLS wait for our HELLO, so a short silence tells; one that drips is cut as well.
    if line := _greeting(host, port, timeout / 2, allowed_networks, tls=False):
        return Spoken(_protocol(line), tls=False)
    if line := _greeting(host, port, timeout / 2, allowed_networks, tls=True):
        return Spoken(_protocol(line), tls=True)
    return None


def nudge(
    host: str, port: int, *, timeout: float, allowed_networks: Networks | None = None
) -> Spoken | None:
    """Return what answers when spoken to, where nothing greets; None when nothing does."""
    for tls in (False, True):
        line = _greeting(host, port, timeout / 2, allowed_networks, tls=tls, say=NUDGE)
        if line and not line.startswith(ALERT):
            return Spoken(_protocol(line), tls=tls)
    return None


def _greeting(
    host: str,
    port: int,
    timeout: float,
    allowed_networks: Networks | None,
    *,
    tls: bool,
    say: bytes = b"",
) -> bytes:
    with contextlib.suppress(ConnectError, OSError, ValueError):
        plain = net.connect(host, port, timeout=timeout, allowed_networks=allowed_networks)
        with contextlib.closing(_wrap(plain, host) if tls else plain) as connection:
            connection.sendall(say)
            return connection.recv(512)
    return b""


def _wrap(plain: socket.socket, host: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        return context.wrap_socket(plain, server_hostname=host)
    except (OSError, ValueError):
        plain.close()
        raise


def _protocol(line: bytes) -> Protocol:
    return next((name for start, name in GREETINGS.items() if re.match(start, line)), "")
