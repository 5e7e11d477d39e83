"""Where a mail was meant to go: every address it may have been delivered to on its way to us.

Only the transport knows the envelope recipient. When a mail is read from a mailbox instead, what relays,
redirects and sieve scripts wrote into the header is all there is; each leaves the address in another field.
These fields sort mail; they authorise nothing, since a sender can write them too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsettings.mime import addresses, headers
from mailsettings.mime.parse import ParsedMail

# From the surest to the vaguest: who received it last, who it was redirected by, whom the writer named.
_DELIVERED = (
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Forwarded-To",
    "Resent-To",
)
_REDIRECTED = (
    "X-Forwarded-For",
    "Resent-From",
    "X-MS-Exchange-Inbox-Rules-Loop",
    "X-Sieve-Redirected-From",
)
_NAMED = ("To", "Cc")

MAX_PATH = 1000  # characters of an envelope sender

_RECEIVED_FOR = re.compile(r"\bfor\s{1,20}<?([^\s<>;()]{1,100}@[^\s<>;()]{1,255})>?", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>\"'(),:;|@]{1,100}@[^\s<>\"'(),:;|@]{1,255}")
_CAF = re.compile(
    r"([^\s@+<]{1,100})\+caf_=([^\s@]{1,100})=([^\s@=]{1,255})@([^\s@>]{1,255})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Route:
    """An address, its domain in lower case, and the header field that named it."""

    address: str
    found_in: str


def routes(mail: ParsedMail) -> tuple[Route, ...]:
    """Every address a mail may have been delivered to, surest first, each once with the field it was first in."""
    found: dict[str, Route] = {}
    for field, address in _candidates(mail):
        if addresses.is_valid(address):
            shown = addresses.with_lower_domain(address)
            found.setdefault(shown.lower(), Route(shown, field))
    return tuple(found.values())


def _candidates(mail: ParsedMail) -> Iterator[tuple[str, str]]:
    for field in _DELIVERED:
        yield from _in_field(mail, field)
    for value in mail.all_headers("Received"):
        for address in _RECEIVED_FOR.findall(value):
            yield "Received", address.rstrip(".")
    for field in _REDIRECTED:
        yield from _in_field(mail, field)
    for address in _rewritten(mail):
        yield "Return-Path", address
    for field in _NAMED:
        for value in mail.all_headers(field):
            yield from ((field, address.addr_spec) for address in addresses.read(value))


def _in_field(mail: ParsedMail, field: str) -> Iterator[tuple[str, str]]:
    """The addresses of a trace field, which may be bare, in angle brackets, or several with blanks between."""
    for value in mail.all_headers(field):
        for address in _ADDRESS.findall(headers.decode_words(value)):
            yield field, address


def _rewritten(mail: ParsedMail) -> Iterator[str]:
    """The mailboxes that a rewritten envelope sender gives away.

    Google writes `local+caf_=target=target.domain@domain`; sender rewriting (SRS) ends with `=domain=local@relay`.
    """
    for value in mail.all_headers("Return-Path"):
        path = value.strip("<> ")[:MAX_PATH]
        fields = path.rpartition("@")[0].split("=")
        if match := _CAF.match(path):
            local, target, target_domain, domain = match.groups()
            yield f"{target}@{target_domain}"
            yield f"{local}@{domain}"
        elif path.lower().startswith(("srs0", "srs1")) and len(fields) >= 4:
            yield f"{fields[-1]}@{fields[-2]}"
