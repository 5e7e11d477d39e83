"""The way a mail came: its servers and times, and what the receiver said about SPF, DKIM, DMARC and ARC.

All of it is for showing. Lines below our receiver's own can be written by anybody; they authorise nothing.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailsettings.mime.headers import parameters
from mailsettings.mime.parse import ParsedMail, read_date

MAX_HOPS = 20
MAX_RESULTS = 10_000  # characters of an Authentication-Results field that are read

_BY = re.compile(r"\bby\s+([\w.-]{1,253})", re.IGNORECASE)
_FROM = re.compile(r"^\s*from\s+([\w.-]{1,253})", re.IGNORECASE)
_RESULT = re.compile(r"^\s*(spf|dkim|dmarc|arc)(?:/\d+)?\s*=\s*([a-z]{1,20})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hop:
    """One server that took the mail: from whom, and when; None where its line tells no time."""

    server: str
    came_from: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Signature:
    """Domain and selector of a DKIM signature, lower case."""

    domain: str
    selector: str


def read_hops(mail: ParsedMail) -> tuple[Hop, ...]:
    """The servers a mail came through, first to last; each wrote its line above the earlier ones."""
    found = []
    for line in mail.all_headers("Received")[:MAX_HOPS]:
        by, came_from = _BY.search(line), _FROM.search(line)
        if by:
            when = read_date(line.rpartition(";")[2].strip())
            found.append(Hop(by[1], came_from[1] if came_from else "", when))
    return tuple(reversed(found))


def read_results(mail: ParsedMail, trusted: Collection[str]) -> dict[str, str]:
    """What the receiver says of spf, dkim, dmarc and arc (RFC 8601), ``{}`` when it says nothing.

    Only the topmost field of one of the ``trusted`` servers is read. Of several DKIM results ``pass`` counts.
    """
    names = {name.lower() for name in trusted}
    for value in mail.all_headers("Authentication-Results"):
        server, *results = _split(value[:MAX_RESULTS])
        words = server.split()
        if not words or words[0].lower().rstrip(".") not in names:
            continue
        found: dict[str, str] = {}
        for result in results:
            if match := _RESULT.match(result):
                method, verdict = match[1].lower(), match[2].lower()
                if found.get(method) != "pass":
                    found[method] = verdict
        return found
    return {}


def list_failed(results: Mapping[str, str], *, is_redirected: bool) -> list[str]:
    """The methods whose failure speaks against the sender: what a redirect breaks by itself does not.

    DMARC decides where it was asked; an intact ARC chain says that it was right before the redirect.
    """
    said = {method: results.get(method, "none") for method in ("spf", "dkim", "dmarc", "arc")}
    if said["dmarc"] == "fail":
        return [] if is_redirected and said["arc"] == "pass" else ["dmarc"]
    if "pass" in (said["dmarc"], said["dkim"]):
        return []
    failed = ["spf"] if said["spf"] in ("fail", "softfail") and not is_redirected else []
    if said["dkim"] == "fail" and said["spf"] != "pass":
        failed.append("dkim")
    return failed


def read_signatures(mail: ParsedMail) -> tuple[Signature, ...]:
    """The DKIM signatures a mail carries, whether or not they are right."""
    found = []
    for value in mail.all_headers("DKIM-Signature")[:MAX_HOPS]:
        _, tags = parameters(f"dkim; {value}")
        domain, selector = (tags.get(tag, "").strip().lower() for tag in ("d", "s"))
        if domain and selector:
            found.append(Signature(domain[:253], selector[:63]))
    return tuple(found)


def _split(value: str) -> list[str]:
    """The value cut at its semicolons, without comments; both do not count inside a quoted string."""
    parts: list[str] = []
    current: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif quoted:
            quoted = character != '"'
        elif character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        elif depth:
            pass
        elif character == '"':
            quoted = True
        elif character == ";":
            parts.append("".join(current))
            current = []
        else:
            current.append(character)
    return [*parts, "".join(current)]
