"""OAuth 2.0 with a mail provider, through Authlib: authorization code with PKCE (RFC 7636), refresh, applications."""

import base64
import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

TIMEOUT = 10.0  # seconds; a row is locked meanwhile
# RFC 6749 5.2: the permission itself is gone, so only the person can give a new one.
REVOKED = {"invalid_grant", "interaction_required", "consent_required", "access_denied"}
# What Microsoft answers an application that no administrator of the tenant let in, or of a tenant that is none.
NOT_LET_IN = {"unauthorized_client", "invalid_request", "invalid_tenant", "invalid_resource"}
DEFAULT_SECONDS = 3600


class OAuthFailure(Exception):
    """No token. ``revoked``: the permission is gone, ``not_let_in``: it was never given to an application;
    else it may work later. The text holds no secret.
    """

    def __init__(self, text: str, *, revoked: bool = False, not_let_in: bool = False) -> None:
        super().__init__(text)
        self.revoked = revoked
        self.not_let_in = not_let_in


@dataclasses.dataclass(frozen=True)
class Client:
    """We, as a provider knows us, and where it is asked."""

    authorize_url: str
    token_url: str
    client_id: str
    scope: str
    client_secret: str = dataclasses.field(default="", repr=False)
    extra: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Tokens:
    """``refresh`` is empty where the provider keeps the former one; ``email`` where it names none."""

    access: str = dataclasses.field(repr=False)
    refresh: str = dataclasses.field(repr=False)
    seconds: int
    email: str = ""


def begin(client: Client, redirect_uri: str) -> tuple[str, str, str]:
    """Return the page a person is sent to, the state that comes back with them, and the PKCE verifier."""
    verifier = generate_token(64)
    url, state = _session(client, redirect_uri).create_authorization_url(
        client.authorize_url, code_verifier=verifier, **client.extra
    )
    return url, state, verifier


def exchange(client: Client, redirect_uri: str, *, code: str, verifier: str) -> Tokens:
    """Return the tokens for a code; raise ``OAuthFailure``."""
    with _session(client, redirect_uri) as session:
        return _ask(
            lambda: session.fetch_token(
                client.token_url,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                scope=client.scope,  # Microsoft gives a token for one of its services at a time
                timeout=TIMEOUT,
            )
        )


def refresh(client: Client, refresh_token: str) -> Tokens:
    """Return a new access token; raise ``OAuthFailure``."""
    with _session(client, "") as session:
        return _ask(
            lambda: session.refresh_token(
                client.token_url, refresh_token=refresh_token, timeout=TIMEOUT
            )
        )


def as_application(client: Client) -> Tokens:
    """Return a token for ourselves (RFC 6749 4.4), in nobody's name; raise ``OAuthFailure``."""
    with _session(client, "") as session:
        return _ask(
            lambda: session.fetch_token(
                client.token_url, grant_type="client_credentials", timeout=TIMEOUT
            )
        )


def sasl(account: str, token: str) -> str:
    """Return the words of XOAUTH2 for a login."""
    return f"user={account}\1auth=Bearer {token}\1\1"


def _session(client: Client, redirect_uri: str) -> Any:
    return OAuth2Session(
        client.client_id,
        client.client_secret or None,
        scope=client.scope,
        redirect_uri=redirect_uri or None,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post" if client.client_secret else "none",
    )


def _ask(question: Any) -> Tokens:
    try:
        answer = question()
    except OAuthError as error:
        text = str(error.description or error.error or "")[:300]
        raise OAuthFailure(
            text, revoked=error.error in REVOKED, not_let_in=error.error in NOT_LET_IN
        ) from error
    except (OSError, ValueError) as error:  # requests' errors are OSErrors; ValueError: no JSON
        raise OAuthFailure(f"The provider did not answer ({type(error).__name__}).") from error
    if not isinstance(answer, Mapping) or not answer.get("access_token"):
        raise OAuthFailure("The provider answered without a token.")
    return Tokens(
        str(answer["access_token"]),
        str(answer.get("refresh_token") or ""),
        _seconds(answer.get("expires_in")),
        _email(str(answer.get("id_token") or "")),
    )


def _seconds(value: Any) -> int:
    try:
        return max(int(value), 0)
    except (TypeError, ValueError):
        return DEFAULT_SECONDS


def _email(id_token: str) -> str:
    """Return the address an id token names; it came from the provider itself over TLS (OpenID Connect 3.1.3.7)."""
    try:
        payload = id_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims.get("email") or claims.get("preferred_username") or "")
    except (IndexError, ValueError, AttributeError):
        return ""
