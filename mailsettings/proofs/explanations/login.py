"""Failures of the login."""

from django.utils.translation import gettext_lazy as _

from mailsettings.proofs.explanations.words import (
    APP_PASSWORD,
    LATER,
    PORTS,
    SEND_TO_IT,
    WEBMAIL,
    Explanation,
    Task,
)

BY_CODE: dict[str, Explanation] = {
    "password_in_clear": Explanation(
        _("Without encryption the password would travel in clear, so we did not send it."),
        "encryption",
        (PORTS,),
    ),
    "password_unreadable": Explanation(
        _("The stored password cannot be read any more."), "password", (_("Type it again."),)
    ),
    "password_missing": Explanation(
        _("No password is stored for this account."),
        "password",
        (_("Type it, or connect the account with Google or Microsoft."),),
    ),
    "credentials_invalid": Explanation(
        _("Account or password contain a character no server takes."),
        "password",
        (_("Type both by hand: something unseen may have been copied with them."),),
    ),
    "preauth_refused": Explanation(
        _("The server skips the login, so nobody knows whose mailbox this is."),
        "host",
        (SEND_TO_IT,),
        Task.IT,
    ),
    "auth_not_offered": Explanation(
        _("The server offers no login at this port."), "port", (PORTS,)
    ),
    "auth_needs_tls": Explanation(
        _("This server lets you log in only after encryption."),
        "encryption",
        (_("Choose TLS (STARTTLS) for this port."),),
    ),
    "auth_mech_unsupported": Explanation(
        _("The server does not let anybody log in with a plain password."),
        "account",
        (_("Ask IT to offer the mechanisms PLAIN or LOGIN under encryption."),),
        Task.IT,
    ),
    "auth_required": Explanation(
        _("The server wants a login before it takes mail."),
        "account",
        (_("Enter account and password."),),
    ),
    "auth_rejected": Explanation(
        _("The server refuses this account and password."), "password", (WEBMAIL, APP_PASSWORD)
    ),
    "auth_app_password_required": Explanation(
        _("The provider wants an app password here, not the password of the account."),
        "password",
        (_("Create an app password in the account's security settings and type it here."),),
    ),
    "auth_basic_disabled_tenant": Explanation(
        _("Microsoft 365 has switched off logging in with a password for this mailbox."),
        "account",
        (
            _("Ask IT to allow authenticated SMTP for this mailbox (and only for it)."),
            _(
                "In the Microsoft 365 admin center: Users, Active users, the mailbox, Mail, Manage email "
                "apps, Authenticated SMTP."
            ),
        ),
        Task.IT,
    ),
    "auth_security_defaults": Explanation(
        _("The security defaults of your Microsoft 365 forbid logging in with a password."),
        "account",
        (
            _("Connect the mailbox with Microsoft instead of a password."),
            _("Or ask IT to replace the security defaults by rules that except this mailbox."),
        ),
        Task.IT,
    ),
    "auth_basic_retired": Explanation(
        _("Microsoft 365 no longer takes passwords from mail programs."),
        "account",
        (_("Connect the mailbox with Microsoft instead of a password."),),
    ),
    "auth_oauth_required": Explanation(
        _("The server takes no passwords, only a sign-in at the provider (OAuth 2.0)."),
        "account",
        (_("Connect the mailbox with Google or Microsoft instead of a password."),),
    ),
    "auth_oauth_rejected": Explanation(
        _("The provider no longer accepts the connection that was granted to us."),
        "account",
        (
            _("Disconnect and connect the mailbox anew."),
            _("The account that signs in must be allowed to use this very mailbox."),
        ),
    ),
    "oauth_reconnect_needed": Explanation(
        _("The provider has withdrawn the permission to use this account."),
        "",
        (_("Connect the account with Google or Microsoft again, on this page."),),
    ),
    "oauth_consent_missing": Explanation(
        _("The administrator of your Microsoft tenant has not let Posthorn in."),
        "",
        (
            _("Compare the tenant with what the Microsoft Entra admin center calls it."),
            _("Send IT the steps under “Shared mailbox of Microsoft 365” on this page."),
        ),
        Task.IT,
    ),
    "oauth_unavailable": Explanation(
        _("The provider gives us no token to log in with at the moment."),
        "",
        (
            LATER,
            _("If it stays so, ask whoever runs this installation to check its client ID."),
        ),
        Task.US,
    ),
    "auth_locked": Explanation(
        _("The provider has locked the account or slows it down after too many attempts."),
        "account",
        (LATER, _("Sign in to webmail once and confirm that it was you.")),
        Task.PROVIDER,
    ),
    "auth_temporary": Explanation(
        _("The server cannot check the password at the moment."),
        "",
        (_("Test again later."),),
        Task.PROVIDER,
    ),
    "imap_disabled": Explanation(
        _("Access by mail programs (IMAP) is switched off for this mailbox."),
        "account",
        (_("Switch on IMAP in the mailbox's settings at the provider, then test again."),),
    ),
}
