"""API credentials: issued once, stored hashed, compared in constant time."""

import hashlib
import hmac
import logging
import secrets
from datetime import timedelta

from django.db import DatabaseError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from companies import audit, sql
from companies.models import ApiCredential, ApiRequest, Company

log = logging.getLogger(__name__)

# How long the old token is good beside the one that replaces it.
OVERLAP = timedelta(days=7)
TRIM_EVERY = 20  # requests; between two trims a few more than ``ApiRequest.KEPT`` are there
# How stale ``last_used_at`` may be: writing it on each request would make a hot row.
LAST_USED_STEP = timedelta(minutes=5)
# kept as they stand here, shown in the reader's language
NO_TOKEN = gettext_noop("There was no token.")
FOREIGN_TOKEN = gettext_noop("The token is none of this company's.")
REVOKED = gettext_noop("The token was revoked")  # and then its name
EXPIRED = gettext_noop("The token has expired")


def digest(token: str) -> str:
    """Return what is stored for a token. Tokens carry 256 random bits, so one SHA-256 suffices."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class AlreadyRotated(Exception):
    """Another token has taken this one's place, or it has ended."""


def issue(
    company: Company, *, name: str, by: audit.Actor, replaces: ApiCredential | None = None
) -> tuple[ApiCredential, str]:
    """Create a credential and return it with its token, which nobody can read again."""
    token = secrets.token_hex(32)
    credential = ApiCredential.objects.create(
        company=company,
        name=name,
        token_digest=digest(token),
        token_hint=token[-4:],
        replaces=replaces,
    )
    audit.record(company, "credential.issued", credential, by=by, name=name)
    return credential, token


def verify(company_id: int, token: str) -> ApiCredential | None:
    """Return the live credential of that company for the token, else None.

    The look-up is by digest and every comparison takes the same time, so nothing leaks by timing.
    """
    wanted = digest(token)
    found = next(iter(_find(wanted)), None)
    known = found.token_digest if found else digest("")
    if not hmac.compare_digest(known, wanted) or found is None or found.company_id != company_id:
        return None
    if not found.is_live:
        return None
    touch(found)
    return found


@sql.written_once
def _find(token_digest: str) -> "models.QuerySet[ApiCredential]":
    return ApiCredential.objects.select_related("company").filter(token_digest=token_digest)


def touch(credential: ApiCredential) -> None:
    """Note that the credential was used, at most once in ``LAST_USED_STEP``."""
    now = timezone.now()
    if credential.last_used_at is None or now - credential.last_used_at > LAST_USED_STEP:
        ApiCredential.objects.filter(pk=credential.pk).update(last_used_at=now)


def revoke(credential: ApiCredential, *, by: audit.Actor) -> None:
    """End a credential; requests with its token are refused from now on. Idempotent."""
    if ApiCredential.objects.live().filter(pk=credential.pk).update(revoked_at=timezone.now()):
        audit.record(credential.company, "credential.revoked", credential, by=by)


def rotate(credential: ApiCredential, *, by: audit.Actor) -> tuple[ApiCredential, str]:
    """Issue a credential of the same name; the old token is good for ``OVERLAP`` longer, then ends.

    A token that the old one had replaced itself ends at once, so that two are good at most. Raises
    ``AlreadyRotated`` where there is a successor: rotate that one.
    """
    with transaction.atomic():
        old = ApiCredential.objects.select_for_update().get(pk=credential.pk)
        if old.expires_at or not old.is_live:
            raise AlreadyRotated
        now = timezone.now()
        ApiCredential.objects.live().filter(pk=old.replaces_id or 0).update(expires_at=now)
        ApiCredential.objects.filter(pk=old.pk).update(expires_at=now + OVERLAP)
        audit.record(credential.company, "credential.rotated", credential, by=by)
        return issue(credential.company, name=credential.name, by=by, replaces=old)


def note_request(credential: ApiCredential, endpoint: str, status: int, reason: str = "") -> None:
    """Keep what was answered among the credential's latest requests; never fails."""
    _note(line(credential, endpoint, status, reason))


def line(credential: ApiCredential, endpoint: str, status: int, reason: str = "") -> ApiRequest:
    """Return the row of such a request for who inserts it together with others, and has it trimmed then."""
    return ApiRequest(credential=credential, endpoint=endpoint, status=status, reason=reason[:500])


def note_unauthorised(company_id: int, token: str, endpoint: str, status: int) -> None:
    """Keep that somebody asked with a token that is not valid, for the company named; never fails.

    The token is not kept, but which of the company's it was that has ended.
    """
    company = Company.objects.filter(pk=company_id).first()
    if company is None:
        return
    ended = token and company.api_credentials.filter(token_digest=digest(token)).first()
    if ended:
        reason = f"{REVOKED if ended.revoked_at else EXPIRED}: {ended}"
    elif not token:
        reason = NO_TOKEN
    else:
        reason = FOREIGN_TOKEN
    _note(ApiRequest(company=company, endpoint=endpoint, status=status, reason=reason))


def _note(request: ApiRequest) -> None:
    try:
        sql.insert(request)
    except DatabaseError:
        log.exception("a request could not be noted")
    else:
        trim(request)


def trim(request: ApiRequest) -> None:
    """Now and then forget what is older than the latest requests; call it for each. Never fails."""
    if request.pk % TRIM_EVERY:
        return
    same = ApiRequest.objects.filter(credential=request.credential_id, company=request.company_id)
    try:
        newest = same.order_by("-pk").values_list("pk", flat=True)
        oldest = newest[ApiRequest.KEPT - 1 :].first()
        same.filter(pk__lt=oldest or 0).delete()
    except DatabaseError:
        log.exception("requests could not be trimmed")
