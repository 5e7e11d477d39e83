"""Notifications by mail, through the platform: at once or once a day, several for one reader in one mail."""

import logging
from collections.abc import Sequence
from itertools import groupby

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from recruiting.conversation.colleagues import notify
from recruiting.models import Notification, TeamNotifications
from recruiting.models.notifications import ByMail

logger = logging.getLogger(__name__)


def send(cadence: str = ByMail.NOW) -> int:
    """Mail what is due; return how many mails were handed over.

    A row is taken before its mail leaves: one that may have left is never sent again.
    """
    count = 0
    for _reader, rows in groupby(
        notify.due(cadence), key=lambda row: (row.member_id, row.company_id, row.address)
    ):
        taken = [row for row in rows if _take(row, cadence)]
        count += bool(taken) and _mail(taken)
    return count


def _take(row: Notification, cadence: str) -> bool:
    waiting = Notification.objects.filter(pk=row.pk, mail=cadence)
    return bool(waiting.update(mail=ByMail.SENT))


def _mail(rows: Sequence[Notification]) -> bool:
    first = rows[0]
    reader = first.member.user if first.member else None
    team = TeamNotifications.objects.filter(company=first.company_id).first()
    with_names = team.with_names if team else True
    language = (reader.language if reader else "") or first.company.default_language
    with translation.override(language):
        told = [
            (row.sentence(with_names=with_names), f"{settings.PUBLIC_URL}{row.path()}")
            for row in rows
        ]
        subject = (
            told[0][0] if len(told) == 1 else _("%(count)d things happened") % {"count": len(told)}
        )
        context = {
            "told": told,
            "company": first.company,
            "settings_url": settings.PUBLIC_URL + reverse("recruiting:notification-settings"),
        }
        text = render_to_string("emails/notifications.txt", context)
    try:
        send_mail(
            " ".join(subject.split()), text, None, [reader.email if reader else first.address]
        )
    except Exception:  # whatever the mail server said: the row tells, and the others go on
        logger.exception("notifications of %s could not be mailed", first.member_id or "a team")
        Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mail=ByMail.FAILED)
        return False
    return True
