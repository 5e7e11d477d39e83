"""The shape of an explanation and the sentences that several share."""

import dataclasses
from typing import TYPE_CHECKING, TypeAlias

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text: TypeAlias = "str | _StrPromise"


class Task(TextChoices):
    """Who can put it right."""

    YOU = "you", _("You, on this page")
    MAILBOX = "mailbox", _("Whoever looks after the mailbox")
    IT = "it", _("Your IT department")
    PROVIDER = "provider", _("Your mail provider")
    US = "us", _("Nobody yet: it usually passes, else the operator of this service")


@dataclasses.dataclass(frozen=True)
class Explanation:
    """``field`` is the part of the form's field name after ``smtp_`` or ``imap_``, or nothing."""

    sentence: Text
    field: str = ""
    advice: tuple[Text, ...] = ()
    task: Task = Task.YOU
    # Whether the addresses we send from help whoever puts it right.
    names_addresses: bool = False

    def with_advice(self, more: tuple[Text, ...]) -> "Explanation":
        """Return the explanation with what is special to the provider said first."""
        return dataclasses.replace(self, advice=more + self.advice) if more else self

    def without_addresses(self) -> "Explanation":
        """Return the explanation for where nobody has said which addresses we send from."""
        told = tuple(ASK_FOR_ADDRESSES if one is ALLOW_US else one for one in self.advice)
        return dataclasses.replace(self, advice=told)


STEP_NAMES: dict[str, Text] = {
    "lookup": _("Name lookup"),
    "connect": _("Connect"),
    "greeting": _("Greeting"),
    "starttls": _("STARTTLS offered"),
    "tls": _("Encryption"),
    "mechanisms": _("Ways to log in"),
    "login": _("Login"),
    "sender": _("Sender accepted"),
    "recipient": _("Recipient accepted"),
    "size": _("Message size"),
    "folder": _("Folder"),
    "read": _("Read access"),
    "special": _("Special folders"),
    "sent": _("Sent"),
    "arrived": _("Arrived"),
    "hops": _("The way it came"),
    "redirector": _("Who redirected it"),
    "authentication": _("As our receiver judges it"),
    "header": _("Original header"),
    "delayed": _("Delayed"),
    "bounced": _("Came back"),
}

# The purposes of folders, by the names that ``wire.folders`` has for them.
PURPOSES: dict[str, Text] = {
    "Sent": _("Sent"),
    "Drafts": _("Drafts"),
    "Junk": _("Spam"),
    "Trash": _("Trash"),
    "Archive": pgettext_lazy("folder", "Archive"),
}

PORTS = _(
    "Usual ports: 587 with TLS (STARTTLS), 465 with SSL; for IMAP 993 with SSL, 143 with TLS."
)
FIREWALL = _("Ask IT whether a firewall lets our server connect.")
ALLOW_US = _("Ask IT to allow the addresses we send from; they are named here.")
# Where the operator did not say which these are.
ASK_FOR_ADDRESSES = _(
    "Ask whoever runs this installation for the addresses it sends from, and IT to allow them."
)
WEBMAIL = _("Sign in to webmail with the same account and password.")
APP_PASSWORD = _(
    "If that works, the account may need an app password: create one and type it here."
)
AGAIN = _("Test again.")
SEND_THE_ANSWER = _("Send IT the server's answer below; it says why.")
REDIRECT = _("Redirect (do not forward) to the company recruiting email address.")
LATER = _("Wait a quarter of an hour, then test again.")
SEND_TO_IT = _("Send the text for IT below to whoever runs the server.")
