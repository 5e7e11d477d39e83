"""What DNS says about mail from a domain, as findings with the record that would mend it.

Pure but for the resolver it is given: it reads no table and stores nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mailsettings.proofs import dkim, spf
from mailsettings.wire.dns import DnsError, Resolver

Finding = dict[str, Any]

# Selectors of well-known providers; those seen in mails that came back are asked too.
SELECTORS = (
    *("google", "selector1", "selector2", "default", "dkim", "mail", "k1", "k2", "k3", "s1", "s2"),
    *("fm1", "fm2", "fm3", "protonmail", "protonmail2", "mailjet", "pm", "brevo1", "brevo2"),
    *("s1-ionos", "s2-ionos", "mbo0001", "mbo0002", "zoho", "key1", "key2", "smtp", "20230601"),
)
# What providers want to stand in SPF, by the end of their server's name.
INCLUDES = {
    "gmail.com": "_spf.google.com",
    "google.com": "_spf.google.com",
    "office365.com": "spf.protection.outlook.com",
    "outlook.com": "spf.protection.outlook.com",
    "ionos.de": "_spf-eu.ionos.com",
    "ionos.com": "_spf-eu.ionos.com",
    "strato.de": "_spf.strato.com",
    "mailbox.org": "mailbox.org",
    "zoho.eu": "zohomail.eu",
    "zoho.com": "zohomail.com",
    "fastmail.com": "spf.messagingengine.com",
    "messagingengine.com": "spf.messagingengine.com",
    "kasserver.com": "spf.kasserver.com",
    "agenturserver.de": "agenturserver.de",
    "infomaniak.com": "spf.infomaniak.ch",
    "protonmail.ch": "_spf.protonmail.ch",
    "sendgrid.net": "sendgrid.net",
    "mailgun.org": "mailgun.org",
    "amazonaws.com": "amazonses.com",
    "brevo.com": "spf.brevo.com",
    "mtasv.net": "spf.mtasv.net",
    "postmarkapp.com": "spf.mtasv.net",
    "mailjet.com": "spf.mailjet.com",
}


@dataclass(frozen=True)
class Subject:
    """The domain and the way its mail takes: by ``server``, else by the platform if ``is_verified``.

    ``addresses`` and ``keys`` are the platform's: where it sends from, and what it signs with.
    """

    domain: str
    server: str = ""
    selectors: tuple[str, ...] = ()
    is_verified: bool = False
    addresses: tuple[str, ...] = ()
    keys: tuple[dict[str, str], ...] = ()


def check(subject: Subject, resolver: Resolver) -> list[Finding]:
    """Look at SPF, DKIM, DMARC and MX; a topic nobody answered for is ``unknown``, never good or bad."""
    found = [
        _careful("spf", lambda: check_spf(subject, resolver)),
        _careful("dkim", lambda: check_dkim(subject, resolver)),
    ]
    passing = {finding["topic"] for finding in found if finding["tone"] == "ok"}
    unknown = {finding["topic"] for finding in found if finding["tone"] == "unknown"}
    return [
        *found,
        _careful("dmarc", lambda: check_dmarc(subject, resolver, passing, unknown)),
        _careful("mx", lambda: check_mx(subject, resolver)),
    ]


def check_spf(subject: Subject, resolver: Resolver) -> Finding:
    """Whether the policy can be followed, and names the provider whose server is used."""
    policy = spf.read(subject.domain, resolver)
    wanted = include_of(subject.server)
    values = {"domain": subject.domain, "server": subject.server, "lookups": policy.lookups}
    values["found"] = policy.record
    is_missing = policy.problem == "spf_missing"
    if policy.final == "+":
        return _finding("spf", "bad", "spf_open", values)
    if not subject.server and subject.is_verified and (is_missing or not policy.problem):
        return _check_platform(subject, policy, values)
    if is_missing and not subject.server:
        return _finding("spf", "ok", "spf_not_needed", values)
    if policy.problem:
        records = _spf_record(subject, "", wanted) if is_missing else []
        tone = "warn" if is_missing else "bad"
        return _finding("spf", tone, policy.problem, values, records)
    if wanted and wanted not in policy.includes:
        records = _spf_record(subject, policy.record, wanted)
        return _finding("spf", "bad", "spf_other_server", values, records)
    return _finding("spf", "ok", "spf_ok", values)


def _check_platform(subject: Subject, policy: spf.Policy, values: dict[str, Any]) -> Finding:
    """SPF is asked about our own domain then; yet some receivers look at the one in From too."""
    missing = [one for one in subject.addresses if not policy.names(one)]
    values |= {"addresses": ", ".join(subject.addresses)}
    if not missing:
        code = "spf_platform" if subject.addresses else "spf_not_needed"
        return _finding("spf", "ok", code, values)
    value = spf.add_to(policy.record, *map(spf.term_of, missing))
    return _finding("spf", "warn", "spf_addresses", values, [_record(subject.domain, "TXT", value)])


def check_dkim(subject: Subject, resolver: Resolver) -> Finding:
    """Which of the known selectors publish a key."""
    alive = []
    for selector in dict.fromkeys((*subject.selectors, *SELECTORS)):
        texts = resolver.txt(f"{selector}._domainkey.{subject.domain}")
        if any(_has_key(text) for text in texts):
            alive.append(selector)
    values = {"domain": subject.domain, "found": ", ".join(alive)}
    if alive:
        return _finding("dkim", "ok", "dkim_ok", values)
    if subject.server:
        records = dkim.records(subject.domain, subject.server)
        return _finding("dkim", "warn", "dkim_missing", values, records)
    if subject.keys:
        return _finding("dkim", "warn", "dkim_ours_missing", values)
    return _finding("dkim", "ok", "dkim_not_needed", values)


def check_dmarc(
    subject: Subject, resolver: Resolver, passing: Iterable[str], unknown: Iterable[str]
) -> Finding:
    """The policy, and whether mail on the chosen way satisfies it: by SPF or DKIM in the same domain."""
    texts = _dmarc_records(subject.domain, resolver)
    values = {"domain": subject.domain, "found": texts[0] if texts else ""}
    if not texts:
        record = _record(f"_dmarc.{subject.domain}", "TXT", "v=DMARC1; p=none")
        return _finding("dmarc", "warn", "dmarc_missing", values, [record])
    if len(texts) > 1:
        return _finding("dmarc", "bad", "dmarc_several", values)
    tags = dict(part.strip().partition("=")[::2] for part in texts[0].lower().split(";"))
    values["policy"] = tags.get("p", "none").strip()
    if not subject.server and not subject.is_verified:
        return _finding("dmarc", "ok", "dmarc_not_concerned", values)
    # Through the platform the envelope is ours, so there only the key in this domain is aligned.
    aligned = subject.is_verified and not subject.server
    aligned = aligned or bool({"spf", "dkim"} & set(passing) and subject.server)
    if aligned:
        return _finding("dmarc", "ok", "dmarc_ok", values)
    if set(unknown):
        return _finding("dmarc", "unknown", "unknown", {"topic": "DMARC"})
    tone = "warn" if values["policy"] == "none" else "bad"
    return _finding("dmarc", tone, "dmarc_unaligned", values)


def check_mx(subject: Subject, resolver: Resolver) -> Finding:
    """Whether answers to the domain can arrive at all."""
    hosts = [host for _, host in resolver.mx(subject.domain) if host]
    values = {"domain": subject.domain, "found": ", ".join(hosts[:5])}
    return _finding("mx", "ok" if hosts else "bad", "mx_ok" if hosts else "mx_missing", values)


def include_of(server: str) -> str:
    """What the provider of an SMTP server wants to be included in SPF; empty for one we do not know."""
    host = server.lower().rstrip(".")
    return next((INCLUDES[end] for end in INCLUDES if f".{host}".endswith(f".{end}")), "")


def _dmarc_records(domain: str, resolver: Resolver) -> list[str]:
    """Those of the domain, else of the nearest domain above it that has one."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        texts = resolver.txt(f"_dmarc.{'.'.join(labels[start:])}")
        found = [text for text in texts if text.lower().replace(" ", "").startswith("v=dmarc1")]
        if found:
            return found
    return []


def _has_key(text: str) -> bool:
    tags = dict(part.strip().partition("=")[::2] for part in text.split(";"))
    return bool({name.strip().lower(): value.strip() for name, value in tags.items()}.get("p"))


def _spf_record(subject: Subject, current: str, include: str) -> list[dict[str, str]]:
    if include:
        return [_record(subject.domain, "TXT", spf.add_to(current, f"include:{include}"))]
    is_name = not spf.is_network(subject.server)
    server = f"a:{subject.server}" if is_name else spf.term_of(subject.server)
    mine = _record(subject.domain, "TXT", f"v=spf1 {server} mx ~all")
    return [] if current else [mine]


def _careful(topic: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except DnsError:
        return _finding(topic, "unknown", "unknown", {"topic": topic.upper()})


def _record(name: str, kind: str, value: str) -> dict[str, str]:
    return {"name": name, "type": kind, "value": value}


def _finding(
    topic: str,
    tone: str,
    code: str,
    values: dict[str, Any],
    records: list[dict[str, str]] | None = None,
) -> Finding:
    return {
        "topic": topic,
        "tone": tone,
        "code": code,
        "values": values,
        "records": records or [],
    }
