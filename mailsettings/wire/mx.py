"""Which hosts take mail for a domain."""

import dns.exception
import dns.resolver

BUDGET = 2.0  # seconds for all name servers together: a person waits in front of a form


def mail_exchangers(
    domain: str, *, resolver: dns.resolver.Resolver | None = None, budget: float = BUDGET
) -> list[str]:
    """Return the mail exchangers of ``domain``, best first; none when it has none or nobody answers in time."""
    try:
        asked = resolver or dns.resolver.Resolver()
        answer = asked.resolve(domain, "MX", lifetime=budget)
    except (dns.exception.DNSException, OSError, UnicodeError):
        return []
    records = sorted((record.preference, record.exchange.to_text()) for record in answer)
    return [host for _preference, host in records if host != "."]
