"""Finding the provider of an address: by its domain, else by the domain's mail exchangers."""

import dataclasses
from collections.abc import Callable, Sequence

from mailsettings.providers.german import GERMAN
from mailsettings.providers.shape import MX_HOST, Provider, Server, Username
from mailsettings.providers.worldwide import WORLDWIDE

PROVIDERS = (*GERMAN, *WORLDWIDE)
PROVIDER = {provider.name: provider for provider in PROVIDERS}
BY_DOMAIN = {domain: provider for provider in PROVIDERS for domain in provider.domains}
BY_MX = {suffix: provider for provider in PROVIDERS for suffix in provider.mx}
BY_HOST = {
    server.host: provider
    for provider in reversed(PROVIDERS)
    for server in (provider.imap, provider.smtp)
    if server and server.host != MX_HOST
}


def by_address(address: str) -> Provider | None:
    """Return the provider whose addresses have this domain; knows no domain of a customer."""
    return BY_DOMAIN.get(domain_of(address))


def by_mx(domain: str, look_up: Callable[[str], Sequence[str]]) -> Provider | None:
    """Return the provider that takes mail for ``domain``, asking ``look_up`` for its mail exchangers.

    Servers named after the mail exchanger are filled in.
    """
    for host in look_up(domain):
        name = host.rstrip(".").lower()
        labels = name.split(".")
        for start in range(len(labels) - 1):
            if found := BY_MX.get(".".join(labels[start:])):
                return _with_host(found, name)
    return None


def by_host(host: str) -> Provider | None:
    """Return the provider a server belongs to."""
    return BY_HOST.get(host.lower())


def username(server: Server, address: str) -> str:
    """Return the name that ``server`` wants at login for ``address``."""
    if server.username is Username.LOCAL_PART:
        return address.rpartition("@")[0]
    return address


def domain_of(address: str) -> str:
    """Return the domain of an address, empty if it has none."""
    _local, at, domain = address.strip().rpartition("@")
    return domain.lower() if at else ""


def _with_host(provider: Provider, host: str) -> Provider:
    """Fill in the servers of a hoster that gives each customer a machine of their own."""

    def fill(server: Server | None) -> Server | None:
        if server and server.host == MX_HOST:
            return dataclasses.replace(server, host=host)
        return server

    return dataclasses.replace(provider, smtp=fill(provider.smtp), imap=fill(provider.imap))
