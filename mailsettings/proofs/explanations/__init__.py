"""What the outcome of a test means: one plain sentence, the field to look at, what to do and whose task it is.

``signs`` turns a server's own words into a more telling code, ``connection``, ``login`` and ``sending``
say what each code means, ``providers`` what well-known providers want besides.
"""

from django.conf import settings
from django.utils.translation import gettext as _

from mailsettings.proofs.explanations import connection, login, providers, sending
from mailsettings.proofs.explanations.signs import refine
from mailsettings.proofs.explanations.words import SEND_TO_IT, STEP_NAMES, Explanation, Task, Text

__all__ = ["BY_CODE", "STEP_NAMES", "Explanation", "Task", "Text", "explain", "refine"]

BY_CODE: dict[str, Explanation] = {
    **connection.BY_CODE,
    **login.BY_CODE,
    **sending.BY_CODE,
}


def explain(code: str, message: str = "", reply: str = "", host: str = "") -> Explanation:
    """Return what a failed step means; for an unknown code what the wire said about it."""
    refined = refine(code, reply)
    known = BY_CODE.get(refined) or Explanation(
        message or _("The test failed."), "", (SEND_TO_IT,), Task.IT
    )
    known = known if settings.OUTBOUND_ADDRESSES else known.without_addresses()
    return known.with_advice(providers.advice(refined, reply, host))
