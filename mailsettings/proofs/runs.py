"""Test runs: when one may begin, what it wrote down, and when nobody waits for it any more."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from companies import audit
from companies.audit import Actor
from companies.models import Company, Membership, User
from mailsettings.models import Mailbox, ProbeRun

Step = dict[str, Any]

# How many tests a company may begin within WINDOW: they reach out to hosts that somebody typed in,
# and a wrong password tried often locks the account at its provider.
LIMITS = {ProbeRun.Kind.SMTP: 30, ProbeRun.Kind.IMAP: 30, ProbeRun.Kind.ROUND_TRIP: 10}
WINDOW = timedelta(minutes=10)
# When a page stops waiting. A test mail that arrives later still makes its test pass.
PATIENCE = {
    ProbeRun.Kind.SMTP: timedelta(minutes=2),
    ProbeRun.Kind.IMAP: timedelta(minutes=2),
    ProbeRun.Kind.ROUND_TRIP: timedelta(minutes=15),
}

# When no worker can be at a connection test any more: its task expires, and each of its steps times out.
ABANDONED = timedelta(minutes=5)


class TooManyRuns(Exception):
    """The company began as many tests as it may until a moment; the text tells people."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until

    def __str__(self) -> str:
        text = _(
            "Your company has begun as many tests as it may in ten minutes."
            " The next one is possible at %(time)s."
        )
        return str(text) % {"time": formats.date_format(timezone.localtime(self.until), "H:i")}


def begin(
    mailbox: Mailbox,
    kind: ProbeRun.Kind,
    *,
    by: Actor,
    address: str = "",
    token: str = "",
    tested: Mapping[str, Any] | None = None,
    secret: str = "",
) -> ProbeRun:
    """Write down that a test begins; raise ``TooManyRuns``."""
    user = by.user if isinstance(by, Membership) else by
    with transaction.atomic():
        # Whoever begins a test waits for the row, so that the count below is true.
        company = Company.objects.select_for_update().get(pk=mailbox.company_id)
        recent = ProbeRun.objects.filter(company=company, kind=kind, started_at__gt=window())
        begun = list(recent.order_by("-started_at").values_list("started_at", flat=True))
        if len(begun) >= LIMITS[kind]:
            raise TooManyRuns(begun[LIMITS[kind] - 1] + WINDOW + timedelta(minutes=1))
        run = ProbeRun.objects.create(
            company=company,
            mailbox=mailbox,
            kind=kind,
            address=address,
            token=token,
            tested=dict(tested or {}),
            secret=secret,
            requested_by=user if isinstance(user, User) else None,
        )
        audit.record(company, f"mailbox.tested_{kind}", mailbox, by=by)
    return run


def wipe_abandoned() -> int:
    """Wipe passwords that no worker came to try, or whose worker died over it; return how many."""
    late = timezone.now() - ABANDONED
    left = ProbeRun.objects.filter(state=ProbeRun.State.RUNNING, started_at__lt=late)
    return left.exclude(secret="").update(secret="")


def add_step(
    run: ProbeRun,
    name: str,
    *,
    ok: bool,
    code: str,
    message: str = "",
    reply: str = "",
    ms: int = 0,
    **more: Any,
) -> None:
    """Append a step to the row at once, so that whoever watches sees it."""
    step = {"name": name, "ok": ok, "code": code, "message": message, "reply": reply, "ms": ms}
    step |= {key: value for key, value in more.items() if value}
    run.steps = [*run.steps, step]
    run.save(update_fields=["steps"])


def finish(run: ProbeRun) -> None:
    """Close the run: passed when each of its steps was. The password that was tried is wiped."""
    passed = all(step["ok"] for step in run.steps)
    run.state = ProbeRun.State.PASSED if passed else ProbeRun.State.FAILED
    run.finished_at = timezone.now()
    run.secret = ""
    run.save(update_fields=["state", "finished_at", "secret"])


def is_overdue(run: ProbeRun) -> bool:
    """Say whether the run has no outcome although it should have one by now."""
    waited = timezone.now() - run.started_at
    return run.state == ProbeRun.State.RUNNING and waited > PATIENCE[ProbeRun.Kind(run.kind)]


def window() -> datetime:
    """Return the moment since which tests are counted."""
    return timezone.now() - WINDOW


def recent(mailbox: Mailbox) -> list[ProbeRun]:
    """Return the last runs of a mailbox, newest first."""
    if not mailbox.pk:
        return []
    found = ProbeRun.objects.filter(mailbox=mailbox)
    found = found.select_related("outgoing", "requested_by", "mailbox")
    newest = list(found.order_by("-started_at", "-pk")[:20])
    for run in newest:
        if run.mailbox:  # without a question for each: it is that of ``mailbox``
            run.mailbox.company = mailbox.company
    return newest


def newest(mailbox: Mailbox) -> dict[str, ProbeRun]:
    """Return the last run of each kind."""
    return newest_of(recent(mailbox))


def newest_of(found: Iterable[ProbeRun]) -> dict[str, ProbeRun]:
    """Return the first run of each kind, in the order of the kinds."""
    first: dict[str, ProbeRun] = {}
    for run in found:
        first.setdefault(run.kind, run)
    return {kind: first[kind] for kind in ProbeRun.Kind.values if kind in first}
