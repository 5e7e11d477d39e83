"""Telling those who can repair it that something which was proven stopped working."""

from collections.abc import Callable
from email.utils import make_msgid, parseaddr

from django.conf import settings
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone, translation

from companies.models import Company, Membership, Subcompany
from companies.models.memberships import MembershipQuerySet, Role
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Draft, compose
from mailsettings.outbound import outbox

Words = Callable[[], tuple[str, str]]  # subject and text, in the language that is active


def repairers(company: Company, subcompany: Subcompany | int | F | None) -> MembershipQuerySet:
    """Return owners and admins who may change the shared mailbox of ``subcompany`` (None: the main one)."""
    return (
        Membership.objects.active()
        .filter(Q(subcompany=None) | Q(subcompany=subcompany), company=company)
        .filter(role__in=[Role.OWNER, Role.ADMIN])
    )


def link(page: str) -> str:
    """Return the full address of a page without arguments."""
    return f"{settings.PUBLIC_URL}{reverse(page)}"


def tell(members: MembershipQuerySet, words: Words) -> None:
    """Write to each member through the platform, in their language."""
    for member in members.select_related("user", "company"):
        _write_to(member, words)


def _write_to(member: Membership, words: Words) -> None:
    account, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    with translation.override(member.user.language or member.company.default_language):
        subject, text = words()
    draft = Draft(
        sender=Address(account, address),
        to=(Address(member.user.name, member.user.email),),
        subject=subject,
        text=text,
        message_id=make_msgid(domain=settings.RECRUITING_DOMAIN),
        date=timezone.now(),
        headers={"Auto-Submitted": "auto-generated"},
    )
    outbox.queue(
        company=member.company,
        mailbox=None,
        envelope_sender=address,
        recipients=[member.user.email],
        raw=compose(draft),
        message_id=draft.message_id,
        subject=subject,
    )
