"""Failures after the login: sender, recipient, size, folders."""

from django.utils.translation import gettext_lazy as _

from mailsettings.proofs.explanations.words import (
    AGAIN,
    LATER,
    REDIRECT,
    SEND_TO_IT,
    Explanation,
    Task,
)

BY_CODE: dict[str, Explanation] = {
    "header_changed": Explanation(
        _("The original header did not survive."), "", (REDIRECT, AGAIN), Task.MAILBOX
    ),
    "sender_refused": Explanation(
        _("The server does not take mail from this address."),
        "account",
        (_("Log in as the address itself, or have IT allow the account to send as it."),),
    ),
    "sender_not_owned": Explanation(
        _("The login works, but the server does not let this account send from this address."),
        "account",
        (
            _("Log in as the address itself, or have IT allow the account to send as it."),
            _("With some providers the address must first be added to the account as an alias."),
        ),
    ),
    "relay_denied": Explanation(
        _("The server takes no mail for other domains from us."),
        "account",
        (
            _("Enter account and password: without a login most servers deliver only at home."),
            _("Check that this is the server for outgoing mail, not the one that receives (MX)."),
        ),
    ),
    "recipient_refused": Explanation(
        _("The server does not take mail for our test recipient."),
        "",
        (SEND_TO_IT,),
        Task.IT,
    ),
    "greylisted": Explanation(
        _("The server puts us off for now, as it does with every new sender."),
        "",
        (LATER,),
        Task.US,
    ),
    "api_unauthorized": Explanation(
        _("The provider does not accept the permission it once gave."),
        "",
        (_("Connect the account with Google or Microsoft again, on this page."),),
    ),
    "api_forbidden": Explanation(
        _("The provider does not let us send from this account by its API."),
        "",
        (
            _(
                "Microsoft Graph: an administrator of the tenant allows Mail.Send for Posthorn, and no "
                "application access policy keeps it from this mailbox."
            ),
            _("Gmail API: it is switched on in the Google Cloud project of this installation."),
            _("Or let the mail leave by SMTP again, above the form."),
        ),
        Task.IT,
    ),
    "api_mailbox_unknown": Explanation(
        _("The provider's API knows no mailbox of this address."),
        "address",
        (
            _("It must be the mailbox's own address, in the cloud; an alias will not do."),
            _("A mailbox on a server in the company's own house is reached by SMTP only."),
        ),
    ),
    "api_throttled": Explanation(
        _("The provider asks us to wait before we send more."), "", (LATER,), Task.PROVIDER
    ),
    "api_failed": Explanation(
        _("The provider's API has trouble of its own."), "", (LATER,), Task.PROVIDER
    ),
    "quota_daily": Explanation(
        _("The account has sent as many mails as the provider allows for a day."),
        "account",
        (_("Test again tomorrow."), _("Ask the provider for a higher limit.")),
        Task.PROVIDER,
    ),
    "mailbox_full": Explanation(
        _("The mailbox is full, so the server lets it send nothing."),
        "account",
        (_("Delete mails or have the mailbox enlarged; the folder of sent mail counts too."),),
    ),
    "message_too_large": Explanation(
        _("The server takes only small mails, too small for one with an attachment."),
        "",
        (_("Ask IT to raise the limit for a mail's size to at least 10 MB."),),
        Task.IT,
    ),
    "address_invalid": Explanation(
        _("The address of the sender cannot be used with this server."),
        "address",
        (_("Write it without blanks, commas and brackets, such as jobs@example.com."),),
    ),
    "smtputf8_not_offered": Explanation(
        _("The address has letters that this server does not know."),
        "address",
        (_("Use an address of plain letters, or ask IT to switch on SMTPUTF8."),),
    ),
    "folder_missing": Explanation(
        _("The server does not open this folder."),
        "folder",
        (_("The folder of incoming mail is called INBOX everywhere."),),
    ),
    "read_refused": Explanation(
        _("The folder opens, but the server does not hand its mails out."),
        "account",
        (_("Ask IT to give this account the right to read the mailbox."),),
        Task.IT,
    ),
}
