"""Guarded connections: a host that a user typed in must not lead into our own network.

A name is resolved once, every address is judged after unwrapping the IPv6 forms that carry an IPv4
address, and the socket goes to the very address that was judged, so a DNS server that changes its
answer in between gains nothing.
"""

import contextlib
import enum
import functools
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Collection, Iterator

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks = Collection[ipaddress.IPv4Network | ipaddress.IPv6Network]

MAIL_PORTS = frozenset({25, 143, 465, 587, 993, 2525})
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")

# The name is there, but has neither A nor AAAA record.
NO_ADDRESS = {getattr(socket, "EAI_NODATA", None), getattr(socket, "EAI_ADDRFAMILY", None)}
EXPIRED = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
OTHER_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
OLD_TLS = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE"}


MESSAGES = {
    "blocked_port": "Such servers do not use this port.",
    "blocked_private_address": "This host is not a public server.",
    "dns_failed": "The name server did not answer.",
    "dns_no_address": "This name has no address.",
    "dns_nxdomain": "No host of this name was found.",
    "timeout_tls": "The server did not finish the TLS handshake.",
    "tls_failed": "The server broke off the TLS handshake.",
    "timeout_connect": "The server did not answer in time.",
    "refused": "Nothing accepts connections at this port.",
    "unreachable": "There is no way to this server.",
    "tls_cert_expired": "The server's certificate is not valid today.",
    "tls_cert_name": "The server's certificate is for another name.",
    "tls_cert_untrusted": "The server's certificate is not from a known issuer.",
    "wrong_protocol": "The server does not speak TLS at this port.",
    "tls_version": "The server offers only outdated versions of TLS.",
}


class Encryption(enum.StrEnum):
    """How a connection is protected: not at all, by TLS from the first byte, or after STARTTLS."""

    NONE = "none"
    SSL = "ssl"
    STARTTLS = "starttls"


class ConnectError(Exception):
    """No connection. ``code`` is stable and safe to show, ``message`` is one English sentence.

    Codes: dns_nxdomain, dns_no_address, dns_failed, blocked_private_address, blocked_port, refused,
    timeout_connect, unreachable, timeout_tls, tls_cert_name, tls_cert_expired, tls_cert_untrusted, tls_version,
    tls_failed, wrong_protocol.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _failure(code: str) -> ConnectError:
    return ConnectError(code, MESSAGES[code])


def connect(
    host: str,
    port: int,
    *,
    timeout: float,
    allowed_networks: Networks | None = None,
    ports: Collection[int] | None = None,
) -> socket.socket:
    """Return a TCP connection to ``host``; raise ConnectError.

    Public addresses are reachable on ``ports`` (by default the mail ports); addresses inside
    ``allowed_networks`` (the setting MAIL_ALLOWED_NETWORKS by default), private ones too, on any
    port. ``timeout`` is in seconds, covers all attempts together and stays on the socket.
    """
    networks = _networks(allowed_networks)
    ports = MAIL_PORTS if ports is None else ports
    inside, public = [], []
    for family, sockaddr in resolve(host, port):
        if is_inside(sockaddr[0], networks):
            inside.append((family, sockaddr))
        elif _is_public(sockaddr[0]):
            public.append((family, sockaddr))
    if not inside and not public:
        raise _failure("blocked_private_address")
    if not inside and port not in ports:
        raise _failure("blocked_port")
    return _connect_first(inside + (public if port in ports else []), timeout)


def resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Return the addresses of ``host``, best first, as (family, socket address)."""
    if not host or any(char.isspace() or char == "\0" for char in host):
        raise _failure("dns_nxdomain")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise _failure("dns_failed") from error
        if error.errno in NO_ADDRESS:
            raise _failure("dns_no_address") from error
        raise _failure("dns_nxdomain") from error
    except (UnicodeError, OverflowError) as error:  # a label over 63 characters, a port over 65535
        raise _failure("dns_nxdomain") from error
    return [(family, sockaddr) for family, _, _, _, sockaddr in found]  # type: ignore[misc] # IPv6 socket addresses have four parts; the first two are alike


def is_inside(address: str, allowed_networks: Networks | None = None) -> bool:
    """Say whether an address, as it stands or unwrapped, is in one of the allowed networks."""
    plain = _parse(address)
    forms = {plain, _unwrap(plain)}
    return any(form in network for network in _networks(allowed_networks) for form in forms)


def may_send_password(
    connection: socket.socket, encryption: Encryption, allowed_networks: Networks | None = None
) -> bool:
    """Say whether a password may travel here: under TLS, or in clear inside an allowed network."""
    return encryption is not Encryption.NONE or is_inside(
        connection.getpeername()[0], allowed_networks
    )


def tls_context() -> ssl.SSLContext:
    """Return the context of every connection: system store, SSL_CERT_FILE, TLS 1.2 or newer."""
    return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


def start_tls(connection: socket.socket, host: str) -> ssl.SSLSocket:
    """Return ``connection`` under TLS with a certificate for ``host``, else close it and raise."""
    try:
        with naming_tls_errors():
            return tls_context().wrap_socket(connection, server_hostname=host)
    except ConnectError:
        connection.close()
        raise


@contextlib.contextmanager
def naming_tls_errors() -> Iterator[None]:
    """Turn what a handshake raises into a ConnectError."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise _certificate_error(error) from error
    except ssl.SSLError as error:
        raise _handshake_error(error) from error
    except TimeoutError as error:
        raise _failure("timeout_tls") from error
    except (OSError, ValueError) as error:  # ValueError: a host name that cannot be sent (SNI)
        raise _failure("tls_failed") from error


def _networks(allowed_networks: Networks | None) -> Networks:
    return settings.MAIL_ALLOWED_NETWORKS if allowed_networks is None else allowed_networks


def _connect_first(
    addresses: list[tuple[socket.AddressFamily, tuple[str, int]]], timeout: float
) -> socket.socket:
    """Return a connection to the first address that answers within the common time limit."""
    deadline = time.monotonic() + timeout
    failure = _failure("timeout_connect")
    for family, sockaddr in addresses:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            break
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(remaining)
            connection.connect(sockaddr)
        except OSError as error:
            connection.close()
            failure = _connect_error(error)
            continue
        connection.settimeout(timeout)
        # Commands are small and wait for their replies; Nagle would delay each of them.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    raise failure


def _parse(address: str) -> Address:
    return ipaddress.ip_address(address.partition("%")[0])


def _unwrap(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64 or address in IPV4_COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo_client = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo_client or address


def _is_public(address: str) -> bool:
    """Say whether this is an ordinary public unicast address."""
    plain = _unwrap(_parse(address))
    if isinstance(plain, ipaddress.IPv6Address) and plain not in GLOBAL_UNICAST:
        return False
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


def _connect_error(error: OSError) -> ConnectError:
    if isinstance(error, TimeoutError):
        return _failure("timeout_connect")
    if isinstance(error, ConnectionRefusedError):
        return _failure("refused")
    return _failure("unreachable")


@functools.lru_cache(maxsize=8)
def _tls_context(_cert_file: str | None, _cert_dir: str | None) -> ssl.SSLContext:
    """Reading a hundred certificates costs as much as a whole session, so once for each store."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _certificate_error(error: ssl.SSLCertVerificationError) -> ConnectError:
    if error.verify_code in EXPIRED:
        return _failure("tls_cert_expired")
    if error.verify_code in OTHER_NAME:
        return _failure("tls_cert_name")
    return _failure("tls_cert_untrusted")


def _handshake_error(error: ssl.SSLError) -> ConnectError:
    if error.reason in NOT_TLS:
        return _failure("wrong_protocol")
    if error.reason in OLD_TLS:
        return _failure("tls_version")
    return _failure("tls_failed")
