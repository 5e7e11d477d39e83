"""Reading a domain's SPF policy as a receiver would, with its limit of ten lookups (RFC 7208)."""

import contextlib
import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any

from mailsettings.wire.dns import Resolver

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_LOOKUPS = 10
_ASKS = ("include", "a", "mx", "ptr", "exists", "redirect")  # terms that cost a lookup
_TERM = re.compile(r"([+?~-]?)([a-z0-9]+)(?:[:=]([^/\s]+))?(?:/[\d/]+)?", re.IGNORECASE)


@dataclass
class Policy:
    """What was read. ``problem`` is a code, empty for a policy that receivers can follow."""

    record: str = ""
    lookups: int = 0
    includes: set[str] = field(default_factory=set)
    networks: list[Network] = field(default_factory=list)  # those named as they are
    final: str = ""  # the qualifier before "all"
    problem: str = ""

    def names(self, address: str) -> bool:
        """Whether an IP address or network is among those the policy names, itself or by its includes."""
        first, last = _ends(address)
        return any(first in network and last in network for network in self.networks)


def read(domain: str, resolver: Resolver) -> Policy:
    """Read the policy of ``domain`` with all it includes; ``DnsError`` where a name server is silent."""
    policy = Policy()
    _read(domain, resolver, policy, top=True)
    return policy


def find(domain: str, resolver: Resolver) -> list[str]:
    """The SPF records of one name; there must be one."""
    texts = (text.strip() for text in resolver.txt(domain))
    return [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]


def is_network(text: str) -> bool:
    """Whether the text is an IP address or a network."""
    with contextlib.suppress(ValueError):
        return bool(_ends(text))
    return False


def _ends(address: str) -> tuple[Any, Any]:
    network = ipaddress.ip_network(address, strict=False)
    return network[0], network[-1]


def term_of(address: str) -> str:
    """The word that names an IP address or network."""
    return f"ip{ipaddress.ip_network(address, strict=False).version}:{address}"


def add_to(record: str, *terms: str) -> str:
    """The record with more terms, before its last word; a new one where there is none."""
    if not record:
        return f"v=spf1 {' '.join(terms)} ~all"
    words = record.split()
    at = next((i for i, word in enumerate(words) if re.match(r"[+?~-]?all$|redirect=", word)), None)
    at = len(words) if at is None else at
    words[at:at] = terms
    return " ".join(words)


def _read(domain: str, resolver: Resolver, policy: Policy, *, top: bool) -> None:
    records = find(domain, resolver)
    if len(records) != 1:
        if records:
            policy.problem = policy.problem or "spf_several"
        else:
            policy.problem = policy.problem or ("spf_missing" if top else "spf_include_missing")
        return
    policy.record = policy.record or records[0]
    for word in records[0].split()[1:]:
        _follow(word, resolver, policy, top=top)
        if policy.problem:
            return


def _follow(word: str, resolver: Resolver, policy: Policy, *, top: bool) -> None:
    match = _TERM.fullmatch(word)
    if match is None:
        if "%" not in word:  # macros cannot be followed without a mail
            policy.problem = "spf_syntax"
        return
    qualifier, name, target = (
        match[1] or "+",
        match[2].lower(),
        (match[3] or "").lower().rstrip("."),
    )
    if name == "all":
        policy.final = policy.final or (qualifier if top else "")
    if name in ("ip4", "ip6") and qualifier == "+":
        with contextlib.suppress(ValueError):
            policy.networks.append(ipaddress.ip_network(word.partition(":")[2], strict=False))
    if name not in _ASKS:
        return
    policy.lookups += 1
    if policy.lookups > MAX_LOOKUPS:
        policy.problem = "spf_too_many"
    elif name in ("include", "redirect") and target and "%" not in target:
        policy.includes.add(target)
        _read(target, resolver, policy, top=top and name == "redirect")
