"""API credentials: issued once, stored hashed, compared in constant time."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.utils import timezone

from companies import audit
from companies.models import ApiCredential, Company

# How stale ``last_used_at`` may be: writing it on each request would make a hot row.
LAST_USED_STEP = timedelta(minutes=5)


def digest(token: str) -> str:
    """Return what is stored for a token. Tokens carry 256 random bits, so one SHA-256 suffices."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def issue(company: Company, *, name: str, by: audit.Actor) -> tuple[ApiCredential, str]:
    """Create a credential and return it with its token, which nobody can read again."""
    token = secrets.token_hex(32)
    credential = ApiCredential.objects.create(
        company=company,
        name=name,
        token_digest=digest(token),
        token_hint=token[-4:],
    )
    audit.record(company, "credential.issued", credential, by=by, name=name)
    return credential, token


def verify(company_id: int, token: str) -> ApiCredential | None:
    """Return the live credential of that company for the token, else None.

    The look-up is by digest and every comparison takes the same time, so nothing leaks by timing.
    """
    wanted = digest(token)
    found = (
        ApiCredential.objects.live().filter(token_digest=wanted).select_related("company").first()
    )
    known = found.token_digest if found else digest("")
    if not hmac.compare_digest(known, wanted) or found is None or found.company_id != company_id:
        return None
    touch(found)
    return found


def touch(credential: ApiCredential) -> None:
    """Note that the credential was used, at most once in ``LAST_USED_STEP``."""
    now = timezone.now()
    if credential.last_used_at is None or now - credential.last_used_at > LAST_USED_STEP:
        ApiCredential.objects.filter(pk=credential.pk).update(last_used_at=now)


def revoke(credential: ApiCredential, *, by: audit.Actor) -> None:
    """End a credential; requests with its token are refused from now on. Idempotent."""
    if ApiCredential.objects.live().filter(pk=credential.pk).update(revoked_at=timezone.now()):
        audit.record(credential.company, "credential.revoked", credential, by=by)
