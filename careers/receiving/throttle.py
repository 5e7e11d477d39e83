"""How many applications one address may send: counted in the cache all processes share."""

import ipaddress

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from companies import visitors

WINDOW = 60  # seconds; it slides, second by second
IPV6_SITE = 64  # one household or office; its single addresses cost nothing


def seconds_to_wait(request: HttpRequest, door: str = "applicant", limit: int = 0) -> int:
    """Count a request of its address at a door; 0 where it is allowed, else when to come again."""
    site = _site(visitors.address(request))
    return count(f"{door}-limit:{site}", limit or settings.APPLICATIONS_PER_MINUTE)


def count(key: str, limit: int) -> int:
    """Count one in a ``WINDOW`` of ``limit``; return 0, or the seconds to wait where it is full.

    Who is refused does not count.
    """
    wait: int = cache.count(key, limit=limit, window=WINDOW)  # type: ignore[attr-defined]  # our caches can
    return wait


def _site(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    mapped = ip.ipv4_mapped
    return str(mapped or ipaddress.ip_network((ip, IPV6_SITE), strict=False))
