"""Mail exchangers are asked of a real name server, within a budget of time."""

import socket
import threading
import time
from collections.abc import Iterator

import dns.message
import dns.resolver
import dns.rrset
import pytest

from mailsettings.wire.mx import mail_exchangers

ZONE = ["20 second.example.net.", "10 first.example.net."]


@pytest.fixture
def name_server() -> Iterator[dns.resolver.Resolver]:
    """A name server on the loopback that knows one zone and never answers for silent.example."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(server,))
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.getsockname()[1]
    yield resolver
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(b"", server.getsockname())
    thread.join()
    server.close()


def _serve(server: socket.socket) -> None:
    while True:
        data, client = server.recvfrom(4096)
        if not data:
            return
        query = dns.message.from_wire(data)
        name = query.question[0].name
        if name.to_text() == "silent.example.":
            continue
        response = dns.message.make_response(query)
        if name.to_text() == "muster.example.":
            response.answer.append(dns.rrset.from_text_list(name, 60, "IN", "MX", ZONE))
        server.sendto(response.to_wire(), client)


def test_exchangers_come_best_first(name_server: dns.resolver.Resolver) -> None:
    found = mail_exchangers("muster.example", resolver=name_server)
    assert found == ["first.example.net.", "second.example.net."]


def test_a_domain_without_exchangers_has_none(name_server: dns.resolver.Resolver) -> None:
    assert mail_exchangers("empty.example", resolver=name_server) == []


def test_a_name_that_is_no_name_has_none(name_server: dns.resolver.Resolver) -> None:
    assert mail_exchangers("x" * 70 + ".example", resolver=name_server) == []


def test_a_silent_name_server_costs_no_more_than_the_budget(
    name_server: dns.resolver.Resolver,
) -> None:
    started = time.monotonic()
    assert mail_exchangers("silent.example", resolver=name_server, budget=0.3) == []
    assert time.monotonic() - started < 3.0
