"""Which address a mail comes from and which server takes it: subcompany, else company, else platform.

Address and server are one unit: the first level that has an address and a server switched on speaks.
Where neither does, mail leaves by the platform: from the own address if its domain is verified, else
from the recruiting address, so that nobody's domain is used on a server that may not speak for it.
A paused mailbox stays the sender: its queue waits.
"""

import dataclasses
from typing import Literal

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from companies.models import Company, Membership, Subcompany, User
from mailsettings.models import EmailSettings, Mailbox, SenderDomain
from mailsettings.models.mailboxes import SenderName


@dataclasses.dataclass(frozen=True)
class Sender:
    """``mailbox`` None is the platform's provider; ``reply_to`` is empty where ``address`` gets replies."""

    address: str
    mailbox: Mailbox | None
    reply_to: str
    level: Literal["subcompany", "company", "platform", "personal"]
    owner: Company | Subcompany
    sender_name: str = SenderName.COMPANY


def resolve(company: Company, subcompany: Subcompany | None) -> Sender:
    """Return the sender of a mail of ``company``, for a position in ``subcompany`` (None: the main one)."""
    return _choose(company, subcompany, *_load(company))


def personal(member: Membership) -> Sender | None:
    """Return the member's own account, if it is connected. Where it is not read, answers come to us."""
    return _personal(
        member, Mailbox.objects.filter(company=member.company_id, user=member.user_id).first()
    )


def both(
    company: Company, subcompany: Subcompany | None, member: Membership
) -> tuple[Sender, Sender | None]:
    """Return what ``resolve`` and ``personal`` do, in one query for the mailboxes."""
    settings = getattr(company, "email_settings", None) or EmailSettings()
    found = list(_mailboxes(company, Q(user=None) | Q(user=member.user_id)))
    shared = {mailbox.subcompany_id: mailbox for mailbox in found if mailbox.user_id is None}
    mine = next((mailbox for mailbox in found if mailbox.user_id), None)
    return _choose(company, subcompany, settings, shared), _personal(member, mine)


def _personal(member: Membership, mine: Mailbox | None) -> Sender | None:
    if mine is None or not mine.sends:
        return None
    reply_to = "" if mine.imap_host else member.company.recruiting_address
    return Sender(mine.address, mine, reply_to, "personal", member.company)


def resolve_all(company: Company) -> dict[int | None, Sender]:
    """Return the sender of the main company (key None) and of each subcompany (its id), in three queries."""
    settings, mailboxes = _load(company)
    owners: list[Subcompany | None] = [None, *company.subcompanies.all()]
    return {
        owner.pk if owner else None: _choose(company, owner, settings, mailboxes)
        for owner in owners
    }


def from_name(sender: Sender, user: User | None) -> str:
    """Return the display name beside the address: the owner's, or the writing employee's if so set."""
    is_theirs = sender.level == "personal" or sender.sender_name == SenderName.EMPLOYEE
    if user and user.name and is_theirs:
        return user.name
    return sender.owner.name


def _load(company: Company) -> tuple[EmailSettings, dict[int | None, Mailbox]]:
    """Return the company's settings and its mailboxes by subcompany id (None: the main company's)."""
    settings = getattr(company, "email_settings", None) or EmailSettings()
    mailboxes = _mailboxes(company, Q(user=None))
    return settings, {mailbox.subcompany_id: mailbox for mailbox in mailboxes}


def _mailboxes(company: Company, whose: Q) -> QuerySet[Mailbox]:
    """Mailboxes that know (``is_verified``) whether the platform may speak for their domain."""
    verified = SenderDomain.objects.exclude(verified_at=None).filter(company=OuterRef("company_id"))
    verified = verified.annotate(
        end=Concat(Value("@"), "name"), address=Cast(OuterRef("address"), CharField())
    ).filter(address__iendswith=F("end"))
    found = Mailbox.objects.filter(whose, company=company)
    return found.annotate(is_verified=Exists(verified))


def _choose(
    company: Company,
    subcompany: Subcompany | None,
    settings: EmailSettings,
    mailboxes: dict[int | None, Mailbox],
) -> Sender:
    mine = mailboxes.get(subcompany.pk) if subcompany else None
    of_company = mailboxes.get(None)
    if settings.use_custom_address:
        if subcompany and mine and mine.sends:
            return Sender(mine.address, mine, "", "subcompany", subcompany, settings.sender_name)
        if subcompany and mine and _is_spoken_for(mine):
            return Sender(mine.address, None, "", "subcompany", subcompany, settings.sender_name)
        if of_company and of_company.sends:
            return Sender(
                of_company.address, of_company, "", "company", company, settings.sender_name
            )
        if of_company and _is_spoken_for(of_company):
            return Sender(of_company.address, None, "", "company", company, settings.sender_name)
    return _platform(company, settings.sender_name)


def without_server(sender: Sender, company: Company) -> Sender:
    """Return who would send for the main company, of whom ``sender`` speaks now, if it had no server."""
    if sender.mailbox and _is_spoken_for(sender.mailbox):
        return dataclasses.replace(sender, mailbox=None)
    return _platform(company, sender.sender_name)


def _platform(company: Company, sender_name: str) -> Sender:
    ours = company.recruiting_address
    return Sender(ours, None, ours, "platform", company, sender_name)


def _is_spoken_for(mailbox: Mailbox) -> bool:
    """Whether the platform may send from the address, because its domain is verified."""
    return bool(mailbox.address) and bool(getattr(mailbox, "is_verified", False))
