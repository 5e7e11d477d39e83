"""For whom a mail is: companies' addresses on our platform, and their own addresses that redirect to us.

The envelope decides, else the mailbox it was read from. Header fields are believed only where a
catch-all has lost the envelope; they can be forged, so they sort mail but open nothing.
"""

import dataclasses
import re
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db.models.functions import Lower
from django.utils.crypto import constant_time_compare, salted_hmac

from companies.models import Company, Subcompany
from mailsettings.mime.parse import ParsedMail
from mailsettings.mime.routes import Route, routes
from mailsettings.models import Delivery, IncomingMail, Mailbox, MailFolder, ProbeRun

IN_MAILBOX = "mailbox"
# Where mail was found of which only that to or from a candidate is the company's.
PERSONAL, SENT = "personal mailbox", "sent mail"
SENT_BY_PERSON = "sent mail of a personal mailbox"
SELECTED = frozenset({PERSONAL, SENT, SENT_BY_PERSON})
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


def copy_address(company: Company) -> str:
    """The address whose Bcc files what a colleague writes from a mail program of their own."""
    local, _, domain = company.recruiting_address.partition("@")
    return f"{local}+bcc-{_copy_token(company)}@{domain}"


def is_copy(company: Company, address: str) -> bool:
    """Whether this is the company's ``copy_address``. Its token is a secret of the company."""
    tag = address.partition("@")[0].partition("+")[2].lower()
    return constant_time_compare(tag, f"bcc-{_copy_token(company)}")


def _copy_token(company: Company) -> str:
    return str(salted_hmac("mailsettings.copies", str(company.pk)).hexdigest())[:20]


def is_redirected(delivery: Delivery) -> bool:
    """Whether it was written to an address of the company's own, whose server sent it on to ours."""
    return delivery.mailbox_id is not None and delivery.found_in not in {IN_MAILBOX, *SELECTED}


def is_known(address: str) -> bool:
    """Say whether this is the recruiting address of a company."""
    account = read_account(address)
    return account is not None and Company.objects.filter(account=account).exists()


class Directory:
    """The companies and shared mailboxes that a batch of mails may be for, looked up once."""

    def __init__(self, traced: Iterable[Sequence[Route]]) -> None:
        named = {route.address.lower() for routes_ in traced for route in routes_}
        accounts = {account for address in named if (account := read_account(address))}
        self.companies: dict[str, Company] = (
            Company.objects.in_bulk(accounts, field_name="account") if accounts else {}
        )
        # Never personal mailboxes: they are private.
        shared = Mailbox.objects.filter(user=None).exclude(address="")
        shared = shared.annotate(lower_address=Lower("address")).filter(lower_address__in=named)
        self.mailboxes = list(shared.select_related("company", "subcompany"))
        self._proven: dict[int, bool] = {}

    def is_proven(self, mailbox: Mailbox) -> bool:
        """Whether a test mail has come back from the mailbox's address."""
        if mailbox.pk not in self._proven:
            passed = mailbox.probe_runs.filter(
                kind=ProbeRun.Kind.ROUND_TRIP, state=ProbeRun.State.PASSED, address=mailbox.address
            )
            self._proven[mailbox.pk] = passed.exists()
        return self._proven[mailbox.pk]


def trace(mail: IncomingMail, parsed: ParsedMail) -> list[Route]:
    """The addresses a mail came to, surest first."""
    envelope = [Route(address, "envelope") for address in mail.envelope_recipients]
    return [*envelope, *routes(parsed)]


def find_destinations(
    mail: IncomingMail, traced: Sequence[Route], known: Directory
) -> list[Destination]:
    """Return one destination for each company the mail is for; ``UnroutableError`` when there is none.

    ``traced`` is the mail's ``trace``, and ``known`` was made from it.
    """
    if mail.door == IncomingMail.Door.IMAP and mail.folder is None:
        raise UnroutableError("the mailbox it was read from was removed")
    envelope = [route for route in traced if route.found_in == "envelope"]
    written = [route for route in traced if route.found_in != "envelope"]
    if by_envelope := _find_recruiting(envelope, written, known):
        return by_envelope
    if mail.folder and mail.folder.mailbox:
        return [_find_owner(mail.folder, mail.folder.mailbox, written, known)]
    return _find_recruiting(written, written, known) or _find_custom(written, known)


def _find_recruiting(
    named: Sequence[Route], traced: Sequence[Route], known: Directory
) -> list[Destination]:
    """The companies whose recruiting address is among ``named``, each once, in that order."""
    accounts: dict[str, Route] = {}
    for route in named:
        if account := read_account(route.address):
            accounts.setdefault(account, route)
    return [
        _describe(known.companies[account], route, traced, known)
        for account, route in accounts.items()
        if account in known.companies
    ]


def _describe(
    company: Company, route: Route, traced: Sequence[Route], known: Directory
) -> Destination:
    """Add the company's own address the mail was written to, which tells the subcompany."""
    _, mailbox = _first_custom(traced, known.mailboxes, company)
    subcompany = mailbox.subcompany if mailbox else None
    return Destination(company, route.address[:254], route.found_in, mailbox, subcompany)


def _find_owner(
    folder: MailFolder, mailbox: Mailbox, traced: Sequence[Route], known: Directory
) -> Destination:
    if mailbox.user_id:
        found_in = SENT_BY_PERSON if folder.is_sent else PERSONAL
        return Destination(mailbox.company, mailbox.address, found_in, mailbox)
    if folder.is_sent:
        return Destination(mailbox.company, mailbox.address, SENT, mailbox, mailbox.subcompany)
    subcompany = mailbox.subcompany
    if subcompany is None:
        _, custom = _first_custom(traced, known.mailboxes, mailbox.company)
        subcompany = custom.subcompany if custom else None
    return Destination(mailbox.company, mailbox.address, IN_MAILBOX, mailbox, subcompany)


def _find_custom(traced: Sequence[Route], known: Directory) -> list[Destination]:
    """The one company whose own address the mail names, when no trace of ours was left on the way.

    Only an address counts whose redirect was proven by a test mail: anybody can type in a stranger's.
    """
    named = {route.address.lower() for route in traced}
    mailboxes = [
        mailbox
        for mailbox in known.mailboxes
        if mailbox.address.lower() in named and known.is_proven(mailbox)
    ]
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


def _first_custom(
    traced: Sequence[Route], mailboxes: Sequence[Mailbox], company: Company | None = None
) -> tuple[Route, Mailbox] | tuple[None, None]:
    by_address = {
        mailbox.address.lower(): mailbox
        for mailbox in mailboxes
        if company is None or mailbox.company_id == company.pk
    }
    for route in traced:
        if mailbox := by_address.get(route.address.lower()):
            return route, mailbox
    return None, None
