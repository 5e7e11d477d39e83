"""Forms of the page that connects a member's own mail account."""

import copy
import re
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from mailsettings import oauth
from mailsettings.forms import (
    LIMITS,
    STORED,
    PasswordField,
    clean_host,
    fix_of,
    refuse_line_breaks,
    show_limits,
)
from mailsettings.models import Mailbox
from mailsettings.models.mailboxes import Encryption
from mailsettings.providers import lookup

FOUND = re.compile(r"\d{1,5}:(ssl|starttls)")
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
MAX_SIGNATURE = 2000


class PersonalForm(forms.Form):
    """One address, one password, two servers. Valid means storable, not that the servers answer."""

    address = forms.EmailField(label=_("Email address"), max_length=254)
    password = PasswordField(
        label=_("Password"),
        help_text=_("The app password where your provider asks for one. It is never shown again."),
    )
    smtp_host = forms.CharField(label=_("SMTP server"), max_length=253)
    smtp_port = forms.IntegerField(label=_("SMTP port"), min_value=1, max_value=65535, initial=465)
    imap_host = forms.CharField(
        label=_("IMAP server"),
        max_length=253,
        required=False,
        help_text=_("Empty: answers are not read here and go to the company's recruiting address."),
    )
    imap_port = forms.IntegerField(label=_("IMAP port"), min_value=1, max_value=65535, initial=993)
    uses_tls = forms.BooleanField(label=_("SSL/TLS encryption"), required=False, initial=True)
    account = forms.CharField(
        label=_("User name"),
        max_length=254,
        required=False,
        help_text=_("Only if it is neither your address nor what your provider usually takes."),
    )

    connections_limit = forms.IntegerField(
        label=LIMITS["connections_limit"],
        required=False,
        min_value=1,
        max_value=10,
        help_text=_("Empty: what the provider is known to allow, else 2."),
    )
    per_minute_limit = forms.IntegerField(
        label=LIMITS["per_minute_limit"],
        required=False,
        min_value=1,
        max_value=32767,
        help_text=_("Empty: what the provider is known to allow."),
    )

    # What a test found to be spoken at a port where another encryption is usual: "2525:ssl".
    smtp_found = forms.RegexField(FOUND, required=False, widget=forms.HiddenInput)
    imap_found = forms.RegexField(FOUND, required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, stored: Mailbox, shown: Mailbox | None = None, **kwargs: Any
    ) -> None:
        """``shown`` are the settings the form starts with, where they are not those stored."""
        self.stored = stored
        kwargs["initial"] = _initial(shown or stored) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        if stored.smtp_password:
            self.fields["password"].widget.attrs["placeholder"] = STORED
        show_limits(self, shown or stored)
        for name in ("smtp_port", "imap_port"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric"})
        self.fields["address"].widget.attrs["autocomplete"] = "email"
        self.fields["account"].widget.attrs["autocomplete"] = "off"

    def clean_address(self) -> str:
        local, _at, domain = self.cleaned_data["address"].rpartition("@")
        address = f"{local}@{domain.lower()}"
        if domain.lower() == settings.RECRUITING_DOMAIN:
            raise forms.ValidationError(_("This address is ours. Enter your own."))
        same = Mailbox.objects.filter(company=self.stored.company_id, address__iexact=address)
        if same.exclude(pk=self.stored.pk).exists():
            raise forms.ValidationError(
                _("This address is connected here already, by the company or a colleague."),
                code="taken",
            )
        return address

    def clean_smtp_host(self) -> str:
        return clean_host(self.cleaned_data["smtp_host"])

    def clean_imap_host(self) -> str:
        return clean_host(self.cleaned_data["imap_host"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        refuse_line_breaks(self)
        if data.get("password"):
            return data
        other = [
            name
            for name in ("smtp_host", "imap_host")
            if name in data and data[name] != getattr(self.stored, name)
        ]
        if not self.stored.smtp_password:
            # A permission is for the servers it was given for, and for no others.
            if other or not (self.stored.pk and oauth.is_granted(self.stored)):
                self.add_error("password", _("Enter the password of this mail account."))
        elif any(data[name] for name in other):
            # A stored password goes to the servers it was typed for, never to one entered later.
            text = _("The stored password is for %(host)s. Type the one for this server.")
            self.add_error("password", text % {"host": self.stored.smtp_host})
        return data

    def values(self) -> dict[str, Any]:
        """What the form says about the fields of a mailbox, once it is valid."""
        data = self.cleaned_data
        found: dict[str, Any] = {
            "address": data["address"],
            "use_for_sending": True,
            **{name: data[name] for name in LIMITS},
        }
        for side in ("smtp", "imap"):
            host, port = data[f"{side}_host"], data[f"{side}_port"]
            found |= {
                f"{side}_host": host,
                f"{side}_port": port,
                f"{side}_encryption": self._encryption(side, port),
                f"{side}_account": data["account"] or user_name(side, host, data["address"]),
                f"{side}_password": data["password"] if host else "",
            }
        return found

    def draft(self, pk: int | None) -> Mailbox:
        """Return the mailbox as the form describes it, once it is valid, with no password but stored ones."""
        draft = copy.copy(self.stored)
        draft.pk = pk
        for name, value in self.values().items():
            if not name.endswith("_password"):
                setattr(draft, name, value)
        return draft

    def _encryption(self, side: str, port: int) -> str:
        if not self.cleaned_data["uses_tls"]:
            return Encryption.NONE
        found_at, _sep, found = self.cleaned_data[f"{side}_found"].partition(":")
        return found if found_at == str(port) else encryption(side, port)


class SignatureForm(forms.Form):
    signature = forms.CharField(
        label=_("Signature"),
        required=False,
        max_length=MAX_SIGNATURE,
        strip=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("Plain text. It is put under the messages you write to candidates."),
    )

    def clean_signature(self) -> str:
        """Lines without control characters, without the blanks around them."""
        text = self.cleaned_data["signature"].replace("\r\n", "\n").replace("\r", "\n")
        lines = CONTROLS.sub("", text).splitlines()
        return "\n".join(line.rstrip() for line in lines).strip("\n")


def encryption(side: str, port: int) -> str:
    """Return the kind of TLS that is spoken at a port, as every provider has it."""
    if side == "smtp":
        return Encryption.SSL if port == 465 else Encryption.STARTTLS
    return Encryption.STARTTLS if port == 143 else Encryption.SSL


def user_name(side: str, host: str, address: str) -> str:
    """Return the name a server wants at login: what its provider is known for, else the address."""
    provider = lookup.by_host(host)
    server = getattr(provider, side) if provider else None
    return lookup.username(server, address) if server and host else address


def with_fix(posted: QueryDict) -> QueryDict:
    """Return the form's data with what the one-click fix changes, if that was the button."""
    fix = fix_of(posted)
    if fix is None:
        return posted
    fixed = posted.copy()
    fixed[f"{fix.side}_port"], fixed["uses_tls"] = fix.port, "on"
    fixed[f"{fix.side}_found"] = f"{fix.port}:{fix.encryption}"
    return fixed


def initial_address(member: Membership, stored: Mailbox) -> str:
    """Return the address a form starts with: the connected one, else the login's."""
    return stored.address or member.user.email


def _initial(stored: Mailbox) -> dict[str, Any]:
    if not stored.smtp_host:
        return {}
    usual = user_name("smtp", stored.smtp_host, stored.address)
    found = {
        f"{side}_found": f"{port}:{how}"
        for side, port, how in (
            ("smtp", stored.smtp_port, stored.smtp_encryption),
            ("imap", stored.imap_port, stored.imap_encryption),
        )
        if how not in (Encryption.NONE, encryption(side, port))
    }
    return found | {
        "address": stored.address,
        "smtp_host": stored.smtp_host,
        "smtp_port": stored.smtp_port,
        "imap_host": stored.imap_host,
        "imap_port": stored.imap_port,
        "uses_tls": stored.smtp_encryption != Encryption.NONE,
        "account": "" if stored.smtp_account == usual else stored.smtp_account,
        **{name: getattr(stored, name) for name in LIMITS},
    }
