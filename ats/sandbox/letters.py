"""Mails as people in the world outside write them."""

import mimetypes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from ats.sandbox import world
from mailsettings.mime.parse import ParsedMail


def write(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    attachment: "UploadedFile[Any] | None" = None,
    answers: ParsedMail | None = None,
) -> bytes:
    """Return the mail as bytes. ``answers`` is the mail it replies to: its thread is carried on."""
    letter = EmailMessage(SMTP)
    letter["From"] = Address(world.display_name(sender), addr_spec=sender)
    letter["To"] = to
    letter["Subject"] = subject
    letter["Date"] = formatdate(localtime=True)
    letter["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    if answers and answers.message_id:
        letter["In-Reply-To"] = answers.message_id
        letter["References"] = " ".join([*answers.references, answers.message_id])
    letter.set_content(text)
    if attachment:
        guess = mimetypes.guess_type(attachment.name or "")[0] or "application/octet-stream"
        main, _slash, sub = guess.partition("/")
        letter.add_attachment(
            attachment.read(), maintype=main, subtype=sub, filename=attachment.name
        )
    return letter.as_bytes()


def quote(mail: ParsedMail) -> str:
    """The text of a mail as its answer quotes it."""
    author = mail.sender.addr_spec if mail.sender else ""
    intro = _("On %(date)s, %(author)s wrote:") % {
        "date": mail.date.strftime("%d %B %Y, %H:%M") if mail.date else "",
        "author": author,
    }
    quoted = "\n".join(f"> {line}".rstrip() for line in mail.text.splitlines())
    return f"\n\n{intro}\n{quoted}\n"
