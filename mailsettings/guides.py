"""How a mailbox is made to redirect to the recruiting address, provider by provider."""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Guide:
    """One provider's steps; ``script`` is to be copied, with ``{address}`` for the
    recruiting address.
    """

    name: str | Promise
    steps: tuple[Promise, ...]
    source: str = ""
    script: str = ""

    def to(self, address: str) -> "Guide":
        """The guide with the address in its script."""
        return replace(self, script=self.script.format(address=address))


GUIDES = (
    Guide(
        _("Gmail, Google Workspace"),
        (
            _(
                "Open Settings, See all settings, Forwarding and POP/IMAP, and add the address "
                "above as a forwarding address."
            ),
            _(
                "Google mails a confirmation code to it; you find it in Unassigned messages. Enter "
                "the code."
            ),
            _(
                "Choose “Forward a copy of incoming mail” and “keep Gmail's copy in the Inbox”. "
                "Gmail transmits the original header."
            ),
        ),
        source="support.google.com/mail/answer/10957",
    ),
    Guide(
        _("Microsoft 365, Outlook"),
        (
            _(
                "In Outlook on the web open Settings, Mail, Rules and add a rule: apply to all "
                "messages, action “Redirect to”, the address above. Not “Forward to”."
            ),
            _("A redirect leaves a copy in the inbox. Do not tick “Delete”."),
            _(
                "IT must allow it: Microsoft Defender, Policies, Anti-spam, outbound policy, "
                "“Automatic forwarding rules: On” for this mailbox. Without it mails come back with"
                " 550 5.7.520."
            ),
        ),
        source="learn.microsoft.com/defender-office-365/outbound-spam-policies-external-email-forwarding",
    ),
    Guide(
        _("Exchange Server"),
        (
            _("Create a mail contact with the address above."),
            _(
                "Open the mailbox, Mail flow settings, Delivery options: forward to the contact and"
                " tick “Deliver message to both forwarding address and mailbox”."
            ),
            _(
                "Allow automatic forwarding for the remote domain: Set-RemoteDomain Default "
                "-AutoForwardEnabled $true."
            ),
        ),
    ),
    Guide(
        _("cPanel, Plesk"),
        (
            _(
                "cPanel: Email, Forwarders, Add Forwarder, with the address above. The mailbox "
                "itself keeps its copy."
            ),
            _(
                "Plesk: Mail, the address, tab Forwarding: switch it on, enter the address above "
                "and keep the mailbox switched on."
            ),
            _("Both transmit the original header."),
        ),
    ),
    Guide(
        _("IONOS"),
        (
            _("Open Email, the address, Forwarding, and add the address above."),
            _(
                "Keep the mailbox as well, so that a copy stays there: choose the mailbox with "
                "forwarding, not a mere forwarding address."
            ),
        ),
    ),
    Guide(
        _("Sieve (mailbox.org, Dovecot, Nextcloud Mail)"),
        (_("Add a filter with the action “Redirect” and the option to keep a copy. As a script:"),),
        script='require ["copy"];\nredirect :copy "{address}";',
    ),
)


def of_registration(provider: str, redirect_url: str) -> str:
    """Return what whoever runs this installation has to do before accounts connect without passwords."""
    steps = _WITH_GOOGLE if provider == "google" else _WITH_MICROSOFT
    lines = [str(step) % {"url": redirect_url} for step in steps]
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


_WITH_GOOGLE = (
    _("Google Cloud console: create a project and switch on the Gmail API in it."),
    _(
        "OAuth consent screen: add the scopes https://mail.google.com/, openid and email. The first is "
        "restricted: without a verification by Google only users of your own Workspace (user type "
        "Internal) and named test users are let in."
    ),
    _("Credentials: create an OAuth client ID of the type Web application."),
    _("Authorized redirect URI: %(url)s"),
    _(
        "Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET in the environment of Posthorn, and start it again."
    ),
)
_WITH_MICROSOFT = (
    _(
        "Microsoft Entra admin center, App registrations: register an application for accounts in any "
        "organizational directory and personal Microsoft accounts."
    ),
    _("Redirect URI of the type Web: %(url)s"),
    _(
        "API permissions, Microsoft Graph, delegated: IMAP.AccessAsUser.All, SMTP.Send, Mail.Send, "
        "Mail.ReadWrite, offline_access, openid, email."
    ),
    _(
        "For shared mailboxes without anybody signing in also: APIs my organization uses, Office 365 "
        "Exchange Online, application permissions: IMAP.AccessAsApp and SMTP.SendAsApp."
    ),
    _("Certificates & secrets: create a client secret, and note when it ends."),
    _(
        "Set MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET in the environment of Posthorn, and start "
        "it again."
    ),
)
