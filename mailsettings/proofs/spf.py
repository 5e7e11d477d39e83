"""Reading a domain's SPF policy as a receiver would, with its limit of ten lookups (RFC 7208)."""

import re
from dataclasses import dataclass, field

from mailsettings.wire.dns import Resolver

MAX_LOOKUPS = 10
_ASKS = ("include", "a", "mx", "ptr", "exists", "redirect")  # terms that cost a lookup
_TERM = re.compile(r"([+?~-]?)([a-z0-9]+)(?:[:=]([^/\s]+))?(?:/[\d/]+)?", re.IGNORECASE)


@dataclass
class Policy:
    """What was read. ``problem`` is a code, empty for a policy that receivers can follow."""

    record: str = ""
    lookups: int = 0
    includes: set[str] = field(default_factory=set)
    final: str = ""  # the qualifier before "all"
    problem: str = ""


def read(domain: str, resolver: Resolver) -> Policy:
    """Read the policy of ``domain`` with all it includes; ``DnsError`` where a name server is silent."""
    policy = Policy()
    _read(domain, resolver, policy, top=True)
    return policy


def find(domain: str, resolver: Resolver) -> list[str]:
    """The SPF records of one name; there must be one."""
    texts = (text.strip() for text in resolver.txt(domain))
    return [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]


def add_to(record: str, include: str) -> str:
    """The record with one more include, before its last word; a new one where there is none."""
    if not record:
        return f"v=spf1 include:{include} ~all"
    words = record.split()
    at = next((i for i, word in enumerate(words) if re.match(r"[+?~-]?all$|redirect=", word)), None)
    words.insert(len(words) if at is None else at, f"include:{include}")
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
    if name not in _ASKS:
        return
    policy.lookups += 1
    if policy.lookups > MAX_LOOKUPS:
        policy.problem = "spf_too_many"
    elif name in ("include", "redirect") and target and "%" not in target:
        policy.includes.add(target)
        _read(target, resolver, policy, top=top and name == "redirect")
