"""A mailbox that cannot be read: said once when that has lasted a while, and once when it is over.

Polling goes on by itself after a growing pause, so nobody has to switch anything on again.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from companies.models import Membership
from companies.models.memberships import MembershipQuerySet
from mailsettings.models import Mailbox, MailFolder, ProbeRun, Proof
from mailsettings.proofs import alarms
from mailsettings.proofs.explanations.said import translated

LASTS = timedelta(minutes=15)  # until it is more than the hiccup of a server

logger = logging.getLogger(__name__)


def tell_due() -> int:
    """Tell of the mailboxes that broke or work again; each once, whoever runs this. Return how many."""
    read = MailFolder.objects.filter(purpose=MailFolder.Purpose.INBOX).select_related("mailbox")
    now = timezone.now()
    broken = read.broken(now - LASTS).filter(alarmed_at=None)
    healed = read.filter(failing_since=None, alarmed_at__isnull=False)
    told = sum(_note(folder, alarmed_at=now) for folder in broken)
    return told + sum(_note(folder, alarmed_at=None) for folder in healed)


def _note(folder: MailFolder, **alarm: object) -> bool:
    """Remember the alarm, or its end, and tell if this caller is the one that did."""
    with transaction.atomic():
        mine = MailFolder.objects.filter(
            pk=folder.pk, alarmed_at=folder.alarmed_at, failing_since=folder.failing_since
        )
        if not mine.update(**alarm):
            return False
        if folder.mailbox is None:
            logger.error("the platform's mailbox %s: %s", folder.server, folder.last_error or "ok")
        elif not _is_told(folder.mailbox):
            alarms.tell(_repairers(folder.mailbox), lambda: _words(folder))
    return True


def _is_told(mailbox: Mailbox) -> bool:
    """Whether the daily check has told of the same server already."""
    failing = Proof.objects.filter(mailbox=mailbox, kind=ProbeRun.Kind.IMAP).failing()
    return failing.exists()


def _repairers(mailbox: Mailbox) -> MembershipQuerySet:
    if mailbox.user_id:
        members = Membership.objects.active().filter(company=mailbox.company_id)
        return members.filter(user=mailbox.user_id)
    return alarms.repairers(mailbox.company, mailbox.subcompany_id)


def _words(folder: MailFolder) -> tuple[str, str]:
    mailbox = folder.mailbox
    page = "personal" if mailbox and mailbox.user_id else "email-settings"
    values = {
        "mailbox": mailbox,
        "error": translated(folder.last_error),
        "link": alarms.link(f"mailsettings:{page}"),
    }
    if folder.failing_since is None:
        return (
            _("%(mailbox)s is read again") % values,
            _("The mailbox %(mailbox)s can be read again. What came meanwhile is being fetched.\n")
            % values,
        )
    text = _(
        "The mailbox %(mailbox)s cannot be read. The server says:\n%(error)s\n\n"
        "It is tried again every 15 minutes, and nothing is lost: mail stays there until it is fetched. "
        "You will hear once more when it works.\n\nThe email settings:\n%(link)s\n"
    )
    return _("%(mailbox)s cannot be read") % values, text % values
