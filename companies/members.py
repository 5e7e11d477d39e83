"""The people of a company: inviting them, changing what they may do, and letting them go.

Owners are made and changed by owners only, and a company always keeps one.
"""

from django.db import transaction

from companies import audit
from companies.capabilities import Can
from companies.models import Company, Membership, Role, Subcompany, User


class LastOwner(Exception):
    """A company without an owner of the whole of it could never get one again."""


class NotAllowed(Exception):
    """Only an owner makes, changes or removes owners, and nobody deactivates themselves."""


def invite(
    company: Company,
    *,
    email: str,
    name: str,
    role: str,
    by: Membership | None,
    subcompany: Subcompany | None = None,
) -> Membership:
    """Create a user without a password and their membership; raise ``NotAllowed``.

    ``by`` None is the machine itself (a new company's first owner). The address must be free.
    """
    if role == Role.OWNER and by and Can.GRANT_SUPPORT not in by.can:
        raise NotAllowed
    with transaction.atomic():
        user = User.objects.create_user(email, name=name, language=company.default_language)
        member = Membership.objects.create(
            company=company, user=user, role=role, subcompany=subcompany
        )
        audit.record(company, "member.invited", member, by=by, role=role)
    return member


def change(
    member: Membership, *, role: str, subcompany: Subcompany | None, is_active: bool, by: Membership
) -> None:
    """Change what a member may do; raise ``NotAllowed`` or ``LastOwner``."""
    touches_owner = Role.OWNER in (member.role, role)
    if touches_owner and Can.GRANT_SUPPORT not in by.can:
        raise NotAllowed
    if member.pk == by.pk and not is_active:
        raise NotAllowed
    with transaction.atomic():
        # Locks the company's owners, so that two of them cannot step down at once.
        owners = Membership.objects.select_for_update().filter(
            company=member.company_id, role=Role.OWNER, is_active=True, subcompany=None
        )
        others = [owner for owner in owners if owner.pk != member.pk]
        stays = role == Role.OWNER and is_active and subcompany is None
        if member.role == Role.OWNER and not stays and not others:
            raise LastOwner
        before = [member.role, member.subcompany_id, member.is_active]
        member.role, member.subcompany, member.is_active = role, subcompany, is_active
        member.save(update_fields=["role", "subcompany", "is_active"])
        after = [member.role, member.subcompany_id, member.is_active]
        if before != after:
            audit.record(
                member.company, "member.changed", member, by=by, before=before, after=after
            )


def roles_for(by: Membership) -> list[tuple[str, str]]:
    """Return the roles ``by`` may give, as choices."""
    may_make_owners = Can.GRANT_SUPPORT in by.can
    return [(role.value, str(role.label)) for role in Role if role != Role.OWNER or may_make_owners]


def change_signature(member: Membership, signature: str) -> None:
    """Store what stands under the member's messages to candidates."""
    Membership.objects.filter(pk=member.pk).update(signature=signature)
    member.signature = signature
