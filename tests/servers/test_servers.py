"""The private servers do what the tests built on them take for granted."""

import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import places, postgres, redis
from tests.servers.dovecot import Dovecot, User
from tests.servers.postfix import Postfix, domain_at

pytestmark = pytest.mark.peers


class Sink:
    """Takes every mail and keeps it."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 kept"

    def wait(self) -> tuple[Envelope, Message]:
        places.wait_until(lambda: bool(self.envelopes), "a mail reaches the sink")
        envelope = self.envelopes[0]
        assert isinstance(envelope.content, bytes)
        return envelope, message_from_bytes(envelope.content)


@pytest.fixture
def sink(postfix: Postfix) -> Iterator[Sink]:
    """An SMTP server to which Postfix hands the mail for its ``domain``."""
    (port,) = places.free_ports(1)
    sink = Sink(domain_at(port))
    controller = Controller(sink, hostname=places.HOST, port=port)
    controller.start()
    yield sink
    controller.stop()


def write(sender: str, recipient: str, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
    mail["Message-ID"] = f"<{subject.replace(' ', '-')}@world.test>"
    mail.set_content("Guten Tag!\n")
    return mail


def submit(postfix: Postfix, user: User, mail: EmailMessage) -> None:
    with smtplib.SMTP("localhost", postfix.submission) as connection:
        connection.starttls(context=ssl.create_default_context())
        connection.login(user.address, user.password)
        connection.send_message(mail)


def test_a_user_logs_in_by_imap_with_and_without_starttls(dovecot: Dovecot) -> None:
    user = dovecot.add(User("imap@example.test", "pässword"))
    with imaplib.IMAP4_SSL(
        "localhost", dovecot.imaps, ssl_context=ssl.create_default_context()
    ) as client:
        client.authenticate("PLAIN", lambda _: f"\0{user.address}\0{user.password}".encode())
        assert client.select("INBOX")[0] == "OK"
    with imaplib.IMAP4("localhost", dovecot.imap) as client:
        client.starttls(ssl.create_default_context())
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login(user.address, "wrong")


def test_mail_submitted_with_starttls_and_login_reaches_the_mailbox(
    dovecot: Dovecot, postfix: Postfix
) -> None:
    anna = dovecot.add(User("anna.submits@example.test", "secret"))
    ben = dovecot.add(User("ben.receives@example.test", "secret"))
    submit(postfix, anna, write(anna.address, ben.address, "by submission"))
    assert b"Subject: by submission" in dovecot.wait_for(ben.address)[0]
    with smtplib.SMTP_SSL(
        "localhost", postfix.submissions, context=ssl.create_default_context()
    ) as connection:
        connection.login(anna.address, anna.password)
        connection.send_message(write(anna.address, ben.address, "by submissions"))
    assert len(dovecot.wait_for(ben.address, 2)) == 2


def test_submission_without_login_is_refused(postfix: Postfix) -> None:
    with smtplib.SMTP("localhost", postfix.submission) as connection:
        connection.starttls(context=ssl.create_default_context())
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            connection.send_message(write("eve@world.test", "eve@world.test", "no login"))


def test_strangers_reach_local_and_routed_domains_but_no_other(
    dovecot: Dovecot, postfix: Postfix, sink: Sink
) -> None:
    user = dovecot.add(User("open@example.test", "secret"))
    with smtplib.SMTP("localhost", postfix.smtp) as connection:
        connection.send_message(write("eve@world.test", user.address, "to a mailbox"))
        connection.send_message(write("eve@world.test", f"acme-jobs@{sink.domain}", "to us"))
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            connection.send_message(write("eve@world.test", "x@elsewhere.test", "relayed"))
    dovecot.wait_for(user.address)
    assert sink.wait()[0].rcpt_tos == [f"acme-jobs@{sink.domain}"]


def test_a_sieve_redirect_arrives_with_its_headers_kept(
    dovecot: Dovecot, postfix: Postfix, sink: Sink
) -> None:
    script = f'redirect :copy "acme-jobs@{sink.domain}";'
    jobs = dovecot.add(User("jobs@example.test", "secret", f'require "copy";\n{script}\n'))
    with smtplib.SMTP("localhost", postfix.smtp) as connection:
        connection.send_message(write("cleo@world.test", jobs.address, "my application"))
    envelope, mail = sink.wait()
    assert envelope.rcpt_tos == [f"acme-jobs@{sink.domain}"]
    assert mail["From"] == "cleo@world.test"
    assert mail["To"] == jobs.address
    assert mail["Message-ID"] == "<my-application@world.test>"
    assert mail["X-Sieve-Redirected-From"] == jobs.address
    assert len(dovecot.wait_for(jobs.address)) == 1


def test_mail_to_an_unknown_user_bounces_into_the_senders_mailbox(
    dovecot: Dovecot, postfix: Postfix
) -> None:
    user = dovecot.add(User("bounced@example.test", "secret"))
    submit(postfix, user, write(user.address, "nobody@example.test", "into the void"))
    bounce = message_from_bytes(dovecot.wait_for(user.address)[0])
    assert bounce.get_content_type() == "multipart/report"
    assert bounce["Return-Path"] == "<>"


def test_postgres_and_redis_answer() -> None:
    try:
        with postgres.run() as database, psycopg.connect(database.url) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == ("posthorn",)
        with redis.run() as broker:
            assert places.listens(broker.port)
    except places.Absent as reason:
        pytest.skip(str(reason))
