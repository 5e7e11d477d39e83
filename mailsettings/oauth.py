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
# Of another audience than the mail servers, so that it takes a token of its own.
# Reading besides sending is for mails above 3 MB, which leave as drafts (wire.graphdrafts).
GRAPH_SCOPE = "https://graph.microsoft.com/Mail.Send https://graph.microsoft.com/Mail.ReadWrite"
# What an application may do that the tenant's administrator let in: SMTP.SendAsApp and IMAP.AccessAsApp.
APPLICATION_SCOPE = "https://outlook.office365.com/.default"
APPLICATION_GRAPH_SCOPE = "https://graph.microsoft.com/.default"
# The columns of a token: for mail servers, and for the API of Microsoft.
MAIL, API = ("access_token", "expires_at"), ("api_token", "api_expires_at")
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


def client_of(provider: str, *, with_graph: bool = False) -> oauth.Client | None:
    """Return how a provider knows this installation; None where nobody has set that up.

    ``with_graph`` is for asking a person: they allow sending by Microsoft Graph besides.
    """
    known = settings.MAIL_OAUTH[provider]
    if not known["client_id"]:
        return None
    scope = f"{SCOPES[provider]} {GRAPH_SCOPE}" if with_graph else SCOPES[provider]
    return oauth.Client(scope=scope, extra=EXTRA[provider], **known)


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


def keep(mailbox: Mailbox, provider: str, tokens: oauth.Tokens, *, with_graph: bool) -> None:
    """Store a new permission of a mailbox in place of any former one."""
    OAuthGrant.objects.update_or_create(
        mailbox=mailbox,
        defaults={
            "provider": provider,
            "tenant": "",
            "reaches_api": with_graph or provider == OAuthGrant.Provider.GOOGLE,
            "api_token": "",
            "revoked_at": None,
            **_fields(tokens, *MAIL),
        },
    )


def keep_application(mailbox: Mailbox, tenant: str) -> None:
    """Let a mailbox log in as an application of a tenant; the first token is asked for when it is needed."""
    OAuthGrant.objects.update_or_create(
        mailbox=mailbox,
        defaults={
            "provider": OAuthGrant.Provider.MICROSOFT,
            "tenant": tenant,
            "reaches_api": True,
            "access_token": "",
            "api_token": "",
            "refresh_token": "",
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


def access_token(mailbox: Mailbox, *, refused: str = "", for_api: bool = False) -> str:
    """Return a token that works for a while, renewed if need be; raise ``NoToken``.

    ``refused`` is one that a server did not take although its time is not up: another is asked for.
    ``for_api``: the token is for the provider's API instead of its mail servers.
    """
    failure: oauth.OAuthFailure | None = None
    with transaction.atomic():
        grant = OAuthGrant.objects.select_for_update().filter(mailbox_id=mailbox.pk).first()
        if grant is None:  # since a moment ago: a person disconnected it while a worker was at it
            raise NoToken(DISCONNECTED, "oauth_reconnect_needed")
        if grant.revoked_at:
            raise NoToken(RECONNECT, "oauth_reconnect_needed")
        by_graph = for_api and grant.provider == OAuthGrant.Provider.MICROSOFT
        name, until = API if by_graph else MAIL
        token = _reveal(getattr(grant, name))
        if token not in ("", refused) and getattr(grant, until) - MARGIN > timezone.now():
            return token
        try:
            tokens = _renew(grant, by_graph)
        except oauth.OAuthFailure as error:
            failure = error
            if error.revoked and not grant.tenant:
                grant.revoked_at = timezone.now()
                grant.save(update_fields=["revoked_at"])
        else:
            OAuthGrant.objects.filter(pk=grant.pk).update(**_fields(tokens, name, until))
            return tokens.access
    if grant.tenant and (failure.revoked or failure.not_let_in):
        raise NoToken(f"{NOT_LET_IN} {failure}".strip(), "oauth_consent_missing") from failure
    if failure.revoked:
        raise NoToken(RECONNECT, "oauth_reconnect_needed") from failure
    raise NoToken(str(failure), "oauth_unavailable") from failure


def _renew(grant: OAuthGrant, by_graph: bool) -> oauth.Tokens:
    client = application_of(grant.tenant) if grant.tenant else client_of(grant.provider)
    if client is None:
        raise NoToken("The client id of the provider is not set.", "oauth_unavailable")
    if grant.tenant:
        scope = APPLICATION_GRAPH_SCOPE if by_graph else client.scope
        return oauth.as_application(dataclasses.replace(client, scope=scope))
    scope = f"{GRAPH_SCOPE} offline_access" if by_graph else client.scope
    asking = dataclasses.replace(client, scope=scope)
    return oauth.refresh(asking, _reveal(grant.refresh_token))


def withdraw(mailbox: Mailbox) -> None:
    """The provider refuses even a new token: a person has to connect again, or IT to let us in."""
    OAuthGrant.objects.filter(mailbox_id=mailbox.pk, tenant="").update(revoked_at=timezone.now())


def distrust(mailbox: Mailbox) -> None:
    """A server refused the token of the mailbox: have another asked for when it is next needed."""
    OAuthGrant.objects.filter(mailbox_id=mailbox.pk).update(expires_at=timezone.now())


def _fields(tokens: oauth.Tokens, name: str, until: str) -> dict[str, object]:
    """Google gives a refresh token once; an answer without one leaves the former in place."""
    kept: dict[str, object] = {"refresh_token": tokens.refresh} if tokens.refresh else {}
    return kept | {
        name: tokens.access,
        until: timezone.now() + timedelta(seconds=tokens.seconds),
    }


def _reveal(secret: Sealed | str) -> str:
    return secret.reveal() if isinstance(secret, Sealed) else secret
