"""What the email settings page shows: who sends from where, and how a test went."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, prefetch_related_objects
from django.template.defaultfilters import filesizeformat
from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Company, Subcompany
from mailsettings import plans
from mailsettings.inbound import pathreport
from mailsettings.models import Mailbox, OutgoingMail, ProbeRun
from mailsettings.models.mailboxes import Encryption
from mailsettings.outbound import senders
from mailsettings.outbound.senders import Sender
from mailsettings.proofs import forit, probe, redirect_advice, roundtrip, runs, watch
from mailsettings.proofs.explanations import STEP_NAMES, Explanation, Task, explain
from mailsettings.proofs.explanations.words import PURPOSES, REDIRECT, SEND_THE_ANSWER

NOT_REDIRECTED = Explanation(
    gettext_lazy("The test mail left, but it did not come back to us."),
    "",
    (
        gettext_lazy("Look whether it lies in the mailbox. If so, the redirect is not set up."),
        REDIRECT,
        gettext_lazy("Microsoft 365 forbids redirecting to other domains until IT allows it."),
    ),
    Task.MAILBOX,
)

NOT_RETURNED = Explanation(
    gettext_lazy("The test mail left, but it is not in your mailbox."),
    "",
    (
        gettext_lazy("Look for it in webmail, also among spam."),
        gettext_lazy("If it lies there, the IMAP server is that of another account."),
        gettext_lazy("If it does not, the SMTP server may belong to another address."),
    ),
)

SETTLING = timedelta(seconds=30)  # longer than the sweep that settles takes to come round
# The form of a personal account has one of these for both servers, and none for the folder.
PERSONAL_FIELDS = {
    "password": "password",
    "account": "account",
    "encryption": "uses_tls",
    "folder": "",
}


@dataclasses.dataclass(frozen=True)
class Owner:
    """The main company or a subcompany, its own mailbox (maybe not saved), and who sends for it."""

    unit: Company | Subcompany
    subcompany_id: int | None
    mailbox: Mailbox
    sender: Sender
    # When the last test of the server that sends failed, if none has passed since.
    failed_at: datetime | None = None

    @property
    def inherits(self) -> bool:
        """Whether address and server of the main company are used because nothing of its own is."""
        return self.sender.level == "company" and self.subcompany_id is not None

    @property
    def sends_itself(self) -> bool:
        return self.sender.mailbox is not None and self.sender.mailbox.pk == self.mailbox.pk


@dataclasses.dataclass(frozen=True)
class Fix:
    """Port and encryption with which a test would go further; ``value`` is what the form's button posts."""

    value: str
    port: int
    encryption: str


@dataclasses.dataclass(frozen=True)
class ShownStep:
    """``state`` is ok, bad, run or skip; ``why`` is there when it failed."""

    name: str
    state: str
    detail: str = ""
    ms: int = 0
    why: Explanation | None = None
    field: str = ""
    code: str = ""
    reply: str = ""
    hops: tuple[dict[str, Any], ...] = ()
    fix: Fix | None = None
    for_it: str = ""


def owners(company: Company) -> list[Owner]:
    """Return the main company and then its subcompanies; a constant number of queries."""
    prefetch_related_objects([company], "subcompanies")
    resolved = senders.resolve_all(company)
    mailboxes = {
        mailbox.subcompany_id: mailbox
        for mailbox in Mailbox.objects.filter(company=company, user=None).select_related("grant")
    }
    for mailbox in mailboxes.values():
        mailbox.company = company
    units: list[tuple[int | None, Company | Subcompany]] = [(None, company)]
    units += [(subcompany.pk, subcompany) for subcompany in company.subcompanies.all()]
    failed = _failures(company)
    return [
        Owner(
            unit,
            key,
            mailboxes.get(key) or Mailbox(company=company),
            resolved[key],
            failed.get(sending.pk) if (sending := resolved[key].mailbox) else None,
        )
        for key, unit in units
    ]


def without(selected: Owner, all_owners: list[Owner]) -> Sender:
    """Return who would send for the owner if its mailbox had no server."""
    main = next((owner.sender for owner in all_owners if owner.subcompany_id is None), None)
    if selected.subcompany_id is not None and main is not None:
        return main
    return senders.without_server(selected.sender, selected.mailbox.company)


def _failures(company: Company) -> dict[int, datetime]:
    """Return when the newest SMTP test of the stored settings failed, by mailbox."""
    found = ProbeRun.objects.filter(
        company=company, kind=ProbeRun.Kind.SMTP, mailbox__user=None, outdated_at=None
    )
    newest = found.exclude(finished_at=None).select_related("mailbox").order_by("-pk")[:200]
    failed: dict[int, datetime] = {}
    decided = set()
    for run in newest:
        if run.mailbox and run.mailbox.pk not in decided and run.is_about(run.mailbox):
            decided.add(run.mailbox.pk)
            at, worked = run.finished_at or run.started_at, run.mailbox.verified_at
            is_stored = not run.tested.get("password_typed")
            if run.state == ProbeRun.State.FAILED and is_stored and not (worked and worked > at):
                failed[run.mailbox.pk] = at
    return failed


def waiting(company: Company) -> dict[int, int]:
    """Return how many mails wait in the queue of each mailbox of the company."""
    queued = OutgoingMail.objects.filter(company=company, state=OutgoingMail.State.QUEUED)
    counts = queued.exclude(mailbox=None).values_list("mailbox_id").annotate(Count("pk"))
    return dict(counts.order_by())


def steps_of(run: ProbeRun) -> list[ShownStep]:
    """Return the steps of a run as people see them, with those that are still to come."""
    if run.kind == ProbeRun.Kind.ROUND_TRIP:
        return _round_trip(run)
    done = [_step(run, step) for step in run.steps]
    names = [step["name"] for step in run.steps]
    plan = watch.plan_of(run)
    left = plan[plan.index(names[-1]) + 1 if names and names[-1] in plan else 0 :]
    is_open = run.state == ProbeRun.State.RUNNING
    if is_open and runs.is_overdue(run):
        text = _("The test was not run. The mail worker seems to be down.")
        why = Explanation(text, "", (_("Tell whoever runs this installation."),), Task.US)
        return [*done, ShownStep(_("No answer"), "bad", why=why)]
    return done + [
        ShownStep(
            str(STEP_NAMES[name]),
            "run" if is_open and position == 0 else "skip",
            "" if is_open else _("Not reached"),
        )
        for position, name in enumerate(left)
        if run.state != ProbeRun.State.PASSED
    ]


def _round_trip(run: ProbeRun) -> list[ShownStep]:
    done = [_step(run, step) for step in run.steps]
    sent = _sent(run)
    is_own = run.mailbox is not None and run.mailbox.user_id is not None
    if run.state == ProbeRun.State.RUNNING and sent.state == "ok":
        late = runs.is_overdue(run)
        text = (
            _("Nothing came within 15 minutes. If it still arrives, it shows here.")
            if late
            else _("Looking for it in your mailbox, usually for less than a minute.")
            if is_own
            else _("Waiting for it to come back, usually for less than a minute.")
        )
        why = (NOT_RETURNED if is_own else NOT_REDIRECTED) if late else None
        told = forit.text(run, _("Arrived"), "", why) if why else ""
        state = "bad" if late else "run"
        done.append(ShownStep(_("Arrived"), state, text, why=why, for_it=told))
    return [sent, *done]


def _sent(run: ProbeRun) -> ShownStep:
    mail = run.outgoing
    way = _("from %(sender)s to %(address)s") % {
        "sender": run.tested.get("sender") or roundtrip.sender_address(),
        "address": run.address,
    }
    if server := run.tested.get("server"):
        way = _("%(way)s by %(server)s") % {"way": way, "server": server}
    if mail is None or mail.state in (OutgoingMail.State.SENT, OutgoingMail.State.BOUNCED):
        return ShownStep(_("Sent"), "ok", way)
    if mail.state in (OutgoingMail.State.QUEUED, OutgoingMail.State.SENDING):
        return ShownStep(_("Sending"), "run", way)
    why = Explanation(
        _("The server of this address did not take the test mail."),
        "address",
        (_("Look whether the address is written correctly."), SEND_THE_ANSWER),
    )
    told = forit.text(run, f"{_('Sent')} ({mail.last_code})", mail.last_reply, why)
    code, reply = mail.last_code, mail.last_reply
    return ShownStep(
        _("Sent"), "bad", way, why=why, field="address", code=code, reply=reply, for_it=told
    )


def _step(run: ProbeRun, step: runs.Step) -> ShownStep:
    name = str(STEP_NAMES.get(step["name"], step["name"]))
    if step["ok"]:
        return ShownStep(
            name,
            "ok",
            _detail(run, step),
            step["ms"],
            reply=step["reply"],
            hops=tuple({**hop, "at": parse_datetime(hop["at"])} for hop in step.get("hops", ())),
        )
    host = run.address.rpartition(":")[0]
    why = redirect_advice.explain(step["code"]) or explain(
        step["code"], step["message"], step["reply"], host
    )
    side = "imap" if run.kind == ProbeRun.Kind.IMAP else "smtp"
    is_round_trip = run.kind == ProbeRun.Kind.ROUND_TRIP
    is_whole = is_round_trip or why.field in ("", "address")
    field = why.field if is_whole else f"{side}_{why.field}"
    fix = _fix(side, step.get("fix"))
    if run.mailbox and run.mailbox.user_id:
        field = PERSONAL_FIELDS.get(why.field, field)
        if fix and field == "uses_tls":  # it has no words for the two kinds of TLS, the button has
            field = f"{side}_port"
            why = dataclasses.replace(why, advice=(_("Press the button: it sets what fits."),))
    return ShownStep(
        name,
        "bad",
        pathreport.say(step) if is_round_trip else _also_tried(step),
        step["ms"],
        why=why,
        field=field,
        code=step["code"],
        reply=step["reply"],
        fix=fix,
        for_it=forit.text(run, f"{name} ({step['code']})", step["reply"], why),
    )


def _also_tried(step: runs.Step) -> str:
    """Say which other ports were tried after the one that did not answer."""
    tried, fix = step.get("tried") or [], step.get("fix")
    if not tried:
        return ""
    ports = ", ".join(map(str, tried))
    if fix:
        return _("Also tried: %(ports)s. Port %(port)s answers.") % {
            "ports": ports,
            "port": fix["port"],
        }
    return _("Also tried: %(ports)s. No answer there either.") % {"ports": ports}


def _fix(side: str, values: dict[str, Any] | None) -> Fix | None:
    if not values:
        return None
    port, encryption = int(values["port"]), str(values["encryption"])
    return Fix(f"{side}:{port}:{encryption}", port, str(Encryption(encryption).label))


def _detail(run: ProbeRun, step: runs.Step) -> str:
    told = pathreport.say(step)
    host, _sep, port = run.address.rpartition(":")
    if step["name"] == "lookup" and told:
        return _("%(host)s is %(address)s") % {"host": host, "address": told}
    if step["name"] == "connect":
        return _("Port %(port)s answers") % {"port": port}
    if step["name"] == "tls" and (until := parse_date(told[-10:])):
        return _("%(version)s, certificate valid until %(day)s") % {
            "version": told[:-11],
            "day": formats.date_format(until),
        }
    if step["name"] == "login" and told in probe.BY_TOKEN.values():
        return _("The provider's permission is right")
    if step["name"] == "login":
        return _("Account and password are right")
    if step["name"] == "size":
        limit = int(told) if told.isdecimal() else 0
        return _("Up to %(size)s") % {"size": filesizeformat(limit)} if limit else ""
    if step["name"] == "folder" and told:
        return _("%(count)s mails in it") % {"count": told}
    if step["name"] == "special":
        found = [line.partition(": ") for line in told.splitlines()]
        named = ", ".join(f"{PURPOSES.get(use, use)}: {name}" for use, _sep, name in found)
        return named or _("None found")
    return told


def tests_of(saved: Mailbox) -> dict[str, Any]:
    """Return the last test of each kind that still tells something, and the others."""
    recent = runs.recent(saved)
    newest = list(runs.newest_of(run for run in recent if not run.outdated_at).values())
    tests = [shown(run) for run in newest]
    return {
        "tests": tests,
        "earlier": [shown(run) for run in recent if run not in newest],
        "plans": plans.of(saved, {run.kind for run in newest}),
        "outbound_addresses": settings.OUTBOUND_ADDRESSES,
    }


def shown(run: ProbeRun) -> dict[str, Any]:
    """What the template of a run needs."""
    tone, icon, words = summary(run)
    return {
        "run": run,
        "title": _("There and back") if run.tested.get("server") else run.get_kind_display(),
        "steps": steps_of(run),
        "tone": tone,
        "icon": icon,
        "words": words,
        "is_waiting": is_waiting(run),
        "is_open": is_waiting(run) or _is_settling(run),
        "may_send": _may_send(run),
        "is_unsaved": _is_unsaved(run),
    }


def _is_settling(run: ProbeRun) -> bool:
    """Whether what a finished test proves is about to be written down."""
    at = run.finished_at
    if at is None or run.settled_at or run.outdated_at or _is_unsaved(run):
        return False
    return at > timezone.now() - SETTLING


def _is_unsaved(run: ProbeRun) -> bool:
    """Whether settings passed that the mailbox does not have: nothing is won until they are saved."""
    if run.kind == ProbeRun.Kind.ROUND_TRIP or run.state != ProbeRun.State.PASSED:
        return False
    return not run.outdated_at and run.mailbox is not None and not run.is_about(run.mailbox)


def _may_send(run: ProbeRun) -> bool:
    """Whether a mail by the stored settings is the next thing to prove: they are what has passed."""
    is_passed = run.kind == ProbeRun.Kind.SMTP and run.state == ProbeRun.State.PASSED
    box = run.mailbox
    if not is_passed or box is None or (box.user_id and not box.imap_host):
        return False  # a member's own mail is looked for by IMAP alone
    return bool(box.address) and run.is_about(box)


def summary(run: ProbeRun) -> tuple[str, str, str]:
    """Return tone, icon and words for a badge about the run."""
    failed = next((step for step in steps_of(run) if step.state == "bad"), None)
    if run.state == ProbeRun.State.PASSED and failed:  # a forward arrives as well
        return "warn", "triangle-alert", _("Arrived, but: %(step)s") % {"step": failed.name}
    if run.state == ProbeRun.State.PASSED:
        took = _seconds(run)
        return "ok", "check", _("Passed in %(seconds)s s") % {"seconds": took}
    if failed:
        return "bad", "x", _("Failed: %(step)s") % {"step": failed.name}
    if run.state == ProbeRun.State.FAILED:
        return "bad", "x", _("Failed")
    return "info", "clock", _("Running")


def _seconds(run: ProbeRun) -> str:
    end: datetime = run.finished_at or run.started_at
    return formats.number_format(max(0.1, round((end - run.started_at).total_seconds(), 1)), 1)


def is_waiting(run: ProbeRun) -> bool:
    """Whether something may still happen that a page should show by itself."""
    if run.state != ProbeRun.State.RUNNING or runs.is_overdue(run):
        return False
    return all(step.state != "bad" for step in steps_of(run))
