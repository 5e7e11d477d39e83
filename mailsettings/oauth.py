"""Logging in at Google and Microsoft with their permission instead of a password.

A token that runs out is renewed under a lock of its row, so that of two workers one asks and both use
the answer. A permission that was withdrawn is written down and never asked for again by a machine.
"""

from datetime import timedelta

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
# Without these Google gives no refresh token.
EXTRA = {"google": {"access_type": "offline", "prompt": "consent"}, "microsoft": {}}
DOMAIN = {"google": "gmail.com", "microsoft": "outlook.com"}
HINTS = {
    "google": _(
        "Ask whoever runs this installation to set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET."
    ),
    "microsoft": _(
        "Ask whoever runs this installation to set MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET."
    ),
}


class NoToken(Exception):
    """The account cannot log in now; ``code`` is oauth_reconnect_needed or oauth_unavailable."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


def client_of(provider: str) -> oauth.Client | None:
    """Return how a provider knows this installation; None where nobody has set that up."""
    known = settings.MAIL_OAUTH[provider]
    if not known["client_id"]:
        return None
    return oauth.Client(scope=SCOPES[provider], extra=EXTRA[provider], **known)


def servers_of(provider: str, address: str) -> Provider:
    """Return the servers of an account that was connected with ``provider``."""
    if provider == "microsoft" and not lookup.by_address(address):
        return lookup.PROVIDER["Microsoft 365"]
    return lookup.BY_DOMAIN[DOMAIN[provider]]


def keep(mailbox: Mailbox, provider: str, tokens: oauth.Tokens) -> None:
    """Store a new permission of a mailbox in place of any former one."""
    OAuthGrant.objects.update_or_create(
        mailbox=mailbox,
        defaults={"provider": provider, "revoked_at": None, **_fields(tokens)},
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
        client = client_of(grant.provider)
        if client is None:
            raise NoToken("The client id of the provider is not set.", "oauth_unavailable")
        try:
            tokens = oauth.refresh(client, _reveal(grant.refresh_token))
        except oauth.OAuthFailure as error:
            failure = error
            if error.revoked:
                grant.revoked_at = timezone.now()
                grant.save(update_fields=["revoked_at"])
        else:
            OAuthGrant.objects.filter(pk=grant.pk).update(**_fields(tokens))
            return tokens.access
    if failure.revoked:
        raise NoToken(RECONNECT, "oauth_reconnect_needed") from failure
    raise NoToken(str(failure), "oauth_unavailable") from failure


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
