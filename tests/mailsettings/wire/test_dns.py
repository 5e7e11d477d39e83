"""Questions to a name server on this machine."""

import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mailsettings.wire import dns as wire_dns
from mailsettings.wire.dns import DnsError, SystemResolver

ANSWERS = {
    ("acme.example.", "TXT"): '"v=spf1 " "-all"',
    ("acme.example.", "MX"): "10 Mx.Acme.example.",
    ("alias.example.", "CNAME"): "target.example.",
}


@pytest.fixture
def name_server() -> Iterator[int]:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                data, peer = server.recvfrom(4096)
            except OSError:
                return
            if not data:
                return
            query = dns.message.from_wire(data)
            name, kind = str(query.question[0].name), query.question[0].rdtype.name
            reply = dns.message.make_response(query)
            if name == "broken.example.":
                reply.set_rcode(dns.rcode.SERVFAIL)
            elif text := ANSWERS.get((name, kind)):
                reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, text))
            else:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            server.sendto(reply.to_wire(), peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"", server.getsockname())
    thread.join(5)
    server.close()


def test_answers_are_read_and_absence_is_empty(name_server: int) -> None:
    resolver = SystemResolver(["127.0.0.1"], name_server)
    assert resolver.txt("acme.example") == ["v=spf1 -all"]
    assert resolver.mx("acme.example") == [(10, "mx.acme.example")]
    assert resolver.cname("alias.example") == "target.example"
    assert resolver.txt("nothing.example") == []
    assert resolver.cname("nothing.example") == ""


def test_a_failing_name_server_is_no_answer(
    name_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_dns, "LIFETIME", 0.5)
    with pytest.raises(DnsError):
        SystemResolver(["127.0.0.1"], name_server).txt("broken.example")


def test_what_is_no_name_is_no_answer() -> None:
    with pytest.raises(DnsError):
        SystemResolver(["127.0.0.1"], 9).txt("a" * 70 + ".example")
