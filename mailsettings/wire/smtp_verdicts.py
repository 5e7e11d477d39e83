"""What a refusal means: the enhanced status code decides (RFC 3463), then the basic code, then known phrases.

The basic code alone misleads: providers say "550" to a whole account that has sent enough for today, and
to a server they greylist.
"""

import enum
import re

ENHANCED_STATUS = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")


class Verdict(enum.StrEnum):
    """Try the mail again later; never; or leave the whole account alone for a while."""

    LATER = "later"
    NEVER = "never"
    ACCOUNT = "account"


# What every mail of the account would be told. Gmail, Microsoft and Amazon document theirs so.
OF_ACCOUNT = {
    "4.3.2",  # Microsoft: concurrent connections limit exceeded
    "4.7.28",  # Gmail: unusual rate of mail from this account
    "4.7.651",  # Microsoft: too many messages from this server
    "5.1.8",  # Microsoft: bad outbound sender
    "5.4.5",  # Gmail: daily sending limit exceeded
    "5.7.8",  # credentials invalid (RFC 4954)
    "5.7.9",  # mechanism too weak; Gmail: application-specific password required
    "5.7.14",  # Gmail: log in by browser
    "5.7.57",  # Microsoft: client was not authenticated
    "5.7.60",  # Microsoft: may not send as this sender
    "5.7.139",  # Microsoft: authentication unsuccessful
    "5.7.501",  # Microsoft: spam abuse detected from this account
    "5.7.502",
    "5.7.503",
    "5.7.705",  # Microsoft: tenant has exceeded its threshold
    "5.7.708",  # Microsoft: traffic not accepted from this address
}
# Said with a permanent class of what passes: full mailboxes, loops of a server being moved, congestion.
PASSES = {"5.2.2", "5.3.1", "5.3.2", "5.4.1", "5.4.3", "5.4.7", "5.5.3"}
LOGIN_NEEDED = {530, 534, 535, 538}

SLOW_DOWN = re.compile(
    r"too many (concurrent|connections|messages|mails|emails)|"
    r"(daily|hourly|sending|rate|message|quota|e?mails? per \w+)[ -]*(limit|quota)[ \w]*(exceeded|reached)|"
    r"exceeded[ \w]* (e?mails?|messages) per (minute|hour|day)|rate[ -]?limit",
    re.IGNORECASE,
)
TRY_LATER = re.compile(
    r"gr[ae]y[ -]?list|try (again|later)|temporar(y|ily)|deferred|come back later|"
    r"(mailbox|quota)[ \w]*(full|exceeded)|over (its |the )?quota|insufficient (disk|system)",
    re.IGNORECASE,
)


def judge(code: int, text: str) -> Verdict:
    """Return what a negative reply means, wherever in the dialogue it was given."""
    found = ENHANCED_STATUS.match(text)
    enhanced = found[1] if found else ""
    if enhanced in OF_ACCOUNT or code in LOGIN_NEEDED:
        return Verdict.ACCOUNT
    if enhanced in PASSES or enhanced.startswith("4"):
        return Verdict.LATER
    if enhanced and not enhanced.endswith(".0.0"):
        return Verdict.NEVER if enhanced.startswith("5") else Verdict.LATER
    return _by_words(code, text)


def _by_words(code: int, text: str) -> Verdict:
    """Judge a reply whose enhanced status says nothing, or is missing."""
    if not 500 <= code <= 599:
        return Verdict.LATER
    if SLOW_DOWN.search(text):
        return Verdict.ACCOUNT
    return Verdict.LATER if TRY_LATER.search(text) else Verdict.NEVER
