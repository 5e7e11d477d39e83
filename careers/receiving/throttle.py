"""How many applications one address may send: counted in the cache all processes share."""

import ipaddress
import time

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

    Each second has a counter of its own: what ``incr`` returns is nobody else's, so of any number at
    once no more than ``limit`` pass. Who is refused does not count.
    """
    now = int(time.time())
    seconds = {f"{key}:{second}": second for second in range(now - WINDOW + 1, now + 1)}
    own = f"{key}:{now}"
    cache.add(own, 0, timeout=WINDOW + 1)
    counted = cache.get_many(seconds)
    before = sum(number for name, number in counted.items() if name != own)
    try:
        if before + cache.incr(own) <= limit:
            return 0
        cache.decr(own)
    except ValueError:  # the cache forgot the counter between two calls
        return 0
    oldest = min((seconds[name] for name, number in counted.items() if number), default=now)
    return max(oldest + WINDOW - now, 1)


def _site(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    mapped = ip.ipv4_mapped
    return str(mapped or ipaddress.ip_network((ip, IPV6_SITE), strict=False))
