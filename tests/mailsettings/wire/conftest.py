"""Fixtures of the wire tests: loopback servers, and what a client needs to reach them."""

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mailsettings.wire import imap, net, smtp
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
def expired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server shows whose trusted certificate ran out yesterday."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=90))
        .not_valid_after(now - dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = tmp_path / "expired.pem", tmp_path / "expired.key"
    chain.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return context


@pytest.fixture
def public_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let loopback play the internet: public addresses, and every port a mail port."""
    monkeypatch.setattr(net, "_is_public", lambda address: True)
    monkeypatch.setattr(net, "MAIL_PORTS", range(1, 65536))


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


def open_imap(
    server: Any,
    encryption: Encryption = Encryption.NONE,
    account: str = "anna",
    password: str = "secret",
    **options: Any,
) -> AbstractContextManager[imap.Client]:
    """Open a mailbox on a server of these tests (anything that has a ``port``)."""
    options = {"timeout": TIMEOUT, "allowed_networks": LOOPBACK, "host": "127.0.0.1", **options}
    address = imap.Account(options.pop("host"), server.port, encryption, account, password)
    return imap.session(address, **options)
