"""Asking a provider for permission to use a mail account: the way of the browser there and back."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from mailsettings import guides, mailboxes, oauth
from mailsettings.forms import ApplicationForm
from mailsettings.models import Mailbox, OAuthGrant
from mailsettings.models.mailboxes import SendsBy
from mailsettings.wire import oauth as wire

SESSION_KEY = "mail_oauth"
PERSONAL, MAIN = "personal", "main"  # whose account it is; else the id of a subcompany


def offers(owner: str = PERSONAL) -> dict[str, list[dict[str, Any]]]:
    """Return a button for each provider that knows this installation, and for the others how to change that."""
    ready, missing = [], []
    for provider in OAuthGrant.Provider:
        offer: dict[str, Any] = {"key": provider.value, "name": provider.label}
        if oauth.client_of(provider.value):
            offer["url"] = f"{reverse(f'mailsettings:oauth-{provider.value}')}?for={owner}"
            ready.append(offer)
        else:
            offer["text"] = guides.of_registration(provider.value, _callback(provider))
            missing.append(offer)
    return {"offers_ready": ready, "offers_missing": missing}


def application_id() -> str:
    """Return the id under which Microsoft knows us; empty where nobody has set up applications."""
    client = oauth.application_of("")
    return client.client_id if client else ""


def application_of(mailbox: Mailbox, owner: str) -> dict[str, Any]:
    """Return what the page needs to connect a shared mailbox as an application of its tenant."""
    grant = getattr(mailbox, "grant", None)
    tenant = grant.tenant if grant else ""
    return {
        "id": application_id(),
        "owner": owner,
        "tenant": tenant,
        "form": ApplicationForm(initial={"tenant": tenant, "address": mailbox.address}),
        "consent_url": oauth.consent_url(tenant, _callback(OAuthGrant.Provider.MICROSOFT)),
    }


def ways_of(mailbox: Mailbox, grant: OAuthGrant | None, owner: str) -> dict[str, Any] | None:
    """Return the ways the mail of a connected mailbox may leave by, to choose from; None without a choice."""
    if grant is None or grant.revoked_at:
        return None
    ways = (SendsBy.SMTP, mailboxes.API_OF[OAuthGrant.Provider(grant.provider)])
    # A link: a form may lead to no other host (Content-Security-Policy), not by a redirect either.
    ask = f"{reverse('mailsettings:oauth-microsoft')}?for={owner}&by={SendsBy.GRAPH.value}"
    return {
        "owner": owner,
        "choices": ways,
        "current": mailbox.sends_by,
        "ask": "" if grant.reaches_api else ask,
    }


def begin(
    request: HttpRequest, client: wire.Client, provider: str, owner: str, *, with_graph: bool
) -> str:
    """Return the provider's page, and remember in the session what its answer must bring."""
    url, state, verifier = wire.begin(client, _callback(provider))
    request.session[SESSION_KEY] = {
        "provider": provider,
        "owner": owner,
        "state": state,
        "verifier": verifier,
        "with_graph": with_graph,
    }
    return url


def redeem(
    request: HttpRequest, client: wire.Client, provider: str
) -> tuple[str, wire.Tokens, bool] | None:
    """Return whose account it is, its tokens, and whether these are for Microsoft Graph too.

    None for an answer to no question of this browser.

    Raises ``OAuthFailure``, also when the person said no.
    """
    begun = request.session.pop(SESSION_KEY, None) or {}
    state = request.GET.get("state", "")
    if begun.get("provider") != provider or not state or state != begun.get("state"):
        return None
    if "code" not in request.GET:
        raise wire.OAuthFailure("no permission was given")
    tokens = wire.exchange(
        client, _callback(provider), code=request.GET["code"], verifier=begun["verifier"]
    )
    return begun["owner"], tokens, begun["with_graph"]


def _callback(provider: str) -> str:
    path = reverse(f"mailsettings:oauth-answer-{provider}")
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
