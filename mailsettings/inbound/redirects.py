"""Recognising redirect tests: a mail of ours that a customer's server was asked to send on to us.

A test carries a token in its Message-ID (``<test.TOKEN@…>``), its subject (``[Posthorn test TOKEN]``)
and its text, because redirects and forwards spare different ones of them.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from mailsettings.inbound import pathreport
from mailsettings.inbound.pathreport import Step, step
from mailsettings.mime.machine import Verdict
from mailsettings.mime.parse import ParsedMail
from mailsettings.models import Delivery, ProbeRun

MAX_AGE = timedelta(days=14)  # of a test whose mail is still awaited
MAX_RUNS = 50
MAX_WORDS = 2000  # characters of a bounce's own text that are searched for its reason
SUBJECT = re.compile(r"\[Posthorn test [0-9a-f]{32}\]")
ANSWER = re.compile(r"\s*(re|aw|antw|sv|vs|rif|odp|réf)\s*:", re.IGNORECASE)

# Why a test comes back: RFC 3463 codes, else what servers write instead. ``redirect_advice`` has the words.
REFUSALS = (
    (
        "bounced_forwarding",
        re.compile(r"5\.7\.520\b|AS\(7555\)|external forwarding", re.IGNORECASE),
    ),
    (
        "bounced_loop",
        re.compile(
            r"5\.4\.(?:6|12|14)\b|mail loop|loops back|too many hops|hop count", re.IGNORECASE
        ),
    ),
    (
        "bounced_full",
        re.compile(r"[45]\.2\.2\b|mailbox (?:is )?full|over ?quota|quota exceeded", re.IGNORECASE),
    ),
    (
        "bounced_unknown",
        re.compile(
            r"5\.1\.(?:1|10)\b|user unknown|unknown user|no such (?:user|mailbox)|does not exist",
            re.IGNORECASE,
        ),
    ),
    ("bounced_policy", re.compile(r"5\.7\.\d+\b|spam|blocked|dmarc", re.IGNORECASE)),
)


def note_arrival(delivery: Delivery, mail: ParsedMail, verdict: Verdict) -> ProbeRun | None:
    """Return the test of the delivery's company that arrived here, None if none did; it has passed.

    A test that was given up passes too when its mail arrives after all. Answers to a test are no arrivals.
    """
    run = _find_run(delivery, _read_arrived(mail))
    if run is None:
        return None
    unchanged = f".{run.token}@" in mail.message_id
    if not unchanged and (verdict.kind == "auto_reply" or ANSWER.match(mail.subject)):
        return None
    if run.state != ProbeRun.State.PASSED:
        steps = pathreport.describe(run, delivery, mail)
        _finish(run, ProbeRun.State.PASSED, steps, delivery.received_at)
    return run


def note_failure(delivery: Delivery, mail: ParsedMail, verdict: Verdict) -> None:
    """Fail the running test that this bounce returns; a notice of delay is told and changes nothing."""
    run = _find_run(delivery, _read_returned(mail, verdict))
    if run is None or run.state != ProbeRun.State.RUNNING:
        return
    if verdict.kind == "delay":
        text = _("A server on the way could not deliver the mail yet and goes on trying.")
        run.steps = [*run.steps, step("delayed", (text, {}), reply=verdict.diagnostic)]
        run.save(update_fields=["steps"])
        return
    said = [
        (_("It could not reach %(address)s."), {"address": address})
        for address in verdict.failed_addresses[:1]
    ]
    code = _find_reason(verdict.diagnostic, mail.text)
    told = step(code, *said, ok=False, name="bounced", reply=verdict.diagnostic)
    _finish(run, ProbeRun.State.FAILED, [told], delivery.received_at)


def is_test(mail: ParsedMail) -> bool:
    """Say whether a mail, of which the header is enough, is one of our tests, or an answer to one."""
    return SUBJECT.search(mail.subject) is not None


def list_testing(companies: Collection[int]) -> set[int]:
    """Those of the companies whose tests may still have a mail under way."""
    return set(_awaited().filter(company__in=companies).values_list("company", flat=True))


def _awaited() -> QuerySet[ProbeRun]:
    recent = ProbeRun.objects.filter(
        kind=ProbeRun.Kind.ROUND_TRIP, started_at__gte=timezone.now() - MAX_AGE
    )
    return recent.exclude(token="")


def _find_run(delivery: Delivery, haystack: str) -> ProbeRun | None:
    """The company's recent test whose token the text holds, locked for this transaction."""
    awaited = _awaited().filter(company=delivery.company)
    tokens = awaited.order_by("-started_at").values_list("pk", "token")[:MAX_RUNS]
    found = next((pk for pk, token in tokens if token in haystack), None)
    if found is None:
        return None
    locked = ProbeRun.objects.select_for_update(of=("self",)).select_related(
        "outgoing__raw", "mailbox__subcompany", "mailbox__company"
    )
    return locked.get(pk=found)


def _read_arrived(mail: ParsedMail) -> str:
    """Everything in a mail that may carry the token: a forward may hold the test as an inner message."""
    inner = [
        part.content.decode("latin-1")
        for part in mail.attachments
        if part.content_type == "message/rfc822"
    ]
    return " ".join([mail.message_id, mail.subject, mail.text, mail.html, *inner])


def _read_returned(mail: ParsedMail, verdict: Verdict) -> str:
    """Everything in a bounce that may quote the test: its words, and the mail or header it returns."""
    returned = [
        part.content.decode("latin-1")
        for part in mail.attachments
        if part.content_type.startswith(("message/", "text/"))
    ]
    return " ".join([verdict.original_message_id, mail.subject, mail.text, *returned])


def _find_reason(diagnostic: str, text: str) -> str:
    """Return the code of a bounce's reason; the server's answer counts before the bounce's own words."""
    for words in (diagnostic, text[:MAX_WORDS]):
        for code, pattern in REFUSALS:
            if pattern.search(words):
                return code
    return "bounced"


def _finish(run: ProbeRun, state: ProbeRun.State, steps: list[Step], at: datetime) -> None:
    run.state, run.steps, run.finished_at = state, [*run.steps, *steps], at
    run.save(update_fields=["state", "steps", "finished_at"])
