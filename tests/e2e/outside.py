"""The world around an installation: the customer's mail server and a candidate's mailbox.

``Peers`` are Postfix and Dovecot, ``Loopback`` the servers of ``tests.mailservers``, which play the
same part where Debian's are not installed. Both know these people by address:

- ``jobs``: the company's own address; its server redirects every mail to the recruiting address.
- ``berlin``: the subcompany's address; its mailbox is read by IMAP and redirects nothing.
- ``mia``: a candidate.
"""

import email
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import default as policy
from typing import Protocol

from tests.e2e.installation import Installation
from tests.mailservers import ImapServer, SmtpServer
from tests.servers import places
from tests.servers.dovecot import User
from tests.servers.world import World

PASSWORD = "pässword with spaces"
PATIENCE = 60.0


class Outside(Protocol):
    jobs: str
    berlin: str
    mia: str

    def connect(self, posthorn: Installation) -> None:
        """Redirect what ``jobs`` receives to the installation's own SMTP server."""

    def smtp(self, address: str) -> dict[str, object]:
        """The fields of a ``Mailbox`` that sends through this world."""

    def imap(self, address: str) -> dict[str, object]:
        """The fields of a ``Mailbox`` that is read from this world."""

    def inbox(self, address: str, count: int) -> list[EmailMessage]:
        """Wait until a person has that many mails and return them."""

    def send(self, mail: EmailMessage) -> None:
        """Send a mail of somebody outside to the address in its To."""


class Peers:
    def __init__(self, world: World, *, domain: str, recruiting_domain: str, name: str) -> None:
        self.world = world
        self.recruiting_domain = recruiting_domain
        self.jobs, self.berlin, self.mia = (
            f"{person}.{name}@{domain}" for person in ("jobs", "berlin", "mia")
        )
        redirect = f'require "copy";\nredirect :copy "acme-jobs@{recruiting_domain}";\n'
        world.dovecot.add(User(self.jobs, PASSWORD, redirect))
        for address in (self.berlin, self.mia):
            world.dovecot.add(User(address, PASSWORD))

    def connect(self, posthorn: Installation) -> None:
        self.world.postfix.route(self.recruiting_domain, posthorn.inbound_port)

    def smtp(self, address: str) -> dict[str, object]:
        return _smtp(address, self.world.postfix.submission)

    def imap(self, address: str) -> dict[str, object]:
        return _imap(address, self.world.dovecot.imap)

    def inbox(self, address: str, count: int) -> list[EmailMessage]:
        mails = self.world.dovecot.wait_for(address, count, patience=PATIENCE)
        return [read(raw) for raw in mails]

    def send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("localhost", self.world.postfix.smtp) as connection:
            connection.send_message(mail)


class Loopback:
    def __init__(self, tls: ssl.SSLContext, *, recruiting_domain: str) -> None:
        self.jobs, self.berlin, self.mia = (
            f"{person}@outside.test" for person in ("jobs", "berlin", "mia")
        )
        self.recruiting_address = f"acme-jobs@{recruiting_domain}"
        accounts = {self.jobs: PASSWORD, self.berlin: PASSWORD}
        self.smtp_server = SmtpServer(accounts=accounts, tls=tls).start()
        capabilities = "IMAP4rev1 STARTTLS AUTH=PLAIN"
        self.imap_server = ImapServer(accounts=accounts, tls=tls, capabilities=capabilities).start()

    def stop(self) -> None:
        self.smtp_server.stop()
        self.imap_server.stop()

    def connect(self, posthorn: Installation) -> None:
        self.posthorn = posthorn

    def smtp(self, address: str) -> dict[str, object]:
        return _smtp(address, self.smtp_server.port)

    def imap(self, address: str) -> dict[str, object]:
        return _imap(address, self.imap_server.port)

    def inbox(self, address: str, count: int) -> list[EmailMessage]:
        def mails() -> list[bytes]:
            return [mail.raw for mail in self.smtp_server.mails if address in mail.recipients]

        places.wait_until(lambda: len(mails()) >= count, f"{address} has {count} mails")
        return [read(raw) for raw in mails()]

    def send(self, mail: EmailMessage) -> None:
        if mail["To"] == self.berlin:
            self.imap_server.folders["INBOX"].add(
                mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
            )
            return
        with smtplib.SMTP(places.HOST, self.posthorn.inbound_port) as connection:
            connection.send_message(mail, to_addrs=[self.recruiting_address])


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=policy)


def write(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """A mail from outside; with the subject of a mail it answers and ``reply_to`` it is a reply."""
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
