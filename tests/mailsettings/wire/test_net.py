"""A host that somebody typed in leads to public mail servers, or where the operator allows."""

import ipaddress
import socket
from collections.abc import Iterator

import pytest

from mailsettings.wire import net
from mailsettings.wire.net import ConnectError, Encryption
from tests.mailsettings.wire.conftest import LOOPBACK

PUBLIC = "9.9.9.9"
PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::9.9.9.9",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",  # Teredo of 10.0.0.1
    "2002:a00:1::1",  # 6to4 of 10.0.0.1
    "2001:db8::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that every name has in this test; fill it."""
    addresses: list[str] = []

    def resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, (address, port))
            for address in addresses
        ]

    monkeypatch.setattr(net, "resolve", resolve)
    return addresses


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The socket addresses that would have been connected to."""
    attempts: list[tuple[str, int]] = []

    def connect(addresses: list[tuple[object, tuple[str, int]]], timeout: float) -> None:
        attempts.extend(sockaddr for _, sockaddr in addresses)

    monkeypatch.setattr(net, "_connect_first", connect)
    return attempts


def fail_to_connect(
    host: str, port: int = 587, timeout: float = 2, **options: object
) -> ConnectError:
    with pytest.raises(ConnectError) as caught:
        net.connect(host, port, timeout=timeout, **{"allowed_networks": [], **options})  # type: ignore[arg-type] # passed on
    return caught.value


def test_an_allowed_private_host_is_reached_on_any_port(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with net.connect("127.0.0.1", port, timeout=2, allowed_networks=LOOPBACK) as connection:
        assert connection.getpeername() == ("127.0.0.1", port)
        assert connection.gettimeout() == 2


def test_the_setting_is_the_default(listener: socket.socket, settings: object) -> None:
    port = listener.getsockname()[1]
    settings.MAIL_ALLOWED_NETWORKS = LOOPBACK  # type: ignore[attr-defined] # pytest-django's wrapper
    net.connect("127.0.0.1", port, timeout=2).close()
    settings.MAIL_ALLOWED_NETWORKS = []  # type: ignore[attr-defined] # pytest-django's wrapper
    with pytest.raises(ConnectError):
        net.connect("127.0.0.1", port, timeout=2)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_blocked(
    address: str, resolved: list[str], tried: list[tuple[str, int]]
) -> None:
    resolved.append(address)
    error = fail_to_connect("mail.example.test")
    assert (error.code, tried) == ("blocked_private_address", [])
    assert address not in error.message


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost"])
def test_private_addresses_are_blocked_however_they_are_written(host: str) -> None:
    assert fail_to_connect(host).code == "blocked_private_address"


@pytest.mark.parametrize(
    "address",
    [PUBLIC, f"::ffff:{PUBLIC}", f"64:ff9b::{PUBLIC}", "2002:909:909::1", "2620:fe::fe"],
)
def test_public_addresses_are_reached(
    address: str, resolved: list[str], tried: list[tuple[str, int]]
) -> None:
    resolved.append(address)
    net.connect("mail.example.test", 587, timeout=2, allowed_networks=[])
    assert tried == [(address, 587)]


def test_only_the_judged_addresses_are_tried(
    resolved: list[str], tried: list[tuple[str, int]]
) -> None:
    resolved.extend(["10.0.0.1", PUBLIC, "::1"])
    net.connect("mail.example.test", 587, timeout=2, allowed_networks=[])
    assert tried == [(PUBLIC, 587)]


@pytest.mark.parametrize("port", [25, 143, 465, 587, 993, 2525])
def test_mail_ports_are_open(port: int, resolved: list[str], tried: list[tuple[str, int]]) -> None:
    resolved.append(PUBLIC)
    net.connect("mail.example.test", port, timeout=2, allowed_networks=[])
    assert tried == [(PUBLIC, port)]


@pytest.mark.parametrize("port", [22, 80, 443, 5432, 6379])
def test_other_ports_of_public_hosts_are_blocked(
    port: int, resolved: list[str], tried: list[tuple[str, int]]
) -> None:
    resolved.append(PUBLIC)
    assert fail_to_connect("mail.example.test", port).code == "blocked_port"
    assert tried == []


def test_a_port_open_inside_stays_blocked_outside(
    resolved: list[str], tried: list[tuple[str, int]]
) -> None:
    resolved.extend([PUBLIC, "10.0.0.1"])
    allowed = [ipaddress.ip_network("10.0.0.0/8")]
    net.connect("mail.example.test", 8025, timeout=2, allowed_networks=allowed)
    assert tried == [("10.0.0.1", 8025)]


def test_an_allowed_network_counts_in_every_notation(
    resolved: list[str], tried: list[tuple[str, int]]
) -> None:
    resolved.extend(["::ffff:10.0.0.1", "64:ff9b::10.0.0.2"])
    allowed = [ipaddress.ip_network("10.0.0.0/8")]
    net.connect("mail.example.test", 8025, timeout=2, allowed_networks=allowed)
    assert len(tried) == 2


def test_the_next_address_is_tried_when_one_refuses(
    resolved: list[str], listener: socket.socket
) -> None:
    resolved.extend(["127.0.0.9", "127.0.0.1"])
    port = listener.getsockname()[1]
    with net.connect("localhost", port, timeout=2, allowed_networks=LOOPBACK) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"


def test_a_closed_port_is_named() -> None:
    assert fail_to_connect("127.0.0.1", 1, allowed_networks=LOOPBACK).code == "refused"


def test_a_silent_host_is_named() -> None:
    with socket.socket() as busy, socket.socket() as waiting:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        waiting.connect(busy.getsockname())  # the queue is full now: further ones get no answer
        port = busy.getsockname()[1]
        error = fail_to_connect("127.0.0.1", port, 0.2, allowed_networks=LOOPBACK)
    assert error.code == "timeout_connect"


@pytest.mark.parametrize(
    "host", ["", " ", "a..b", "mail.example.test\0", "mail.example.test\r\n", "x" * 70 + ".example"]
)
def test_what_cannot_be_a_host_is_named(host: str) -> None:
    assert fail_to_connect(host).code == "dns_nxdomain"


@pytest.mark.parametrize(
    ("errno", "code"), [(socket.EAI_NONAME, "dns_nxdomain"), (socket.EAI_AGAIN, "dns_failed")]
)
def test_unknown_names_are_told_from_a_failing_name_server(
    monkeypatch: pytest.MonkeyPatch, errno: int, code: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(errno, "as the resolver says")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert fail_to_connect("mail.example.test").code == code


def test_passwords_travel_in_clear_only_inside_the_allowed_networks(
    listener: socket.socket,
) -> None:
    elsewhere = [ipaddress.ip_network("10.0.0.0/8")]
    with socket.create_connection(listener.getsockname()) as connection:
        assert net.may_send_password(connection, Encryption.NONE, LOOPBACK)
        assert not net.may_send_password(connection, Encryption.NONE, elsewhere)
        assert net.may_send_password(connection, Encryption.STARTTLS, elsewhere)
