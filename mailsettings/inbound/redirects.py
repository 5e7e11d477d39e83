"""Recognising redirect tests: a mail of ours that a customer's server was asked to send on to us.

A test carries a token in its Message-ID (``<test.TOKEN@…>``), its subject (``[Posthorn test TOKEN]``)
and its text, because redirects and forwards spare different ones of them.
"""

import re
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mailsettings.mime.machine import Verdict
from mailsettings.mime.parse import ParsedMail
from mailsettings.models import Delivery, ProbeRun

MAX_AGE = timedelta(days=14)  # of a test whose mail is still awaited
MAX_RUNS = 50
MAX_HOPS = 20
ANSWER = re.compile(r"\s*(re|aw|antw|sv|vs|rif|odp|réf)\s*:", re.IGNORECASE)
BY = re.compile(r"\bby\s+([\w.-]{1,253})", re.IGNORECASE)
Step = dict[str, str | int | bool]

# Enhanced status codes (RFC 3463) that a customer can do something about.
REFUSALS = {
    "5.7.520": gettext_noop("Microsoft 365 forbids redirecting to addresses outside your company."),
    "5.4.6": gettext_noop("The mail went round in circles: two servers redirect to each other."),
    "5.4.14": gettext_noop("The mail went round in circles: two servers redirect to each other."),
    "5.1.1": gettext_noop("The server does not know this address."),
    "5.2.2": gettext_noop("The mailbox is full."),
}


def note_arrival(delivery: Delivery, mail: ParsedMail, verdict: Verdict) -> bool:
    """Say whether this is a test of the delivery's company that arrived; if so, the test has passed.

    A test that was given up passes too when its mail arrives after all. Answers to a test are no arrivals.
    """
    run = _find_run(delivery, f"{mail.message_id} {mail.subject} {mail.text}")
    if run is None:
        return False
    unchanged = f".{run.token}@" in mail.message_id
    if not unchanged and (verdict.kind == "auto_reply" or ANSWER.match(mail.subject)):
        return False
    if run.state != ProbeRun.State.PASSED:
        steps = [_arrival(run, delivery), _path(mail), _header(mail, is_redirect=unchanged)]
        _finish(run, ProbeRun.State.PASSED, steps, delivery.received_at)
    return True


def note_failure(delivery: Delivery, mail: ParsedMail, verdict: Verdict) -> None:
    """Fail the running test that this bounce returns; a notice of delay is told and changes nothing."""
    run = _find_run(delivery, _read_returned(mail, verdict))
    if run is None or run.state != ProbeRun.State.RUNNING:
        return
    if verdict.kind == "delay":
        text = _("A server on the way could not deliver the mail yet and goes on trying.")
        run.steps = [*run.steps, _step("delayed", text, ok=True, reply=verdict.diagnostic)]
        run.save(update_fields=["steps"])
        return
    step = _step("bounced", _explain(verdict.diagnostic), ok=False, reply=verdict.diagnostic)
    _finish(run, ProbeRun.State.FAILED, [step], delivery.received_at)


def _find_run(delivery: Delivery, haystack: str) -> ProbeRun | None:
    """The company's recent test whose token the text holds, locked for this transaction."""
    awaited = ProbeRun.objects.filter(
        company=delivery.company,
        kind=ProbeRun.Kind.ROUND_TRIP,
        started_at__gte=timezone.now() - MAX_AGE,
    ).exclude(token="")
    tokens = awaited.order_by("-started_at").values_list("pk", "token")[:MAX_RUNS]
    found = next((pk for pk, token in tokens if token in haystack), None)
    return ProbeRun.objects.select_for_update().get(pk=found) if found else None


def _read_returned(mail: ParsedMail, verdict: Verdict) -> str:
    """Everything in a bounce that may quote the test: its words, and the mail or header it returns."""
    returned = [
        part.content.decode("latin-1")
        for part in mail.attachments
        if part.content_type.startswith(("message/", "text/"))
    ]
    return " ".join([verdict.original_message_id, mail.subject, mail.text, *returned])


def _arrival(run: ProbeRun, delivery: Delivery) -> Step:
    text = _("Arrived at %(address)s (%(field)s).") % {
        "address": delivery.address,
        "field": delivery.found_in,
    }
    elapsed = delivery.received_at - run.started_at
    return _step("arrived", text, ok=True, ms=max(0, int(elapsed.total_seconds() * 1000)))


def _path(mail: ParsedMail) -> Step:
    """The servers the mail came through, first to last; each wrote its line above the earlier ones."""
    hops = [match[1] for line in mail.all_headers("Received") if (match := BY.search(line))]
    path = " → ".join(reversed(hops[:MAX_HOPS])) or _("no server left its name")
    return _step("hops", _("The way it came: %(path)s.") % {"path": path}, ok=True)


def _header(mail: ParsedMail, *, is_redirect: bool) -> Step:
    if is_redirect:
        return _step("header_kept", _("The original header was transmitted."), ok=True)
    text = _(
        "The mail was forwarded, not redirected: it now comes from %(sender)s. Applicants would be "
        "mistaken for that address. Choose “redirect” and transmit the original header."
    )
    sender = mail.sender.addr_spec if mail.sender else "?"
    return _step("header_changed", text % {"sender": sender}, ok=False)


def _explain(diagnostic: str) -> str:
    for code, text in REFUSALS.items():
        if re.search(rf"\b{re.escape(code)}\b", diagnostic):
            return _(text)
    return _("The mail came back undelivered.")


def _step(code: str, message: str, *, ok: bool, reply: str = "", ms: int = 0) -> Step:
    name = {"header_kept": "header", "header_changed": "header"}.get(code, code)
    return {"name": name, "ok": ok, "code": code, "message": message, "reply": reply, "ms": ms}


def _finish(run: ProbeRun, state: ProbeRun.State, steps: list[Step], at: datetime) -> None:
    run.state, run.steps, run.finished_at = state, [*run.steps, *steps], at
    run.save(update_fields=["state", "steps", "finished_at"])
