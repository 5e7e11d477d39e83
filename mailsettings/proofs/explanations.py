"""What the outcome of a test means: one plain sentence, the field to look at, and what to do.

Codes are those of the wire; some answers of well-known servers say more than their code.
"""

import dataclasses
import re
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text: TypeAlias = "str | _StrPromise"


@dataclasses.dataclass(frozen=True)
class Explanation:
    """``field`` is the part of the form's field name after ``smtp_`` or ``imap_``, or nothing."""

    sentence: Text
    field: str = ""
    advice: tuple[Text, ...] = ()


STEP_NAMES: dict[str, Text] = {
    "lookup": _("Name lookup"),
    "connect": _("Connect"),
    "tls": _("Encryption"),
    "login": _("Login"),
    "sender": _("Sender accepted"),
    "folder": _("Folder"),
    "sent": _("Sent"),
    "arrived": _("Arrived"),
    "hops": _("The way it came"),
    "redirector": _("Who redirected it"),
    "authentication": _("As our receiver judges it"),
    "header": _("Original header"),
    "delayed": _("Delayed"),
    "bounced": _("Came back"),
}

_PORTS = _(
    "Usual ports: 587 with TLS (STARTTLS), 465 with SSL; for IMAP 993 with SSL, 143 with TLS."
)
_FIREWALL = _("Ask IT whether a firewall lets our server connect.")
_WEBMAIL = _("Sign in to webmail with the same account and password.")
_APP_PASSWORD = _(
    "If that works, the account may need an app password: create one and type it here."
)

BY_CODE: dict[str, Explanation] = {
    "not_configured": Explanation(_("No server has been entered yet."), "host"),
    "dns_not_found": Explanation(
        _("There is no server of this name."),
        "host",
        (_("Compare the name letter by letter with what your provider or IT gave you."),),
    ),
    "dns_failed": Explanation(
        _("The name could not be looked up at the moment."), "host", (_("Test again in a minute."),)
    ),
    "blocked_address": Explanation(
        _("This name leads to an address that is not a public mail server."),
        "host",
        (_("Enter the name under which the server can be reached from the internet."),),
    ),
    "blocked_port": Explanation(_("This port is not one of mail servers."), "port", (_PORTS,)),
    "refused": Explanation(
        _("The server is there, but nothing accepts connections at this port."), "port", (_PORTS,)
    ),
    "timeout_connect": Explanation(
        _("The server did not answer in time."), "port", (_PORTS, _FIREWALL)
    ),
    "unreachable": Explanation(_("There is no way to this server."), "host", (_FIREWALL,)),
    "timeout_banner": Explanation(
        _("The server accepted the connection but said nothing."), "encryption", (_PORTS,)
    ),
    "wrong_protocol": Explanation(
        _("Something else answers at this port, or the encryption does not fit it."),
        "encryption",
        (_PORTS,),
    ),
    "greeting_refused": Explanation(_("The server does not want to talk to us."), "", (_FIREWALL,)),
    "starttls_not_offered": Explanation(
        _("The server does not offer TLS at this port."), "encryption", (_PORTS,)
    ),
    "starttls_refused": Explanation(_("The server refused to start TLS."), "encryption", (_PORTS,)),
    "timeout_tls": Explanation(
        _("The server did not finish the TLS handshake."), "encryption", (_PORTS,)
    ),
    "tls_cert_name": Explanation(
        _("The server's certificate is for another name."),
        "host",
        (_("Enter the name that stands in the certificate, or ask IT to renew it with this one."),),
    ),
    "tls_cert_expired": Explanation(
        _("The server's certificate is not valid today."), "", (_("Ask IT to renew it."),)
    ),
    "tls_cert_untrusted": Explanation(
        _("The server's certificate is not from a known issuer."),
        "",
        (_("Ask IT for a certificate of a public issuer."),),
    ),
    "tls_version": Explanation(
        _("The server offers only outdated versions of TLS."),
        "",
        (_("Ask IT to switch on TLS 1.2 or newer."),),
    ),
    "password_in_clear": Explanation(
        _("Without encryption the password would travel in clear, so we did not send it."),
        "encryption",
        (_PORTS,),
    ),
    "password_unreadable": Explanation(
        _("The stored password cannot be read any more."), "password", (_("Type it again."),)
    ),
    "auth_not_offered": Explanation(
        _("The server offers no login at this port."), "port", (_PORTS,)
    ),
    "auth_mech_unsupported": Explanation(
        _("The server does not let anybody log in with a plain password."), "account"
    ),
    "auth_rejected": Explanation(
        _("The server refuses this account and password."), "password", (_WEBMAIL, _APP_PASSWORD)
    ),
    "auth_temporary": Explanation(
        _("The server cannot check the password at the moment."), "", (_("Test again later."),)
    ),
    "sender_refused": Explanation(
        _("The login works, but the server does not let this account send from this address."),
        "account",
        (_("Log in as the address itself, or have IT allow the account to send as it."),),
    ),
    "folder_missing": Explanation(_("The server does not open this folder."), "folder"),
    "timeout": Explanation(_("The server stopped answering."), "", (_("Test again."),)),
    "connection_lost": Explanation(_("The server closed the connection."), "", (_("Test again."),)),
    "header_changed": Explanation(_("The original header did not survive.")),
}

# Answers that say more than their code, with what to do about them.
BY_REPLY: list[tuple[re.Pattern[str], Explanation]] = [
    (
        re.compile(r"5\.7\.139|SmtpClientAuthentication is disabled", re.IGNORECASE),
        Explanation(
            _("Microsoft 365 has switched off logging in with a password for this mailbox."),
            "account",
            (_("Ask IT to allow authenticated SMTP for this mailbox (and only for it)."),),
        ),
    ),
    (
        re.compile(r"5\.7\.30\b", re.IGNORECASE),
        Explanation(_("Microsoft 365 no longer takes passwords from mail programs."), "account"),
    ),
    (
        re.compile(r"5\.7\.9\b|application-specific password", re.IGNORECASE),
        Explanation(
            _("Google wants an app password here, not the password of the account."),
            "password",
            (_("Create an app password in the account's security settings and type it here."),),
        ),
    ),
    (
        re.compile(r"concurrent connections|too many connections", re.IGNORECASE),
        Explanation(_("The server has too many connections open."), "", (_("Test again later."),)),
    ),
]


def explain(code: str, message: str = "", reply: str = "") -> Explanation:
    """Return what a failed step means; for an unknown code what the wire said about it."""
    for pattern, explanation in BY_REPLY:
        if reply and pattern.search(reply):
            return explanation
    return BY_CODE.get(code) or Explanation(message or str(_("The test failed.")))
