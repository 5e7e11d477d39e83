"""The text for the IT department: what was tried from where, and how it ended; no secrets."""

from django.conf import settings
from django.utils.translation import gettext as _

from mailsettings.models import ProbeRun
from mailsettings.models.mailboxes import Encryption
from mailsettings.proofs.explanations import Explanation

Lines = list[tuple[str, str]]


def text(run: ProbeRun, failed: str, reply: str, why: Explanation) -> str:
    """Return the lines to hand on; ``failed`` names the step. ``reply`` has been cleared of the password already."""
    is_mail = run.kind == ProbeRun.Kind.ROUND_TRIP
    lines = [
        (_("Test"), f"{run.get_kind_display()}, {run.started_at:%Y-%m-%d %H:%M:%S} UTC"),
        *(_of_mail(run) if is_mail else _of_connection(run)),
        (_("Our name"), settings.RECRUITING_DOMAIN),
        (_("Our addresses"), ", ".join(settings.OUTBOUND_ADDRESSES)),
        (_("Failed at"), failed),
        (_("What it means"), str(why.sentence)),
        (_("Server's answer"), reply),
        (_("Please"), " ".join(str(one) for one in why.advice)),
    ]
    return "\n".join(f"{label}: {value}" for label, value in lines if value)


def _of_connection(run: ProbeRun) -> Lines:
    side = run.kind
    encryption = run.tested.get(f"{side}_encryption")
    return [
        (_("Server"), run.address),
        (_("Encryption"), str(Encryption(encryption).label) if encryption else ""),
        (_("Account"), run.tested.get(f"{side}_account", "")),
        (_("Sender"), run.tested.get("address", "")),
    ]


def _of_mail(run: ProbeRun) -> Lines:
    """What a message trace is searched by."""
    is_own = run.mailbox is not None and run.mailbox.user_id is not None
    company = run.mailbox.company if run.mailbox else run.company
    return [
        (_("Sender"), run.tested.get("sender", "")),
        (_("Server"), run.tested.get("server", "")),
        (_("Address"), run.address),
        (_("Redirected to"), "" if is_own else company.recruiting_address),
        ("Message-ID", run.outgoing.message_id if run.outgoing else ""),
    ]
