"""How many applications one address may send: counted in the cache all processes share."""

import ipaddress

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW = 60  # seconds, from the first request on
IPV6_SITE = 64  # one household or office; its single addresses cost nothing


def allows(request: HttpRequest) -> bool:
    """Count a request; False when its address has used up ``APPLICATIONS_PER_MINUTE``."""
    key = f"applicant-limit:{_site(client_address(request))}"
    cache.add(key, 0, timeout=WINDOW)
    try:
        return bool(cache.incr(key) <= settings.APPLICATIONS_PER_MINUTE)
    except ValueError:  # the window ended between the two calls
        return True


def client_address(request: HttpRequest) -> str:
    """Return who sent the request: the last hop that is not one of ``TRUSTED_PROXIES``.

    What stands further left in X-Forwarded-For was written by the client and is worth nothing.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    hops = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    while hops and _is_trusted(address):
        nearer = hops.pop().strip()
        if not nearer:
            break
        address = nearer
    return address


def _is_trusted(address: str) -> bool:
    """Whether this is one of our proxies; a server on a Unix socket sees no address at all."""
    if not address:
        return bool(settings.TRUSTED_PROXIES)
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in settings.TRUSTED_PROXIES)


def _site(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    mapped = ip.ipv4_mapped
    return str(mapped or ipaddress.ip_network((ip, IPV6_SITE), strict=False))
