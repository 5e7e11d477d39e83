"""Servers and settings that fail, one for each class of failure that the settings page explains."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from mailsettings.encryption import Sealed
from mailsettings.models import Mailbox, OAuthGrant
from mailsettings.proofs import mixups
from mailsettings.wire import net
from tests.mailapiserver import MailApiServer
from tests.mailservers import ImapServer, Script, SmtpServer, server_context
from tests.mailsettings.personal.test_oauth import point_to
from tests.oauthserver import OAuthServer
from tests.servers.certs import Certificate

LOGIN = {"smtp_account": "jobs", "smtp_password": "secret"}
READER = {"imap_host": "127.0.0.1", "imap_encryption": "none", "imap_account": "anna"}
OFFER = "250-x\r\n250 AUTH PLAIN"


@dataclass
class World:
    """What a scenario can turn: the servers, the mailbox's settings, and the machine."""

    smtp: SmtpServer
    imap: ImapServer
    mailbox: Mailbox
    certificate: Certificate
    expired: ssl.SSLContext
    patch: pytest.MonkeyPatch
    settings: Any
    oauth: OAuthServer
    api: MailApiServer
    kind: str = "smtp"
    changes: dict[str, Any] = field(default_factory=dict)


Scenario = Callable[[World], AbstractContextManager[None]]


def with_settings(kind: str = "smtp", **changes: object) -> Scenario:
    """The mailbox is set up in this way; the servers are decent."""

    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        world.kind, world.changes = kind, changes
        yield

    return scenario


def says(*lines: str, encryption: str = "none", **changes: object) -> Scenario:
    """A server that says these lines and then no more."""

    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        with Script(*lines) as server:
            port = {"smtp_port": server.port, "smtp_encryption": encryption}
            world.changes = {**port, **changes}
            yield

    return scenario


def refuses_login(reply: str) -> Scenario:
    return says("220 x", OFFER, reply, "221 bye", **LOGIN)


def refuses(command: str, reply: str) -> Scenario:
    """A server that answers MAIL or RCPT in this way."""

    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        world.patch.setattr(world.smtp, command, reply)
        yield

    return scenario


def reads(world: World, **more: object) -> None:
    password = {"imap_password": "secret", "imap_port": world.imap.port}
    world.kind, world.changes = "imap", {**READER, **password, **more}


def imap(folder: str = "INBOX", **knobs: object) -> Scenario:
    """An IMAP server with a mail in its inbox that answers in this way."""

    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        for name, value in knobs.items():
            world.patch.setattr(world.imap, name, value)
        reads(world, imap_folder=folder)
        yield

    return scenario


def does_not_resolve(error: int | None) -> Scenario:
    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        def fail(*_: object, **__: object) -> None:
            raise socket.gaierror(error, "no")

        world.patch.setattr(socket, "getaddrinfo", fail)
        yield

    return scenario


@contextmanager
def no_way(world: World) -> Iterator[None]:
    def fail(*_: object) -> None:
        raise OSError(113, "No route to host")

    world.patch.setattr(socket.socket, "connect", fail)
    yield


@contextmanager
def private_host(world: World) -> Iterator[None]:
    world.patch.setattr(net, "_networks", lambda _: [])
    yield


@contextmanager
def odd_port(world: World) -> Iterator[None]:
    world.patch.setattr(net, "_networks", lambda _: [])
    world.patch.setattr(net, "_is_public", lambda _: True)
    yield


@contextmanager
def password_in_clear(world: World) -> Iterator[None]:
    with odd_port(world), says("220 x", OFFER, "235 ok", **LOGIN)(world):
        world.patch.setattr(net, "MAIL_PORTS", range(1, 65536))
        yield


def silent(encryption: str) -> Scenario:
    """Somebody takes the connection and never says a word."""

    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            world.changes = {"smtp_port": port, "smtp_encryption": encryption}
            yield

    return scenario


@contextmanager
def unheard(world: World) -> Iterator[None]:
    """A queue that is full, so that further calls go unheard, as behind a firewall."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for caller in (first, second):
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        world.changes = {"smtp_port": listener.getsockname()[1]}
        yield


def under_tls(
    context: Callable[[World], ssl.SSLContext], host: str = "localhost", encryption: str = "ssl"
) -> Scenario:
    """A server with TLS from the first byte, and this certificate or these versions of TLS."""

    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        server = SmtpServer(tls=context(world), implicit_tls=True).start()
        where = {"smtp_host": host, "smtp_port": server.port}
        world.changes = {**where, "smtp_encryption": encryption}
        yield
        server.stop()

    return scenario


def usual(world: World) -> ssl.SSLContext:
    return server_context(world.certificate)


def trusted(world: World) -> ssl.SSLContext:
    world.patch.setenv("SSL_CERT_FILE", str(world.certificate.authority))
    return server_context(world.certificate)


@contextmanager
def outdated_tls(world: World) -> Iterator[None]:
    """A server that knows nothing newer than TLS 1.1, and says so."""
    context = trusted(world)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = ImapServer(tls=context, implicit_tls=True).start()
    reads(world, imap_host="localhost", imap_port=server.port, imap_encryption="ssl")
    yield
    server.stop()


def mixed_up(kind: str, greeting: str = "* OK ready") -> Scenario:
    """One protocol's port is given for the other's, or one that greets otherwise."""

    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        world.patch.setattr(mixups, "SNIFF", 5.0)
        world.patch.setattr(world.imap, "greeting", greeting)
        if kind == "smtp":
            world.changes = {"smtp_port": world.imap.port}
        else:
            reads(world, imap_port=world.smtp.port)
        yield

    return scenario


@contextmanager
def falls_silent(world: World) -> Iterator[None]:
    world.patch.setattr(world.smtp, "slow", {"mail": 5.0})
    yield


@contextmanager
def only_ascii(world: World) -> Iterator[None]:
    world.patch.setattr(world.smtp, "smtputf8", False)
    world.changes = {"address": "jöbs@acme.example"}
    yield


def granted(**fields: object) -> Scenario:
    """The mailbox is connected by OAuth, and its permission is in this state."""

    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        world.patch.setattr(world.smtp, "tokens", {"jobs": "the right one"})
        world.settings.MAIL_OAUTH = {"google": {"client_id": ""}, "microsoft": {"client_id": ""}}
        later = {"expires_at": timezone.now() + timedelta(hours=1), "access_token": "stale"}
        OAuthGrant.objects.create(
            mailbox=world.mailbox, **{**later, "provider": "google", **fields}
        )
        world.changes = {"smtp_account": "jobs", "smtp_password": ""}
        yield
        OAuthGrant.objects.all().delete()

    return scenario


@contextmanager
def not_let_in(world: World) -> Iterator[None]:
    """The tenant's administrator has not consented to our application."""
    long_ago = timezone.now() - timedelta(hours=1)
    with granted(provider="microsoft", tenant="acme.onmicrosoft.com", expires_at=long_ago)(world):
        point_to(world.oauth, world.settings)
        yield


def by_api(status: int, token: str = "stale") -> Scenario:
    """The mailbox sends by the Gmail API, which knows this token and answers with this status."""

    @contextmanager
    def scenario(world: World) -> Iterator[None]:
        world.api.tokens, world.api.refusal = {token}, (status, {}, {})
        world.settings.GMAIL_URL = world.api.url
        with granted()(world):
            world.changes = {"sends_by": "gmail"}
            yield

    return scenario


# By the step at which the test shows them.
SCENARIOS: dict[str, dict[str, Scenario]] = {
    "lookup": {
        "not_configured": with_settings(smtp_host=""),
        "dns_nxdomain": does_not_resolve(socket.EAI_NONAME),
        "dns_no_address": does_not_resolve(next(iter(net.NO_ADDRESS))),
        "dns_failed": does_not_resolve(socket.EAI_AGAIN),
        "blocked_private_address": private_host,
        "blocked_port": odd_port,
        "password_missing": with_settings(smtp_account="jobs", smtp_password=""),
        "oauth_reconnect_needed": granted(revoked_at=timezone.now()),
        "oauth_consent_missing": not_let_in,
        "oauth_unavailable": granted(expires_at=timezone.now() - timedelta(hours=1)),
    },
    "connect": {
        "refused": with_settings(smtp_port=1),
        "timeout_connect": unheard,
        "unreachable": no_way,
    },
    "greeting": {
        "timeout_banner": silent("none"),
        "wrong_protocol": says("HTTP/1.1 400 Bad Request"),
        "port_is_imap": mixed_up("smtp"),
        "port_is_pop": mixed_up("smtp", "+OK POP3 ready"),
        "port_is_no_mail": mixed_up("smtp", "SSH-2.0-OpenSSH_9.6"),
        "port_is_smtp": mixed_up("imap"),
        "plain_on_tls_port": under_tls(usual, encryption="none"),
        "greeting_refused": says("421 4.3.2 too busy for you"),
        "ip_not_allowed": says("554 5.7.1 Client host rejected: Access denied"),
        "connection_lost": says("220 x", ""),
    },
    "starttls": {
        "starttls_not_offered": says("220 x", "250-x\r\n250 SIZE", encryption="starttls"),
        "starttls_stripped": says("220 x", "250-x\r\n250 XXXXXXXA", encryption="starttls"),
        "starttls_refused": says(
            "220 x", "250-x\r\n250 STARTTLS", "454 4.7.0 not now", encryption="starttls"
        ),
    },
    "tls": {
        "tls_on_plain_port": with_settings(smtp_encryption="ssl"),
        "timeout_tls": silent("ssl"),
        "tls_failed": says("220 x", "250-x\r\n250 STARTTLS", "220 go", encryption="starttls"),
        "tls_cert_name": under_tls(trusted, host="127.1"),
        "tls_cert_expired": under_tls(lambda world: world.expired),
        "tls_cert_untrusted": under_tls(usual),
        "tls_version": outdated_tls,
    },
    "mechanisms": {
        "auth_not_offered": says("220 x", "250-x\r\n250 SIZE", **LOGIN),
        "auth_needs_tls": says("220 x", "250-x\r\n250 STARTTLS", **LOGIN),
        "auth_mech_unsupported": says("220 x", "250-x\r\n250 AUTH GSSAPI NTLM", **LOGIN),
    },
    "login": {
        "password_in_clear": password_in_clear,
        "password_unreadable": with_settings(
            smtp_account="jobs", smtp_password=Sealed("s1:00000000:gAAAA")
        ),
        "credentials_invalid": says("220 x", OFFER, smtp_account="jobs", smtp_password="se\0cret"),
        "preauth_refused": imap(greeting="* PREAUTH welcome"),
        "auth_rejected": refuses_login("535 5.7.8 Username and Password not accepted"),
        "auth_app_password_required": refuses_login(
            "534-5.7.9 Application-specific password required.\r\n534 5.7.9 gsmtp"
        ),
        "auth_basic_disabled_tenant": refuses_login(
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
        ),
        "auth_security_defaults": refuses_login(
            "535 5.7.139 user is locked by your organization's security defaults policy"
        ),
        "auth_oauth_required": refuses_login("535 5.7.0 OAuth2 required"),
        "auth_oauth_rejected": granted(),
        "api_unauthorized": by_api(200, token="another"),
        "auth_locked": refuses_login("535 Too many failed login attempts"),
        "auth_temporary": refuses_login("454 4.7.0 Temporary authentication failure"),
        "imap_disabled": imap(
            refuse={"authenticate": "NO [ALERT] IMAP access is disabled for your account"}
        ),
    },
    "size": {
        "message_too_large": says(
            "220 x", "250-x\r\n250-AUTH PLAIN\r\n250 SIZE 100000", "235 ok", "221 bye", **LOGIN
        ),
    },
    "sender": {
        "timeout": falls_silent,
        "too_many_connections": refuses("mail", "432 4.3.2 Concurrent connections limit exceeded"),
        "auth_required": refuses("mail", "530 5.7.0 Authentication required"),
        "auth_basic_retired": refuses("mail", "550 5.7.30 Basic authentication is not supported"),
        "api_forbidden": by_api(403),
        "api_mailbox_unknown": by_api(404),
        "api_throttled": by_api(429),
        "api_failed": by_api(500),
        "sender_refused": refuses("mail", "550 5.1.8 no"),
        "sender_not_owned": refuses(
            "mail", "550 5.7.60 Client does not have permissions to send as this sender"
        ),
        "quota_daily": refuses("mail", "550 5.4.5 Daily user sending limit exceeded"),
        "mailbox_full": refuses("mail", "554 5.2.2 mailbox full; STOREDRV"),
        "address_invalid": with_settings(address="jobs\r\n@acme.example"),
        "smtputf8_not_offered": only_ascii,
    },
    "recipient": {
        "relay_denied": refuses("rcpt", "554 5.7.1 Relay access denied"),
        "recipient_refused": refuses("rcpt", "550 5.1.1 unknown"),
        "greylisted": refuses("rcpt", "450 4.2.0 Greylisted, come again"),
    },
    "folder": {
        "protocol_error": imap(refuse={"examine": "* 4 EXISTS\r\n* OK [UIDVALIDITY x"}),
        "folder_missing": imap(folder="Nowhere"),
    },
    "read": {
        "read_refused": imap(refuse={"uid_search": "NO [NOPERM] not yours"}),
    },
}
