"""The server that takes the mails. Imports nothing of Django: it runs in a fresh process."""

from tests.mailservers import SmtpServer

ACCOUNT, PASSWORD = "jobs@acme.example", "sandbox"


def start() -> SmtpServer:
    return SmtpServer(accounts={ACCOUNT: PASSWORD}).start()
