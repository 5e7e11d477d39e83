"""Looking for an unconfirmed mail in the Sent folder of its account, before a person sends it again.

Gmail, Microsoft and others file what they took by themselves: a copy there proves that it left.
"""

import logging

from django.db import transaction
from django.utils import timezone

from companies import audit
from companies.audit import Actor
from mailsettings.encryption import DecryptionError
from mailsettings.inbound import folders
from mailsettings.mime.compose import ID_FIELDS
from mailsettings.models import OutgoingMail
from mailsettings.outbound import doorbell
from mailsettings.wire import copies, imap

log = logging.getLogger(__name__)
Look = OutgoingMail.Look
TIMEOUT = 20.0  # seconds


def ask(mail: OutgoingMail, *, by: Actor) -> bool:
    """Have a worker look; return whether there is something to look for and somewhere to look."""
    from mailsettings.tasks import look_in_sent  # noqa: PLC0415 -- upward as in outbox

    if not mail.can_be_looked_for:
        return False
    with transaction.atomic():
        open_question = OutgoingMail.objects.filter(
            pk=mail.pk, state=OutgoingMail.State.UNCONFIRMED
        )
        if not open_question.update(look=Look.ASKED, looked_at=timezone.now()):
            return False
        audit.record(mail.company, "outgoing_mail.looked_for", mail, by=by)
        doorbell.ring_after_commit(look_in_sent, about=None)
    return True


def look_for_asked() -> int:
    """Look for every mail somebody asked about; return for how many. Safe to call twice and at once."""
    asked = OutgoingMail.objects.filter(
        state=OutgoingMail.State.UNCONFIRMED, look=Look.ASKED
    ).select_related("mailbox")
    done = 0
    for mail in asked[:20]:
        _record(mail, _look(mail))
        done += 1
    return done


def _look(mail: OutgoingMail) -> str:
    try:
        source = folders.source_for(mail.mailbox) if mail.mailbox else None
        if source is None:
            return Look.FAILED
        with imap.session(source.open_account(), timeout=TIMEOUT) as client:
            folder = copies.sent_folder(client)
            if folder is None:
                return Look.FAILED
            found = copies.holds(client, folder, mail.message_id, ID_FIELDS)
            return Look.FOUND if found else Look.MISSING
    except (imap.ImapError, DecryptionError, OSError) as error:
        log.warning("mail %s could not be looked for: %s", mail.pk, error)
        return Look.FAILED


def _record(mail: OutgoingMail, result: str) -> None:
    """Write down what was found; a copy settles the mail. Nothing changes for a mail that was settled meanwhile."""
    fields: dict[str, object] = {"look": result, "looked_at": timezone.now()}
    if result == Look.FOUND:
        fields |= {"state": OutgoingMail.State.SENT, "sent_at": mail.data_started_at}
    with transaction.atomic():
        mine = OutgoingMail.objects.filter(
            pk=mail.pk, state=OutgoingMail.State.UNCONFIRMED, look=Look.ASKED
        )
        if mine.update(**fields) and result == Look.FOUND:
            mail.recipients.filter(state="pending").update(state="accepted")
