"""The sandbox's SMTP and IMAP servers, spoken to by our own wire modules and by plain smtplib."""

import smtplib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from ats.sandbox import boxes, world
from mailsettings.wire import imap, smtp
from mailsettings.wire.net import Encryption
from tests.ats.conftest import LETTER, Servers

STARTTLS = Encryption.STARTTLS


def send(servers: Servers, account: str, sender: str, to: str, password: str = "sandbox") -> None:
    server = smtp.Server("127.0.0.1", servers.smtp, STARTTLS, account, password)
    with smtp.session(server, timeout=10, ehlo_name="posthorn.example") as connection:
        smtp.transmit(connection, smtp.Envelope(sender, (to,)), LETTER, before_data=lambda: None)


def fetch(servers: Servers, account: str, password: str = "sandbox") -> list[bytes | None]:
    login = imap.Account("localhost", servers.imap, STARTTLS, account, password)
    with imap.session(login, timeout=10) as client:
        imap.open_folder(client, "INBOX")
        return [mail.raw for batch in imap.fetch_since(client, 0) for mail in batch]


def test_mail_sent_with_starttls_and_login_is_read_by_imap_byte_for_byte(servers: Servers) -> None:
    send(servers, "platform", "anybody@else.example", world.CANDIDATE)
    (raw,) = fetch(servers, world.CANDIDATE)
    assert raw is not None
    assert raw.endswith(b"\r\n" + LETTER)


def test_redirected_mail_waits_in_the_catch_all(servers: Servers) -> None:
    send(servers, "platform", world.CANDIDATE, world.JOBS)
    assert len(fetch(servers, world.CATCH_ALL)) == 1


def test_uids_grow_as_mail_arrives_between_sessions(servers: Servers) -> None:
    login = imap.Account("127.0.0.1", servers.imap, STARTTLS, world.BERLIN, "sandbox")
    for expected in ([1], [1, 2]):
        world.receive(LETTER, sender="a@b.example", recipients=[world.BERLIN])
        with imap.session(login, timeout=10) as client:
            imap.open_folder(client, "INBOX")
            assert list(imap.list_uids(client)) == expected


def test_account_sends_under_its_own_address_only(servers: Servers) -> None:
    send(servers, world.JOBS, world.JOBS, world.CANDIDATE)
    with pytest.raises(smtp.SendError) as refused:
        send(servers, world.JOBS, world.BERLIN, world.CANDIDATE)
    assert refused.value.permanent
    assert "not owned by user jobs@acme.example" in refused.value.reply


def test_unknown_recipient_is_told_550(servers: Servers) -> None:
    with pytest.raises(smtp.SendError) as refused:
        send(servers, "platform", world.JOBS, "nobody@acme.example")
    assert refused.value.permanent
    assert "User unknown" in refused.value.reply


@pytest.mark.parametrize("account", [world.JOBS, "nobody@acme.example"])
def test_wrong_password_or_name_is_let_in_nowhere(servers: Servers, account: str) -> None:
    with pytest.raises(smtp.SendError) as at_smtp:
        send(servers, account, account, world.CANDIDATE, password="wrong")
    assert at_smtp.value.account
    with pytest.raises(imap.ImapError) as at_imap:
        fetch(servers, account, password="wrong")
    assert at_imap.value.account


def test_nobody_sends_without_tls_and_login(servers: Servers) -> None:
    with smtplib.SMTP("127.0.0.1", servers.smtp) as connection:
        connection.ehlo()
        assert not connection.has_extn("auth")
        assert connection.mail(world.JOBS)[0] == 530


def test_command_refuses_to_run_without_debug(outside: Path, settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="for development only"):
        call_command("mailsandbox")
    assert not boxes.root().exists()


def test_command_names_a_taken_port(servers: Servers) -> None:
    with pytest.raises(CommandError, match="cannot listen"):
        call_command("mailsandbox", smtp_port=servers.smtp, imap_port=servers.imap)
