"""Forms of the email settings page; the Django admin uses them too."""

import dataclasses
import ipaddress
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from mailsettings.models import EmailSettings, Mailbox
from mailsettings.models.mailboxes import SenderName
from mailsettings.outbound import limits

_LABEL = r"(?!-)[\w-]{1,63}(?<!-)"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*\.?")
# A domain has a dot, so that it is none of Microsoft's words for many tenants, such as "common".
TENANT = r"^(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63})$"
STORED = _("Stored. Type to replace")
LIMITS = {
    "connections_limit": _("Connections at a time"),
    "per_minute_limit": _("Mails per minute"),
}


@dataclasses.dataclass(frozen=True)
class Fix:
    """Port and encryption with which a failed test would have gone further, as its button posts them."""

    side: str
    port: str
    encryption: str


def fix_of(posted: Mapping[str, Any]) -> Fix | None:
    """Return the fix that was asked for; None when that was another button."""
    side, _sep, values = str(posted.get("fix", "")).partition(":")
    port, _sep, encryption = values.partition(":")
    return Fix(side, port, encryption) if side in ("smtp", "imap") and encryption else None


class YesNoField(forms.TypedChoiceField):
    """A question with the answers Yes and No, for a field that is True or False."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("yes", _("Yes")), ("no", _("No"))],
            coerce=lambda value: value == "yes",
            widget=forms.RadioSelect,
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value)


class PasswordField(forms.CharField):
    """A secret that is typed but never shown; empty means that the stored one stays."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
        super().__init__(required=False, strip=False, max_length=500, widget=widget, **kwargs)


def clean_host(typed: str) -> str:
    """Return the name or IP address of a server as it is stored; ``ValidationError`` for anything else."""
    host = typed.strip().lower()
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return host
    name, _colon, port = host.rpartition(":")
    if name and port.isdecimal():
        raise forms.ValidationError(_("Enter the name alone here, and the port in its own field."))
    if host and not _HOST.fullmatch(host):
        raise forms.ValidationError(_("Enter only the name, such as smtp.example.com."))
    return host


def refuse_line_breaks(form: forms.BaseForm) -> None:
    """Mark fields with text that no protocol can carry; a browser never sends such, a program may."""
    for name, value in list(form.cleaned_data.items()):
        if isinstance(value, str) and re.search(r"[\r\n\0]", value):
            form.add_error(name, _("Line breaks cannot stand here."))


def show_limits(form: forms.BaseForm, mailbox: Mailbox) -> None:
    """Show in the fields of the limits what holds while they are empty."""
    known = {
        "connections_limit": limits.connections(mailbox),
        "per_minute_limit": limits.per_minute(mailbox) or _("no limit"),
    }
    for name, value in known.items():
        form.fields[name].widget.attrs["placeholder"] = value


class ApplicationForm(forms.Form):
    """A shared mailbox that we use as an application of its Microsoft tenant."""

    tenant = forms.RegexField(
        TENANT,
        label=_("Microsoft tenant"),
        help_text=_("The domain, such as acme.onmicrosoft.com, or the directory (tenant) ID."),
        error_messages={"invalid": _("Enter a domain or the directory (tenant) ID.")},
    )
    address = forms.EmailField(label=_("Address of the shared mailbox"), max_length=254)

    def clean_address(self) -> str:
        local, _at, domain = self.cleaned_data["address"].rpartition("@")
        if domain.lower() == settings.RECRUITING_DOMAIN:
            raise forms.ValidationError(_("This address is ours. Enter your own."))
        return f"{local}@{domain.lower()}"


class EmailSettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    use_custom_address = YesNoField(
        label=_("Use custom email address?"),
        help_text=_(
            "No: every position writes from the address above. Addresses and servers of your own stay"
            " stored and rest."
        ),
    )

    class Meta:
        model = EmailSettings
        fields = ["sender_name", "use_custom_address", "largest_mail"]
        labels = {"largest_mail": _("Largest mail that is fetched, in MB")}
        help_texts = {
            "largest_mail": _(
                "In mailboxes that we read. Larger ones are listed under Incoming mail, where a click"
                " fetches them."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sender_name"].widget.choices = SenderName.choices
        self.fields["largest_mail"].widget.attrs["max"] = settings.INBOUND_LARGEST_MAIL_MB


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Address, SMTP and IMAP of one mailbox. Valid means storable, not that the servers answer."""

    use_for_sending = YesNoField(label=_("Use for sending emails?"))
    smtp_password = PasswordField(label=_("Password"))
    imap_password = PasswordField(label=_("Password"))

    class Meta:
        model = Mailbox
        fields = [
            *("address", "use_for_sending"),
            *("smtp_host", "smtp_port", "smtp_encryption", "smtp_account", "smtp_password"),
            *("imap_host", "imap_port", "imap_encryption", "imap_account", "imap_password"),
            *("imap_folder", "connections_limit", "per_minute_limit"),
        ]
        labels = {
            **LIMITS,
            "address": _("Custom email address"),
            "imap_host": _("Host"),
            "imap_port": _("Port"),
            "imap_encryption": _("Encryption"),
            "imap_account": _("Account"),
        }
        help_texts = {"smtp_account": _("Usually the whole email address.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in ("smtp", "imap"):
            # Already replaced on the instance when a bound form is shown again, so from the database.
            if getattr(self.instance, f"{side}_password"):
                self.fields[f"{side}_password"].widget.attrs["placeholder"] = STORED
            port = self.fields[f"{side}_port"]
            port.validators += [MinValueValidator(1), MaxValueValidator(65535)]
            port.widget = forms.TextInput(attrs={"inputmode": "numeric"})
            self.fields[f"{side}_account"].widget.attrs["autocomplete"] = "off"
        # With sending or reading switched off their fields are of no interest.
        for name in ("smtp_port", "smtp_encryption", "imap_port", "imap_encryption", "imap_folder"):
            self.fields[name].required = False
        show_limits(self, self.instance)
        self.stored = {name: getattr(self.instance, name) for name in self.fields}

    def clean_address(self) -> str:
        local, _at, domain = self.cleaned_data["address"].rpartition("@")
        address = f"{local}@{domain.lower()}" if domain else ""
        if domain.lower() == settings.RECRUITING_DOMAIN:
            raise forms.ValidationError(
                _("This address is ours. Enter the address candidates know you by.")
            )
        if address:
            self._refuse_taken(address)
        return address

    def _refuse_taken(self, address: str) -> None:
        """Within the company only: what other companies use is nobody's business, and draws no mail unproven."""
        same = Mailbox.objects.filter(company=self.instance.company_id, address__iexact=address)
        other = (
            same.exclude(pk=self.instance.pk)
            .select_related("company", "subcompany", "user")
            .first()
        )
        if other:
            owner = other.user or other.subcompany or other.company
            text = _("%(owner)s already uses this address.") % {"owner": owner}
            raise forms.ValidationError(text, code="taken")

    def clean_smtp_host(self) -> str:
        return clean_host(self.cleaned_data["smtp_host"])

    def clean_imap_host(self) -> str:
        return clean_host(self.cleaned_data["imap_host"])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for name in ("smtp_port", "smtp_encryption", "imap_port", "imap_encryption", "imap_folder"):
            if name in data and not data[name]:
                data[name] = self.stored[name]
        for side in ("smtp", "imap"):  # who types a password means to log in, mostly as the address
            if data.get(f"{side}_password") and not data.get(f"{side}_account"):
                data[f"{side}_account"] = data.get("address", "")
        if data.get("use_for_sending"):
            self._require("smtp_host", _("Enter the server that sends, or choose No."))
            self._require("address", _("Enter the address that sends, or choose No."))
        if data.get("imap_host"):
            self._require("address", _("Enter the address whose mailbox is read."))
            self._require("imap_account", _("Enter the account of the mailbox."))
        for side in ("smtp", "imap"):
            self._check_password(side)
        refuse_line_breaks(self)
        return data

    def _require(self, name: str, text: Any) -> None:
        if name in self.cleaned_data and not self.cleaned_data[name]:
            self.add_error(name, text)

    def _check_password(self, side: str) -> None:
        """A stored password goes to the server and account it was typed for, to none entered later."""
        host, password = f"{side}_host", f"{side}_password"
        if self.cleaned_data.get(password) or not self.cleaned_data.get(host):
            return
        if not self.stored[password]:
            return
        account = self.stored[f"{side}_account"]
        if self.stored[host] != self.cleaned_data[host]:
            text = _("The stored password is for %(host)s. Type the one for this server.")
            self.add_error(password, text % {"host": self.stored[host] or _("another server")})
        elif account and account != self.cleaned_data.get(f"{side}_account", account):
            text = _("The stored password is for %(account)s. Type the one for this account.")
            self.add_error(password, text % {"account": account})
