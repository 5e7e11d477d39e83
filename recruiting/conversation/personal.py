"""Which mails of a recruiter's own mailbox are the company's business."""

from mailsettings.inbound import polling
from mailsettings.mime.parse import ParsedMail
from mailsettings.models import Mailbox
from recruiting.conversation import matching


def is_wanted(mailbox: Mailbox, header: ParsedMail) -> bool:
    """Say, by its header alone, whether a mail belongs to a candidate of the mailbox's company."""
    return matching.find(mailbox.company, header).candidate is not None


def read(folder_id: int) -> int:
    """Store what is new and wanted in a folder of a personal mailbox; return how many mails."""
    return polling.poll(folder_id, wanted=is_wanted)
