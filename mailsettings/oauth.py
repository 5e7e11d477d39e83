"""Logging in at Google and Microsoft with their permission instead of a password.

A token that runs out is renewed under a lock of its row, so that of two workers one asks and both use
the answer. A permission that was withdrawn is written down and never asked for again by a machine.
"""

import dataclasses
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailsettings.encryption import Sealed
from mailsettings.models import Mailbox, OAuthGrant
from mailsettings.providers import lookup
from mailsettings.providers.shape import Provider
from mailsettings.wire import oauth

MARGIN = timedelta(minutes=2)  # a token is renewed that long before it runs out
RECONNECT = "The mail provider withdrew its permission. Connect the account again."
DISCONNECTED = "The account was disconnected. Its mail waits until it is connected again."
SCOPES = {
    "google": "https://mail.google.com/ openid email",
    "microsoft": "https://outlook.office.com/IMAP.AccessAsUser.All "
    "https://outlook.office.com/SMTP.Send offline_access openid email",
}
# What an application may do that the tenant's administrator let in: SMTP.SendAsApp and IMAP.AccessAsApp.
APPLICATION_SCOPE = "https://outlook.office365.com/.default"
# Without these Google gives no refresh token.
EXTRA = {"google": {"access_type": "offline", "prompt": "consent"}, "microsoft": {}}
DOMAIN = {"google": "gmail.com", "microsoft": "outlook.com"}
NOT_LET_IN = "The administrator of this Microsoft tenant has not let Posthorn in."
HINTS = {
    "google": _(
        "Ask whoever runs this installation to set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET."
    ),
    "microsoft": _(
        "Ask whoever runs this installation to set MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET."
    ),
}


class NoToken(Exception):
    """The account cannot log in now; ``code`` is oauth_reconnect_needed, oauth_consent_missing or
    oauth_unavailable.
    """

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


def client_of(provider: str) -> oauth.Client | None:
    """Return how a provider knows this installation; None where nobody has set that up."""
    known = settings.MAIL_OAUTH[provider]
    if not known["client_id"]:
        return None
    return oauth.Client(scope=SCOPES[provider], extra=EXTRA[provider], **known)


def application_of(tenant: str) -> oauth.Client | None:
    """Return how Microsoft knows us as an application of a tenant; None where nobody has set that up."""
    client = client_of("microsoft")
    if client is None or not client.client_secret:
        return None
    url = settings.MICROSOFT_TENANT_TOKEN_URL.format(tenant=tenant)
    return dataclasses.replace(client, token_url=url, scope=APPLICATION_SCOPE)


def consent_url(tenant: str, redirect_uri: str) -> str:
    """Return the page on which an administrator of the tenant lets us in."""
    client_id = settings.MAIL_OAUTH["microsoft"]["client_id"]
    query = urlencode({"client_id": client_id, "redirect_uri": redirect_uri})
    return f"{settings.MICROSOFT_CONSENT_URL.format(tenant=tenant)}?{query}"


def servers_of(provider: str, address: str) -> Provider:
    """Return the servers of an account that was connected with ``provider``."""
    if provider == "microsoft" and not lookup.by_address(address):
        return lookup.PROVIDER["Microsoft 365"]
    return lookup.BY_DOMAIN[DOMAIN[provider]]


def keep(mailbox: Mailbox, provider: str, tokens: oauth.Tokens) -> None:
    """Store a new permission of a mailbox in place of any former one."""
    OAuthGrant.objects.update_or_create(
        mailbox=mailbox,
        defaults={"provider": provider, "tenant": "", "revoked_at": None, **_fields(tokens)},
    )


def keep_application(mailbox: Mailbox, tenant: str) -> None:
    """Let a mailbox log in as an application of a tenant; the first token is asked for when it is needed."""
    OAuthGrant.objects.update_or_create(
        mailbox=mailbox,
        defaults={
            "provider": OAuthGrant.Provider.MICROSOFT,
            "tenant": tenant,
            "access_token": "",
            "refresh_token": "",
            "expires_at": timezone.now(),
            "revoked_at": None,
        },
    )


def is_granted(mailbox: Mailbox) -> bool:
    """Say whether the mailbox logs in by XOAUTH2.

    A token is for the servers that are stored, never for those of a draft that is only being tested.
    """
    return OAuthGrant.objects.filter(
        mailbox_id=mailbox.pk,
        mailbox__smtp_host=mailbox.smtp_host,
        mailbox__imap_host=mailbox.imap_host,
    ).exists()


def access_token(mailbox: Mailbox, *, refused: str = "") -> str:
    """Return a token that works for a while, renewed if need be; raise ``NoToken``.

    ``refused`` is one that a server did not take although its time is not up: another is asked for.
    """
    failure: oauth.OAuthFailure | None = None
    with transaction.atomic():
        grant = OAuthGrant.objects.select_for_update().filter(mailbox_id=mailbox.pk).first()
        if grant is None:  # since a moment ago: a person disconnected it while a worker was at it
            raise NoToken(DISCONNECTED, "oauth_reconnect_needed")
        if grant.revoked_at:
            raise NoToken(RECONNECT, "oauth_reconnect_needed")
        token = _reveal(grant.access_token)
        if grant.expires_at - MARGIN > timezone.now() and token != refused:
            return token
        try:
            tokens = _renew(grant)
        except oauth.OAuthFailure as error:
            failure = error
            if error.revoked and not grant.tenant:
                grant.revoked_at = timezone.now()
                grant.save(update_fields=["revoked_at"])
        else:
            OAuthGrant.objects.filter(pk=grant.pk).update(**_fields(tokens))
            return tokens.access
    if grant.tenant and (failure.revoked or failure.not_let_in):
        raise NoToken(f"{NOT_LET_IN} {failure}".strip(), "oauth_consent_missing") from failure
    if failure.revoked:
        raise NoToken(RECONNECT, "oauth_reconnect_needed") from failure
    raise NoToken(str(failure), "oauth_unavailable") from failure


def _renew(grant: OAuthGrant) -> oauth.Tokens:
    client = application_of(grant.tenant) if grant.tenant else client_of(grant.provider)
    if client is None:
        raise NoToken("The client id of the provider is not set.", "oauth_unavailable")
    if grant.tenant:
        return oauth.as_application(client)
    return oauth.refresh(client, _reveal(grant.refresh_token))


def distrust(mailbox: Mailbox) -> None:
    """A server refused the token of the mailbox: have another asked for when it is next needed."""
    OAuthGrant.objects.filter(mailbox_id=mailbox.pk).update(expires_at=timezone.now())


def _fields(tokens: oauth.Tokens) -> dict[str, object]:
    """Google gives a refresh token once; an answer without one leaves the former in place."""
    kept: dict[str, object] = {"refresh_token": tokens.refresh} if tokens.refresh else {}
    return kept | {
        "access_token": tokens.access,
        "expires_at": timezone.now() + timedelta(seconds=tokens.seconds),
    }


def _reveal(secret: Sealed | str) -> str:
    return secret.reveal() if isinstance(secret, Sealed) else secret
