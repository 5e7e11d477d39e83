"""Questions to the domain name system. A resolver is handed to whoever asks, so tests bring their own."""

from collections.abc import Sequence
from typing import Any, Protocol

import dns.exception
import dns.name
import dns.resolver

LIFETIME = 4.0  # seconds one question may take, over all name servers


class DnsError(Exception):
    """No name server answered, or the name cannot be asked; nothing is known about it."""


class Resolver(Protocol):
    """Answers are empty where the name or the record does not exist; ``DnsError`` where nobody says."""

    def txt(self, name: str) -> list[str]: ...

    def mx(self, name: str) -> list[tuple[int, str]]: ...

    def cname(self, name: str) -> str: ...


class SystemResolver:
    """Asks the machine's name servers, or those at ``addresses``; never more than ``LIFETIME``."""

    def __init__(self, addresses: Sequence[str] = (), port: int = 53) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=not addresses)
        except dns.resolver.NoResolverConfiguration as error:
            raise DnsError("this machine knows no name server") from error
        if addresses:
            self._resolver.nameservers = list(addresses)
            self._resolver.port = port

    def txt(self, name: str) -> list[str]:
        """The texts at a name, each joined from its pieces."""
        found = self._ask(name, "TXT")
        return [b"".join(one.strings).decode("utf-8", "replace") for one in found]

    def mx(self, name: str) -> list[tuple[int, str]]:
        """Preference and host of each mail exchanger, best first; the host of a null MX is empty."""
        found = self._ask(name, "MX")
        return sorted((one.preference, _plain(one.exchange)) for one in found)

    def cname(self, name: str) -> str:
        """Where an alias points to, else nothing."""
        found = self._ask(name, "CNAME")
        return _plain(found[0].target) if found else ""

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            answer = self._resolver.resolve(name, kind, lifetime=LIFETIME, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise DnsError(f"{name} {kind}: {type(error).__name__}") from error
        return list(answer)


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().strip(".")
