import os
import signal
import smtplib
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from companies.models import Company
from mailsettings.models import Delivery, IncomingMail, MailFolder
from tests.factories import raw_mail
from tests.mailservers import ImapServer

ROOT = Path(__file__).parents[3]
PATIENCE = 30.0


def test_fetchmail_polls_and_routes(
    folder: MailFolder,
    company: Company,
    imap_server: ImapServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    imap_server.folders["INBOX"].add(raw_mail())
    call_command("fetchmail")
    assert Delivery.objects.get().company == company
    assert capsys.readouterr().out == "Polled 1 folders, routed 1 mails.\n"


def test_fetchmail_all_does_not_wait_for_the_turn(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    call_command("fetchmail")
    imap_server.folders["INBOX"].add(raw_mail())
    call_command("fetchmail")
    assert not Delivery.objects.exists()
    call_command("fetchmail", all=True)
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("listen", ["", "8026", "127.0.0.1:", "localhost:smtp"])
def test_receive_mail_says_what_it_needs(listen: str) -> None:
    with pytest.raises(CommandError, match="Say where to listen"):
        call_command("receive_mail", listen=listen)


def test_receive_mail_says_that_the_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CommandError, match=f"Cannot listen on {listen}"):
            call_command("receive_mail", listen=listen)


def child_environment() -> dict[str, str]:
    """What another process needs to work on this test's database."""
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        login = f"{database['USER']}:{database['PASSWORD']}"
        url = f"postgres://{login}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "ats.settings",
        "RECRUITING_DOMAIN": "in.posthorn.example",
    }


@pytest.mark.django_db(transaction=True)
def test_receive_mail_accepts_mail_until_it_is_told_to_stop(company: Company) -> None:
    command = [sys.executable, "manage.py", "receive_mail", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=child_environment(), stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout
            port = int(child.stdout.readline().rstrip(".\n").rpartition(" ")[2])
            with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
                client.sendmail("mia@mail.example", ["acme-jobs@in.posthorn.example"], raw_mail())
            child.send_signal(signal.SIGTERM)
            assert child.wait(PATIENCE) == 0
            assert child.stdout.read() == "Stopped.\n"
        finally:
            child.kill()
    assert IncomingMail.objects.get().envelope_recipients == ["acme-jobs@in.posthorn.example"]
