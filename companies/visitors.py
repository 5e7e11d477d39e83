"""Who a request comes from: what limits of login attempts and of applications count by."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """Return who sent the request: the last hop that is not one of ``TRUSTED_PROXIES``.

    What stands further left in X-Forwarded-For was written by the client and is worth nothing.
    """
    hop = str(request.META.get("REMOTE_ADDR", ""))
    hops = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    while hops and _is_trusted(hop):
        nearer = hops.pop().strip()
        if not nearer:
            break
        hop = nearer
    return hop


def _is_trusted(address: str) -> bool:
    """Whether this is one of our proxies; a server on a Unix socket sees no address at all."""
    if not address:
        return bool(settings.TRUSTED_PROXIES)
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in settings.TRUSTED_PROXIES)
