"""For whom a mail is: companies' addresses on our platform, and their own addresses that redirect to us.

The envelope decides, else the mailbox it was read from. Header fields are believed only where a
catch-all has lost the envelope; they can be forged, so they sort mail but open nothing.
"""

import dataclasses
import re
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db.models.functions import Lower

from companies.models import Company, Subcompany
from mailsettings.mime.parse import ParsedMail
from mailsettings.mime.routes import Route, routes
from mailsettings.models import IncomingMail, Mailbox, ProbeRun

PERSONAL = "personal mailbox"  # where such a mail was found; it must not show up elsewhere
ACCOUNT = re.compile(r"(?P<account>[a-z0-9-]+)-jobs(?:\+[^@]*)?@(?P<domain>[^@]+)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Destination:
    """A company a mail is for, the address that says so and where that stood."""

    company: Company
    address: str
    found_in: str
    mailbox: Mailbox | None = None
    subcompany: Subcompany | None = None


class UnroutableError(Exception):
    """The mail is for no known company; the message says why."""


def read_account(address: str) -> str | None:
    """Return the account in ``<account>-jobs[+tag]@RECRUITING_DOMAIN``, else None."""
    match = ACCOUNT.fullmatch(address.strip())
    if not match or match["domain"].lower().rstrip(".") != settings.RECRUITING_DOMAIN:
        return None
    return match["account"].lower()


def is_known(address: str) -> bool:
    """Say whether this is the recruiting address of a company."""
    account = read_account(address)
    return account is not None and Company.objects.filter(account=account).exists()


def find_destinations(mail: IncomingMail, parsed: ParsedMail) -> list[Destination]:
    """Return one destination for each company the mail is for; ``UnroutableError`` when there is none."""
    if mail.door == IncomingMail.Door.IMAP and mail.folder is None:
        raise UnroutableError("the mailbox it was read from was removed")
    traced = routes(parsed)
    envelope = [Route(address, "envelope") for address in mail.envelope_recipients]
    if by_envelope := _find_recruiting(envelope, traced):
        return by_envelope
    if mail.folder and mail.folder.mailbox:
        return [_find_owner(mail.folder.mailbox, traced)]
    return _find_recruiting(traced, traced) or _find_custom(traced)


def _find_recruiting(named: Sequence[Route], traced: Sequence[Route]) -> list[Destination]:
    """The companies whose recruiting address is among ``named``, each once, in that order."""
    accounts: dict[str, Route] = {}
    for route in named:
        if account := read_account(route.address):
            accounts.setdefault(account, route)
    companies = Company.objects.in_bulk(list(accounts), field_name="account") if accounts else {}
    found = [
        (companies[account], accounts[account]) for account in accounts if account in companies
    ]
    return [_describe(company, route, traced) for company, route in found]


def _describe(company: Company, route: Route, traced: Sequence[Route]) -> Destination:
    """Add the company's own address the mail was written to, which tells the subcompany."""
    _, mailbox = _first_custom(traced, _custom_mailboxes(traced, company))
    subcompany = mailbox.subcompany if mailbox else None
    return Destination(company, route.address[:254], route.found_in, mailbox, subcompany)


def _find_owner(mailbox: Mailbox, traced: Sequence[Route]) -> Destination:
    if mailbox.user_id:
        return Destination(mailbox.company, mailbox.address, PERSONAL, mailbox)
    subcompany = mailbox.subcompany
    if subcompany is None:
        _, custom = _first_custom(traced, _custom_mailboxes(traced, mailbox.company))
        subcompany = custom.subcompany if custom else None
    return Destination(mailbox.company, mailbox.address, "mailbox", mailbox, subcompany)


def _find_custom(traced: Sequence[Route]) -> list[Destination]:
    """The one company whose own address the mail names, when no trace of ours was left on the way.

    Only an address counts whose redirect was proven by a test mail: anybody can type in a stranger's.
    """
    mailboxes = [mailbox for mailbox in _custom_mailboxes(traced) if _is_proven(mailbox)]
    companies = {mailbox.company_id for mailbox in mailboxes}
    if len(companies) > 1:
        raise UnroutableError("it names addresses of several companies")
    route, mailbox = _first_custom(traced, mailboxes)
    if route is None or mailbox is None:
        raise UnroutableError("it names no address of a known company")
    return [
        Destination(
            mailbox.company, route.address[:254], route.found_in, mailbox, mailbox.subcompany
        )
    ]


def _is_proven(mailbox: Mailbox) -> bool:
    passed = mailbox.probe_runs.filter(
        kind=ProbeRun.Kind.ROUND_TRIP, state=ProbeRun.State.PASSED, address=mailbox.address
    )
    return passed.exists()


def _custom_mailboxes(traced: Iterable[Route], company: Company | None = None) -> list[Mailbox]:
    """Shared mailboxes (never personal ones) whose address the mail names."""
    named = {route.address.lower() for route in traced}
    mailboxes = Mailbox.objects.filter(user=None).exclude(address="")
    if company:
        mailboxes = mailboxes.filter(company=company)
    mailboxes = mailboxes.annotate(lower_address=Lower("address")).filter(lower_address__in=named)
    return list(mailboxes.select_related("company", "subcompany"))


def _first_custom(
    traced: Sequence[Route], mailboxes: Sequence[Mailbox]
) -> tuple[Route, Mailbox] | tuple[None, None]:
    by_address = {mailbox.address.lower(): mailbox for mailbox in mailboxes}
    for route in traced:
        if mailbox := by_address.get(route.address.lower()):
            return route, mailbox
    return None, None
