"""What the arrival of a redirect test proves, step by step: its way, who redirected it, what survived.

A worker writes it and people of several languages read it: a step holds its sentences untranslated.
"""

import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from mailsettings.inbound.recipients import read_account
from mailsettings.mime import trace
from mailsettings.mime.parse import ParsedMail, parse
from mailsettings.mime.routes import routes
from mailsettings.models import Delivery, ProbeRun

Step = dict[str, Any]
Said = tuple[str, dict[str, str]]  # a sentence as translators know it, and what it names

FORWARD = re.compile(r"\s*(fwd?|wg|weitergeleitet|tr|enc|rv|i)\s*:", re.IGNORECASE)
# Fields in which a server names the mailbox that sent the mail on, and "written to" ones that stay.
REDIRECTED_BY = (
    *("X-Forwarded-For", "Resent-From", "X-MS-Exchange-Inbox-Rules-Loop"),
    *("X-Sieve-Redirected-From", "Return-Path", "Delivered-To", "X-Original-To", "Envelope-To"),
)
METHODS = ("spf", "dkim", "dmarc", "arc")


def describe(run: ProbeRun, delivery: Delivery, mail: ParsedMail) -> list[Step]:
    """Return the steps of a test that arrived; ``header`` is not ok when applicants would be mistaken."""
    return [
        _arrival(run, delivery),
        describe_way(mail),
        _redirector(run, mail),
        _header(run, mail),
        _authentication(mail),
    ]


def step(code: str, *said: Said, ok: bool = True, name: str = "", **more: Any) -> Step:
    """A step of a run that says these sentences; ``name`` is its code unless given."""
    shown = {"name": name or code, "ok": ok, "code": code, "message": "", "reply": "", "ms": 0}
    return {**shown, "said": [list(one) for one in said], **more}


def say(step: Step) -> str:
    """Return a step's sentences in the reader's language; those of old rows as they were written down."""
    said = " ".join(gettext(sentence) % values for sentence, values in step.get("said", ()))
    return said or str(step["message"])


def _arrival(run: ProbeRun, delivery: Delivery) -> Step:
    where = {"address": delivery.address, "field": delivery.found_in}
    if delivery.found_in == "envelope":
        said = [(_("Arrived at %(address)s, as its envelope says."), where)]
    else:
        said = [(_("Arrived at %(address)s (%(field)s)."), where)]
    unit = run.mailbox and (run.mailbox.subcompany or run.mailbox.company)
    if unit:
        proven = _("This proves the address %(address)s of %(unit)s.")
        said.append((proven, {"address": run.address, "unit": str(unit)}))
    elapsed = delivery.received_at - run.started_at
    return step("arrived", *said, ms=max(0, int(elapsed.total_seconds() * 1000)))


def describe_way(mail: ParsedMail) -> Step:
    """Return the step that names the servers a mail came by."""
    hops = trace.read_hops(mail)
    path = " → ".join(hop.server for hop in hops)
    way = _("By %(path)s.") if path else _("No server on the way left its name.")
    told = [
        {
            "server": hop.server,
            "from": hop.came_from,
            "at": hop.at.isoformat() if hop.at else "",
            "seconds": _seconds_between(hops[position - 1], hop) if position else None,
        }
        for position, hop in enumerate(hops)
    ]
    return step("hops", (way, {"path": path}), hops=told)


def _seconds_between(earlier: trace.Hop, later: trace.Hop) -> int | None:
    """Never less than nothing: the clocks of two servers differ."""
    if earlier.at is None or later.at is None:
        return None
    return max(0, int((later.at - earlier.at).total_seconds()))


def _redirector(run: ProbeRun, mail: ParsedMail) -> Step:
    """Name the mailbox that sent the test on, and the field that says so."""
    named = [
        route
        for route in routes(mail)
        if route.found_in in REDIRECTED_BY and read_account(route.address) is None
    ]
    named.sort(key=lambda route: route.address.lower() != run.address.lower())
    if not named:
        text = _("No server wrote down which mailbox redirected it. That is allowed.")
        return step("redirector_unknown", (text, {}), name="redirector")
    text = _("Sent on by %(address)s, says the field %(field)s.")
    values = {"address": named[0].address, "field": named[0].found_in}
    return step("redirector", (text, values))


def _header(run: ProbeRun, mail: ParsedMail) -> Step:
    original = _read_original(run)
    sender = mail.sender.addr_spec.lower() if mail.sender else ""
    meant = original.sender.addr_spec.lower() if original and original.sender else ""
    if is_forward(run, mail) or (meant and sender != meant):
        text = _(
            "The mail was forwarded, not redirected: it now comes from %(sender)s. Applicants would be "
            "mistaken for that address. Choose “redirect” and transmit the original header."
        )
        return step("header_changed", (text, {"sender": sender or "?"}), ok=False, name="header")
    lost = [] if f".{run.token}@" in mail.message_id else ["Message-ID"]
    if original and original.date != mail.date:
        lost.append("Date")
    if original and original.subject not in mail.subject:
        lost.append("Subject")
    if lost:
        text = _("It was redirected, but a server on the way replaced: %(fields)s.")
        return step("header_replaced", (text, {"fields": ", ".join(lost)}), name="header")
    text = _(
        "Redirected, not forwarded. The original header was transmitted: From, Date, Message-ID."
    )
    return step("header_kept", (text, {}), name="header")


def is_forward(run: ProbeRun, mail: ParsedMail) -> bool:
    """Whether somebody wrapped the test into a mail of their own: by its subject, or as an inner message."""
    if FORWARD.match(mail.subject):
        return True
    token = run.token.encode()
    return any(
        part.content_type == "message/rfc822" and token in part.content for part in mail.attachments
    )


def _read_original(run: ProbeRun) -> ParsedMail | None:
    """The test as it left, unless it was erased meanwhile."""
    if run.outgoing is None:
        return None
    try:
        return parse(run.outgoing.raw.read())
    except OSError:  # its file is gone; then the token alone has to tell
        return None


def _authentication(mail: ParsedMail) -> Step:
    results = trace.read_results(mail, settings.AUTHSERV_IDS)
    signatures = [[found.domain, found.selector] for found in trace.read_signatures(mail)]
    if not results:
        text = _("Our receiver noted nothing about SPF, DKIM, DMARC and ARC.")
        return step("auth_unknown", (text, {}), name="authentication", signatures=signatures)
    noted = ", ".join(f"{one.upper()} {results[one]}" for one in METHODS if one in results)
    said: list[Said] = [(_("Our receiver noted: %(results)s."), {"results": noted})]
    if missing := ", ".join(one.upper() for one in METHODS if one not in results):
        said.append((_("Not checked: %(methods)s."), {"methods": missing}))
    vouched = "pass" in (results.get("dkim"), results.get("arc"))
    if results.get("spf") not in (None, "pass") and vouched:
        text = _("SPF fails after a redirect by its nature; DKIM or ARC vouch for the mail.")
        said.append((text, {}))
    return step("authentication", *said, results=results, signatures=signatures)
