"""What the tests of a mailbox will look at, for the page to show before they have run."""

import dataclasses
from collections.abc import Collection

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailsettings.models import Mailbox, ProbeRun
from mailsettings.models.probes import TESTED
from mailsettings.outbound import transports
from mailsettings.proofs import roundtrip, watch
from mailsettings.proofs.explanations import STEP_NAMES

Kind = ProbeRun.Kind
LOOKED_AT: dict[str, str | Promise] = {
    "lookup": gettext_lazy("the server's name leads to a public address"),
    "connect": gettext_lazy("something answers at the port"),
    "greeting": gettext_lazy("it is a mail server and lets us in"),
    "starttls": gettext_lazy("it can encrypt"),
    "tls": gettext_lazy("its certificate is valid, trusted and of this name"),
    "mechanisms": gettext_lazy("it offers a login that fits"),
    "login": gettext_lazy("account and password are right"),
    "size": gettext_lazy("it takes mails with attachments"),
    "sender": gettext_lazy("the account may write from the address"),
    "recipient": gettext_lazy("it would take a mail to us; the test stops here"),
    "folder": gettext_lazy("the folder exists"),
    "read": gettext_lazy("mails can be read; none is marked"),
    "special": gettext_lazy("where sent mails and spam lie"),
}


@dataclasses.dataclass(frozen=True)
class Plan:
    """A test that has not run: ``button`` begins it, ``steps`` are names and what is looked at."""

    title: str
    button: str
    text: str
    steps: list[tuple[str, str]]


def of(mailbox: Mailbox, done: Collection[str]) -> list[Plan]:
    """Return the plans of the tests that a mailbox may have, except those of the kinds that are ``done``."""
    is_personal = mailbox.user_id is not None
    # A subcompany that enters nothing has nothing to test: it uses the company's server.
    inherits = mailbox.subcompany_id is not None and not mailbox.smtp_host
    kinds = [] if inherits else [Kind.SMTP]
    if mailbox.imap_host or is_personal:
        kinds.append(Kind.IMAP)
    found = [] if is_personal or Kind.ROUND_TRIP in done else [_redirect(mailbox)]
    found += [_connection(mailbox, kind, is_personal) for kind in kinds if kind not in done]
    return found


def _connection(mailbox: Mailbox, kind: Kind, is_personal: bool) -> Plan:
    if kind == Kind.SMTP:
        host, port = transports.way_out(mailbox)
    else:
        host, port = mailbox.imap_host, mailbox.imap_port
    # Before anything is entered: what the empty form proposes.
    tested = {"smtp_encryption": "ssl", "imap_encryption": "ssl"} if is_personal else {}
    if host:
        tested = {name: getattr(mailbox, name) for name in TESTED}
    names = watch.plan_of(ProbeRun(kind=kind, tested=tested))
    text = (
        _("Asks %(host)s at port %(port)s. Nothing is sent.") % {"host": host, "port": port}
        if host
        else _("Asks the server that is entered. Nothing is sent, nothing is saved.")
    )
    steps = [(str(STEP_NAMES[name]), str(LOOKED_AT[name])) for name in names]
    return Plan(str(kind.label), _("Test") if is_personal else _("Test connection"), text, steps)


def _redirect(mailbox: Mailbox) -> Plan:
    here = {"address": mailbox.company.recruiting_address}
    address = mailbox.address or _("your own address")
    way = {"sender": roundtrip.sender_address(), "address": address}
    return Plan(
        str(Kind.ROUND_TRIP.label),
        _("Send test mail"),
        _("Proves that mail to the custom email address arrives here."),
        [
            (_("Sent"), _("from %(sender)s to %(address)s") % way),
            (_("Redirected"), _("by your server to %(address)s") % here),
            (_("Arrived"), _("in Unassigned messages, marked as a test, mostly within a minute")),
            (_("The way it came"), _("servers and times, and whether the sender survived")),
        ],
    )
