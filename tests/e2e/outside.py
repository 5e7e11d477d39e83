"""The world around an installation, played by Postfix and Dovecot. These people are in it, by address:

- ``jobs``: the company's own address; its server redirects every mail to the recruiting address.
- ``berlin``: the subcompany's address; its mailbox is read by IMAP and redirects nothing.
- ``mia``: a candidate.
"""

import email
import smtplib
from email.message import EmailMessage
from email.policy import default as policy

from tests.servers.dovecot import User
from tests.servers.world import World

PASSWORD = "pässword with spaces"
PATIENCE = 120.0


class Outside:
    """Postfix and Dovecot, as the customer's and the candidate's provider."""

    def __init__(self, world: World, *, domain: str, recruiting_domain: str, name: str) -> None:
        self.world = world
        self.jobs, self.berlin, self.mia = (
            f"{person}.{name}@{domain}" for person in ("jobs", "berlin", "mia")
        )
        redirect = f'require "copy";\nredirect :copy "acme-jobs@{recruiting_domain}";\n'
        world.dovecot.add(User(self.jobs, PASSWORD, redirect))
        for address in (self.berlin, self.mia):
            world.dovecot.add(User(address, PASSWORD))

    def smtp(self, address: str) -> dict[str, object]:
        """The fields of a ``Mailbox`` that sends through this world."""
        return _smtp(address, self.world.postfix.submission)

    def imap(self, address: str) -> dict[str, object]:
        """The fields of a ``Mailbox`` that is read from this world."""
        return _imap(address, self.world.dovecot.imap)

    def inbox(self, address: str, count: int) -> list[EmailMessage]:
        """Wait until a person has that many mails and return them."""
        mails = self.world.dovecot.wait_for(address, count, patience=PATIENCE)
        return [read(raw) for raw in mails]

    def send(self, mail: EmailMessage) -> None:
        """Send a mail of somebody outside to the address in its To."""
        with smtplib.SMTP("localhost", self.world.postfix.smtp) as connection:
            connection.send_message(mail)


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=policy)


def write(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """A mail from somebody outside."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = email.utils.make_msgid(domain="mail.example")
    mail["Date"] = email.utils.localtime()
    mail.set_content(text)
    return mail


def reply(to: EmailMessage, text: str) -> EmailMessage:
    """What the recipient's mail program makes of "Reply": to Reply-To, else From, in the thread."""
    mail = write(to["To"], "", f"Re: {to['Subject']}", text)
    del mail["To"]
    answered = to["Reply-To"] or to["From"]
    mail["To"] = answered.addresses[0].addr_spec
    mail["In-Reply-To"] = to["Message-ID"]
    mail["References"] = f"{to['References'] or ''} {to['Message-ID']}".strip()
    return mail


def _smtp(address: str, port: int) -> dict[str, object]:
    return {
        "address": address,
        "use_for_sending": True,
        "smtp_host": "localhost",
        "smtp_port": port,
        "smtp_encryption": "starttls",
        "smtp_account": address,
        "smtp_password": PASSWORD,
    }


def _imap(address: str, port: int) -> dict[str, object]:
    return {
        "imap_host": "localhost",
        "imap_port": port,
        "imap_encryption": "starttls",
        "imap_account": address,
        "imap_password": PASSWORD,
    }
