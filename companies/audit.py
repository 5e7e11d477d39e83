"""Writing the audit trail: called by domain functions, never by signals."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models

from companies import sql
from companies.models import AuditDetail, AuditEntry, Company, Membership, User

SECRET_WORDS = ("password", "secret", "token", "key")
MASK = "••••"

Actor = Membership | User | AbstractBaseUser | AnonymousUser | None


def record(
    company: Company, verb: str, target: models.Model, *, by: Actor, **data: Any
) -> AuditEntry:
    """Write one line: ``by`` did ``verb`` to ``target``. Values whose name smells of a secret are masked.

    ``data`` goes into an erasable row of its own and must be JSON; the line itself holds ids only.
    """
    rows = line(company, verb, target, by=by, **data)
    sql.insert(*rows)
    entry = rows[0]
    assert isinstance(entry, AuditEntry)
    return entry


def line(
    company: Company, verb: str, target: models.Model, *, by: Actor, **data: Any
) -> list[models.Model]:
    """Return the rows of such a line for who inserts them together with others, the target among them."""
    user = by.user if isinstance(by, Membership) else by
    entry = AuditEntry(
        company=company,
        actor=user if isinstance(user, User) else None,
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=target.pk or target,  # type: ignore[misc]  # see ``sql.insert``
    )
    if not data:
        return [entry]
    return [
        entry,
        AuditDetail(entry=entry, data={name: mask(name, value) for name, value in data.items()}),
    ]


def mask(name: str, value: Any) -> Any:
    """Return ``value``, or dots when ``name`` tells that it is a secret."""
    return MASK if any(word in name.lower() for word in SECRET_WORDS) else value
