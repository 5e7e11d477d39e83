"""Fixtures of the wire tests: loopback servers, and what a client needs to reach them."""

import ipaddress
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from mailsettings.wire import smtp
from mailsettings.wire.net import Encryption
from tests.mailservers import (  # noqa: F401 -- fixtures
    ImapServer,
    SmtpServer,
    imap_server,
    server_context,
    smtp_server,
)
from tests.servers.certs import Certificate

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]
TIMEOUT = 5.0


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate for localhost whose authority this test trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    return certificate


@pytest.fixture
def tls_server(certificate: Certificate) -> Iterator[SmtpServer]:
    """An SMTP server with STARTTLS and the account ``anna``."""
    server = SmtpServer(tls=server_context(certificate), accounts={"anna": "secret"}).start()
    yield server
    server.stop()


def open_smtp(
    server: Any,
    encryption: Encryption = Encryption.NONE,
    account: str = "",
    password: str = "secret",
    **options: Any,
) -> AbstractContextManager[smtp.Connection]:
    """Open a session with a server of these tests (anything that has a ``port``)."""
    options = {"timeout": TIMEOUT, "allowed_networks": LOOPBACK, "host": "127.0.0.1", **options}
    address = smtp.Server(options.pop("host"), server.port, encryption, account, password)
    return smtp.session(address, ehlo_name="posthorn.example", **options)
