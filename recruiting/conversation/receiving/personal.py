"""Which mails of a recruiter's own mailbox, and which sent mails of any, are the company's business."""

from collections.abc import Sequence

from mailsettings.inbound import polling, redirects
from mailsettings.mime.machine import classify
from mailsettings.mime.parse import ParsedMail
from mailsettings.models import Mailbox, MailFolder
from recruiting.conversation.receiving import matching
from recruiting.models import Message

DAEMONS = ("mailer-daemon", "postmaster")


def choose(folder: MailFolder, mails: Sequence[ParsedMail], is_whole: bool) -> list[bool]:
    """Say which mails belong to a candidate of the mailbox's company, or are about one we sent.

    Of most mails only the header is ever seen. What may be a bounce is looked at as a whole, in memory,
    because only its inside names the mail that came back. Of sent mails those count that a person wrote
    to a candidate elsewhere: not what we sent ourselves. Test mails of ours belong to nobody.
    """
    mailbox = folder.mailbox
    if mailbox is None:
        return [False] * len(mails)
    letters = [matching.Letter(mailbox.company_id, mail, is_sent=folder.is_sent) for mail in mails]
    book = matching.Book(letters)
    belong = [
        book.find(letter).candidate is not None and not redirects.is_test(letter.mail)
        for letter in letters
    ]
    if folder.is_sent:
        had = _list_sent(mailbox, mails)
        return [
            belongs and mail.message_id not in had and mail.auto_submitted.lower() in ("", "no")
            for belongs, mail in zip(belong, mails, strict=True)
        ]
    return [
        belongs or (_may_be_bounce(mail) and (not is_whole or _is_about_ours(mailbox, mail)))
        for belongs, mail in zip(belong, mails, strict=True)
    ]


def read(folder_id: int) -> int:
    """Store what is new and wanted in a folder that is not read whole; return how many mails."""
    return polling.poll(folder_id, wanted=choose)


def _list_sent(mailbox: Mailbox, mails: Sequence[ParsedMail]) -> set[str]:
    """Those Message-IDs of the mails that stand in a conversation as sent already."""
    ids = {mail.message_id for mail in mails if mail.message_id}
    sent = Message.objects.filter(company=mailbox.company_id, direction=Message.Direction.OUT)
    return set(sent.filter(message_id__in=ids).values_list("message_id", flat=True))


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
