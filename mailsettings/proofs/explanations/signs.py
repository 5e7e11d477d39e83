"""Words of servers that say more than the step they refuse: from a code of the wire to a more telling one."""

import re

AUTH = frozenset({"auth_rejected", "auth_temporary", "auth_mech_unsupported", "greeting_refused"})
ADDRESSED = frozenset({"sender_refused", "recipient_refused", "data_refused", "message_refused"})
REFUSED = AUTH | ADDRESSED


def _sign(
    words: str, codes: frozenset[str], refined: str
) -> tuple[re.Pattern[str], frozenset[str], str]:
    return re.compile(words, re.IGNORECASE), codes, refined


# The first that fits counts. What names a provider's rule comes before what only sounds like one.
SIGNS = [
    _sign(r"security defaults", REFUSED, "auth_security_defaults"),
    _sign(r"5\.7\.139|SmtpClientAuthentication is disabled", REFUSED, "auth_basic_disabled_tenant"),
    _sign(
        r"5\.7\.30\b|basic authentication is (not supported|disabled)",
        REFUSED,
        "auth_basic_retired",
    ),
    _sign(
        r"5\.7\.9\b|(app|application)[- ]specific password|app password|InvalidSecondFactor",
        REFUSED,
        "auth_app_password_required",
    ),
    _sign(
        r"432 4\.3\.2|concurrent connections|too many (concurrent |simultaneous )?(connections|sessions)"
        r"|maximum number of connections",
        REFUSED,
        "too_many_connections",
    ),
    _sign(
        r"(imap|pop3?)[^.]{0,60}(disabled|not enabled|deactivated|nicht (aktiviert|freigeschaltet)|deaktiviert)"
        r"|(not enabled|disabled|not allowed) for imap|enable imap",
        AUTH,
        "imap_disabled",
    ),
    _sign(r"5\.7\.14\b|log in (via|with) (your )?web ?browser", AUTH, "auth_locked"),
    _sign(
        r"too many (bad |failed |invalid )?(auth|login|log-in|attempt)|account (is |has been )?(temporarily )?"
        r"(locked|blocked|suspended|disabled)|rate.?limit|throttl|\[LIMIT\]",
        AUTH,
        "auth_locked",
    ),
    _sign(
        r"oauth[ 0-9.]*(is )?required|must use oauth|modern auth|XOAUTH2 only",
        AUTH,
        "auth_oauth_required",
    ),
    _sign(
        r"spamhaus|\bRBL\b|DNSBL|blocked using|black ?list|client host (rejected|\[[^\]]*\] blocked)"
        r"|your (ip|host)[^.]{0,40}(not allowed|denied|blocked)|ip address[^.]{0,40}(not allowed|denied|blocked)",
        REFUSED,
        "ip_not_allowed",
    ),
    _sign(
        r"5\.4\.5\b|(daily|hourly|sending|message|submission)[a-z ]{0,20}(quota|limit)[a-z ]{0,12}(exceed|reached)"
        r"|exceeded[a-z ]{0,30}(sending|daily|hourly|message)|5\.2\.0\b.*(limit|quota)",
        REFUSED,
        "quota_daily",
    ),
    _sign(r"[45]\.2\.2\b|mailbox (is )?full|over ?quota|quota exceeded", REFUSED, "mailbox_full"),
    _sign(
        r"relay(ing)?( access)? (is )?(denied|prohibited|not allowed)|not permitted to relay|unable to relay"
        r"|5\.7\.54\b|we do not relay",
        ADDRESSED,
        "relay_denied",
    ),
    _sign(
        r"^530\b|authentication (is )?required|must authenticate|5\.5\.1 .*authenticat",
        ADDRESSED,
        "auth_required",
    ),
    _sign(
        r"not owned by|SendAsDenied|5\.7\.60\b|send as this sender|not (allowed|authori[sz]ed|permitted) to (send|use)"
        r"|^55[03] 5\.7\.1|sender address (is )?(rejected|not allowed)",
        frozenset({"sender_refused"}),
        "sender_not_owned",
    ),
    _sign(r"5\.2\.3\b|5\.3\.4\b|message size exceeds|too large", ADDRESSED, "message_too_large"),
    _sign(r"grey ?list|gray ?list|^45[01] 4\.[27]\.[01]\b", ADDRESSED, "greylisted"),
]


def refine(code: str, reply: str) -> str:
    """Return the code that the server's own words ask for, else ``code`` itself."""
    for words, codes, refined in SIGNS:
        if reply and code in codes and words.search(reply):
            return refined
    return code
