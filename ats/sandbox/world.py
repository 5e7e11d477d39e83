"""Who exists in the world outside, and what its servers do with a mail.

The customer's ``jobs@acme.example`` redirects every mail to the company's recruiting address as
Postfix with a Sieve rule would, ``berlin@acme.example`` keeps its mail to itself, every other
address is a candidate's or a colleague's mailbox that comes into being with its first mail, except
``nobody@acme.example``, whom the customer's server does not know, and ``inbound`` is the platform's
catch-all for the recruiting domain.
"""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.utils import formatdate

from django.conf import settings
from django.utils.translation import gettext as _

from ats.sandbox import boxes

logger = logging.getLogger(__name__)

PASSWORD = "sandbox"  # noqa: S105 -- of every account; the servers listen on loopback only
CANDIDATE = "mia.candidate@mail.example"
JOBS = "jobs@acme.example"
BERLIN = "berlin@acme.example"
CATCH_ALL = "inbound"
PLATFORM = "platform"
CUSTOMER_DOMAIN = "acme.example"
NOBODY = f"nobody@{CUSTOMER_DOMAIN}"
HOPS = 25  # more Received fields than any honest mail has


class Refused(Exception):
    """A server of the world does not take the mail; the text is its SMTP reply."""


@dataclass(frozen=True)
class Account:
    """A login and its mailbox. ``redirects_to`` is where its server sends every mail on."""

    name: str
    redirects_to: str = ""

    @property
    def is_candidate(self) -> bool:
        return self.name != CATCH_ALL and not self.name.endswith(f"@{CUSTOMER_DOMAIN}")

    @property
    def label(self) -> str:
        """A short name for lists."""
        roles = {
            JOBS: _("Acme, job address"),
            BERLIN: _("Acme Berlin"),
            CATCH_ALL: _("Posthorn's catch-all"),
        }
        return roles.get(self.name) or display_name(self.name)

    @property
    def about(self) -> str:
        """One sentence for the page: what this mailbox is for."""
        if self.redirects_to:
            return _("Acme's job address. Its server redirects every mail to %(address)s.") % {
                "address": self.redirects_to
            }
        if self.name == BERLIN:
            return _("Acme Berlin's own address. It redirects nothing: Posthorn reads it by IMAP.")
        if self.name == CATCH_ALL:
            return _("Posthorn's catch-all for %(domain)s, which Posthorn reads by IMAP.") % {
                "domain": settings.RECRUITING_DOMAIN
            }
        if not self.is_candidate:
            return _("A colleague at Acme, who gets Posthorn's system mail.")
        return _("A candidate's private mailbox.")


def display_name(address: str) -> str:
    """``mia.candidate@…`` is called Mia Candidate."""
    local = address.partition("@")[0].partition("+")[0]
    return local.replace(".", " ").replace("_", " ").title()


def accounts() -> list[Account]:
    """The mailboxes to show: the ones with a role first, then every other that ever got a mail."""
    leading = [CANDIDATE, JOBS, BERLIN, CATCH_ALL]
    return [account(name) for name in [*leading, *(n for n in boxes.names() if n not in leading)]]


def account(name: str) -> Account:
    """The account of a login name or an address that exists, or comes into being now."""
    name = name.lower()
    return Account(name, f"acme-jobs@{settings.RECRUITING_DOMAIN}" if name == JOBS else "")


def box_of(recipient: str) -> str:
    """The name of the box a mail to this address ends in."""
    return CATCH_ALL if _is_ours(recipient) else recipient.lower()


def knows(login: str) -> bool:
    """Whether somebody can log in under this name."""
    login = login.lower()
    if login in (CATCH_ALL, PLATFORM):
        return True
    return _refusal(login) == "" and not _is_ours(login)


def may_send_as(login: str, sender: str) -> bool:
    """Whether a server lets this login use the envelope sender; the platform may use any."""
    return login.lower() in (PLATFORM, sender.lower())


def check_recipient(address: str) -> None:
    """Raise Refused with the reply a server gives to RCPT TO for somebody it does not know."""
    if refusal := _refusal(address):
        raise Refused(refusal)


def receive(raw: bytes, *, sender: str, recipients: Sequence[str]) -> None:
    """Take a mail for all recipients (known ones, else Refused) and carry it where it belongs.

    ``raw`` may end its lines with LF or CRLF; ``sender`` is the envelope's, "" for a bounce.
    """
    for recipient in recipients:
        check_recipient(recipient)
    raw = raw.replace(boxes.CRLF, boxes.LF).replace(boxes.LF, boxes.CRLF)
    for recipient in recipients:
        _deliver(raw, sender=sender, recipient=recipient)


def _refusal(address: str) -> str:
    local, at, domain = address.lower().rpartition("@")
    if not (local and at and domain):
        return "501 5.1.3 Bad recipient address syntax"
    if address.lower() == NOBODY:
        return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
    return ""


def _is_ours(address: str) -> bool:
    return address.lower().endswith(f"@{settings.RECRUITING_DOMAIN}")


def _deliver(raw: bytes, *, sender: str, recipient: str) -> None:
    """Put one copy into its box; then do what the owner of the box has told the server to do."""
    domain = recipient.rpartition("@")[2].lower()
    arrived = _received(by=f"mx.{domain}", recipient=recipient) + raw
    owner = account(box_of(recipient))
    original = _field("X-Original-To", recipient) if owner.name == CATCH_ALL else b""
    to = _field("Delivered-To", recipient)
    boxes.add(owner.name, _field("Return-Path", f"<{sender}>") + original + to + arrived)
    if owner.redirects_to and not _circles(raw, owner):
        # Pigeonhole's redirect: the mail as it arrived with its name on top, envelope sender kept.
        marks = _field("X-Sieve", "Pigeonhole Sieve 0.5.19")
        marks += _field("X-Sieve-Redirected-From", owner.name)
        _deliver(marks + to + arrived, sender=sender, recipient=owner.redirects_to)


def _circles(raw: bytes, owner: Account) -> bool:
    """Whether a mail has been here before, or has come through more servers than mail does."""
    head = BytesHeaderParser().parsebytes(raw)
    seen = [str(value).lower() for value in head.get_all("X-Sieve-Redirected-From", [])]
    if owner.name in seen or len(head.get_all("Received", [])) > HOPS:
        logger.warning("mail loop: %s does not redirect this mail again", owner.name)
        return True
    return False


def _received(*, by: str, recipient: str) -> bytes:
    return _field(
        "Received",
        f"from localhost (localhost [127.0.0.1])\r\n\tby {by} (Postfix) with ESMTPS id "
        f"{secrets.token_hex(5).upper()}\r\n\tfor <{recipient}>; {formatdate(localtime=True)}",
    )


def _field(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()
