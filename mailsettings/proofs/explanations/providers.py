"""What well-known providers want, known by the server's name or by its answer."""

import re

from django.utils.translation import gettext_lazy as _

from mailsettings.proofs.explanations.words import Text

LOGIN = frozenset(
    {
        "auth_rejected",
        "auth_app_password_required",
        "imap_disabled",
        "auth_locked",
        "auth_temporary",
    }
)
SENDER = frozenset({"sender_refused", "sender_not_owned"})


def _known(
    where: str, codes: frozenset[str], advice: Text
) -> tuple[re.Pattern[str], frozenset[str], Text]:
    return re.compile(where, re.IGNORECASE), codes, advice


# ``where`` is looked for in the server's name and in what it said.
ADVICE = [
    _known(
        r"(^|\.)gmx\.(net|de|com|at|ch)$|(^|\.)web\.de$",
        LOGIN,
        _(
            "GMX and WEB.DE: switch on POP3 and IMAP once in the mailbox's settings; sending needs it too."
        ),
    ),
    _known(
        r"(^|\.)t-online\.de$",
        LOGIN,
        _(
            "T-Online: set a separate e-mail password in the customer center; the login's own is refused."
        ),
    ),
    _known(
        r"(^|\.)(gmail|googlemail|google)\.com$|gsmtp",
        LOGIN,
        _(
            "Google: switch on 2-Step Verification, then create an app password at "
            "myaccount.google.com/apppasswords."
        ),
    ),
    _known(
        r"(^|\.)(icloud|me)\.com$",
        LOGIN,
        _("iCloud: create an app-specific password at account.apple.com, Sign-In and Security."),
    ),
    _known(
        r"(^|\.)(yahoo|aol)\.[a-z.]+$|AUTH005",
        LOGIN,
        _("Yahoo and AOL: create an app password under Account security."),
    ),
    _known(
        r"(^|\.)fastmail\.com$|messagingengine\.com$",
        LOGIN,
        _("Fastmail: create an app password under Privacy and Security."),
    ),
    _known(
        r"(^|\.)(outlook|hotmail|live)\.com$",
        frozenset({"auth_rejected", "auth_basic_retired"}),
        _("Outlook.com takes no passwords any more: connect the mailbox with Microsoft."),
    ),
    _known(
        r"office365\.com$|outlook\.office|prod\.outlook\.com",
        frozenset({"auth_basic_disabled_tenant"}),
        _(
            "For IT, in Exchange Online PowerShell: Set-CASMailbox -Identity <mailbox> "
            "-SmtpClientAuthenticationDisabled $false (see aka.ms/smtp_auth_disabled)."
        ),
    ),
    _known(
        r"office365\.com$|outlook\.office|prod\.outlook\.com",
        SENDER,
        _("Microsoft 365: IT gives the account the right Send As on the mailbox of this address."),
    ),
    _known(
        r"office365\.com$|prod\.outlook\.com",
        frozenset({"too_many_connections"}),
        _("Microsoft 365 allows three connections per mailbox at a time."),
    ),
    _known(
        r"(^|\.)(ionos|1und1|kundenserver)\.(de|com)$",
        LOGIN,
        _(
            "IONOS: the account is the whole address, the password that of this mailbox, not of the contract."
        ),
    ),
    _known(
        r"(^|\.)strato\.de$",
        LOGIN,
        _("STRATO: the account is the whole address, the password that of this mailbox."),
    ),
    _known(
        r"(^|\.)(mailbox\.org|posteo\.de)$",
        SENDER,
        _("Add the address to the account as an alias in the provider's settings first."),
    ),
    _known(
        r"(^|\.)mailbox\.org$",
        LOGIN,
        _("mailbox.org: with two-factor login switched on, create an application password."),
    ),
    _known(
        r"(^|\.)zoho\.(com|eu)$",
        LOGIN,
        _(
            "Zoho: create an application-specific password, and switch on IMAP in the mail settings."
        ),
    ),
    _known(
        r"(^|\.)(kasserver\.com|all-inkl\.com)$",
        LOGIN,
        _("ALL-INKL: the account is the mailbox's name (m0…) or the whole address."),
    ),
]


def advice(code: str, reply: str, host: str) -> tuple[Text, ...]:
    """Return what the provider of ``host`` wants, or the one who wrote ``reply``."""
    return tuple(
        text
        for where, codes, text in ADVICE
        if code in codes and (where.search(host.lower()) or where.search(reply))
    )
