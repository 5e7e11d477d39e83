"""Which mails of a recruiter's own mailbox are the company's business."""

from mailsettings.inbound import polling
from mailsettings.mime.machine import classify
from mailsettings.mime.parse import ParsedMail
from mailsettings.models import Mailbox
from recruiting.conversation import matching
from recruiting.models import Message

DAEMONS = ("mailer-daemon", "postmaster")


def is_wanted(mailbox: Mailbox, mail: ParsedMail, is_whole: bool) -> bool:
    """Say whether a mail belongs to a candidate of the mailbox's company, or is about one we sent.

    Of most mails only the header is ever seen. What may be a bounce is looked at as a whole, in memory,
    because only its inside names the mail that came back.
    """
    if matching.find(mailbox.company, mail).candidate is not None:
        return True
    if not _may_be_bounce(mail):
        return False
    return not is_whole or _is_about_ours(mailbox, mail)


def read(folder_id: int) -> int:
    """Store what is new and wanted in a folder of a personal mailbox; return how many mails."""
    return polling.poll(folder_id, wanted=is_wanted)


def _may_be_bounce(mail: ParsedMail) -> bool:
    sender = mail.sender.addr_spec.partition("@")[0].lower() if mail.sender else ""
    return mail.content_type == "multipart/report" or sender in DAEMONS


def _is_about_ours(mailbox: Mailbox, mail: ParsedMail) -> bool:
    original = classify(mail).original_message_id
    return (
        bool(original)
        and Message.objects.filter(
            company=mailbox.company, direction=Message.Direction.OUT, message_id=original
        ).exists()
    )
