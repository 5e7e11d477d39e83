"""What an address alone tells: servers, ports, and what its provider asks of people."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from mailsettings.providers import lookup
from mailsettings.providers.shape import Password, Provider
from mailsettings.wire import mx


@dataclasses.dataclass(frozen=True)
class Suggestion:
    """``values`` are for the fields of the form; ``warnings`` and ``advice`` for people."""

    name: str
    values: dict[str, Any]
    warnings: tuple[str, ...] = ()
    advice: str = ""
    is_refused: bool = False


def suggest(
    address: str, look_up: Callable[[str], Sequence[str]] = mx.mail_exchangers
) -> Suggestion | None:
    """Return what is known for ``address``, by its domain, else by MX; None when that is nothing."""
    domain = lookup.domain_of(address)
    provider = lookup.by_address(address)
    if provider is None and domain:
        provider = lookup.by_mx(domain, look_up)
    return _describe(provider, address) if provider else None


def known(address: str) -> Suggestion | None:
    """Return what the table says about an address, without asking a name server."""
    provider = lookup.by_address(address)
    return _describe(provider, address) if provider else None


def _describe(provider: Provider, address: str) -> Suggestion:
    values: dict[str, Any] = {"uses_tls": True}
    for side, server in (("smtp", provider.smtp), ("imap", provider.imap)):
        if server:
            values |= {
                f"{side}_host": server.host,
                f"{side}_port": server.port,
                f"{side}_encryption": server.encryption,
                f"{side}_account": lookup.username(server, address.strip()),
            }
    return Suggestion(
        provider.name,
        values,
        tuple(_warnings(provider)),
        str(provider.advice),
        provider.password in (Password.RETIRED, Password.NONE),
    )


def _warnings(provider: Provider) -> list[str]:
    told = {
        Password.APP: _("An app password is needed; the password of the account is refused."),
        Password.APP_WITH_2FA: _("With two-step verification, an app password is needed."),
        Password.SEPARATE: _("A separate e-mail password is needed."),
        Password.RETIRED: _("Passwords are not accepted any more, app passwords neither."),
        Password.NONE: _("Other programs are not let in."),
    }
    warnings = [told[provider.password]] if provider.password in told else []
    if provider.imap_is_off:
        warnings.append(_("IMAP is off until you switch it on at the provider."))
    if provider.per_day:
        warnings.append(_("At most %(count)s mails leave a day.") % {"count": provider.per_day})
    return warnings
