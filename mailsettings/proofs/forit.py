"""The text for the IT department: what was tried from where, and how it ended; no secrets."""

from django.conf import settings
from django.utils.translation import gettext as _

from mailsettings.models import ProbeRun
from mailsettings.models.mailboxes import Encryption
from mailsettings.proofs import runs
from mailsettings.proofs.explanations import STEP_NAMES, Explanation


def text(run: ProbeRun, step: runs.Step, why: Explanation) -> str:
    """Return the lines to hand on. The server's line has been cleared of the password already."""
    side = run.kind
    encryption = run.tested.get(f"{side}_encryption")
    lines = [
        (_("Test"), f"{run.get_kind_display()}, {run.started_at:%Y-%m-%d %H:%M:%S} UTC"),
        (_("Server"), run.address),
        (_("Encryption"), str(Encryption(encryption).label) if encryption else ""),
        (_("Account"), run.tested.get(f"{side}_account", "")),
        (_("Sender"), run.tested.get("address", "")),
        (_("Our name"), settings.RECRUITING_DOMAIN),
        (_("Our addresses"), ", ".join(settings.OUTBOUND_ADDRESSES)),
        (_("Failed at"), f"{STEP_NAMES.get(step['name'], step['name'])} ({step['code']})"),
        (_("What it means"), str(why.sentence)),
        (_("Server's answer"), step["reply"]),
        (_("Please"), " ".join(str(one) for one in why.advice)),
    ]
    return "\n".join(f"{label}: {value}" for label, value in lines if value)
