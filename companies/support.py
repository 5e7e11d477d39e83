"""Support access: a company lets one operator see its rows for some days, and can end that at once."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from companies import audit
from companies.models import Membership, SupportAccess, User


def grant(operator: User, *, reason: str, days: int, by: Membership) -> SupportAccess:
    """Let the operator look at ``by``'s company for ``days`` from now."""
    with transaction.atomic():
        access = SupportAccess.objects.create(
            company=by.company,
            operator=operator,
            reason=reason,
            until=timezone.now() + timedelta(days=days),
            granted_by=by.user,
        )
        audit.record(by.company, "support.granted", access, by=by, reason=reason, days=days)
    return access


def end(access: SupportAccess, *, by: Membership) -> None:
    """Take the access back; one that is over stays as it was."""
    now = timezone.now()
    if SupportAccess.objects.filter(pk=access.pk, until__gt=now).update(until=now):
        audit.record(by.company, "support.ended", access, by=by)
