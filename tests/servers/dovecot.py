"""A private Dovecot: IMAP, IMAPS, LMTP with Sieve, and the logins that Postfix asks for.

Besides passwords it takes the tokens of an OAuth provider, which it asks about them (RFC 7662).
"""

import os
import pwd
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import places
from tests.servers.certs import Certificate

MAIL_UID = 5000  # needs no account; used when root starts the server


@dataclass(frozen=True)
class User:
    """A mailbox with a lower-case address; ``sieve`` is its script, such as ``redirect "jobs@example.test";``."""

    address: str
    password: str
    sieve: str = ""


@dataclass(frozen=True)
class Dovecot:
    """``introspection`` is the port at which it looks for the OAuth provider; nothing listens there at first."""

    home: Path
    certificate: Certificate
    imap: int
    imaps: int
    lmtp: int
    sasl: int
    introspection: int

    def add(self, user: User) -> User:
        """Give the user a mailbox, at any time; the next login or delivery finds it."""
        owner = _mail_owner()
        places.own(self.home / "mail" / user.address, owner)
        if user.sieve:
            script = self.home / "sieve" / f"{user.address}.sieve"
            script.write_text(user.sieve)
        folder = self.home / "mail" / user.address
        line = f"{user.address}:{{PLAIN}}{user.password}:{owner[0]}:{owner[1]}::{folder}::\n"
        # one file a user: Dovecot looks for changes to a file it knows only once a second
        (self.home / "users" / user.address).write_text(line)
        return user

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """The raw mails in a folder, oldest delivery first, read behind the server's back."""
        maildir = self.home / "mail" / address / "Maildir"
        if folder != "INBOX":
            maildir /= f".{folder}"
        files = [file for part in ("new", "cur") for file in (maildir / part).glob("*")]
        return [file.read_bytes() for file in sorted(files, key=lambda file: file.name)]

    def wait_for(self, address: str, count: int = 1, *, patience: float = 20) -> list[bytes]:
        """Return the inbox once it holds at least ``count`` mails."""
        what = f"{address} has {count} mails"
        places.wait_until(lambda: len(self.mails(address)) >= count, what, patience=patience)
        return self.mails(address)


@contextmanager
def run(
    users: Sequence[User] = (),
    *,
    certificate: Certificate,
    ports: Sequence[int] | None = None,
    submission: int | None = None,
) -> Iterator[Dovecot]:
    """Start Dovecot on ``ports`` (imap, imaps, lmtp, sasl, introspection).

    What its users' Sieve scripts redirect is handed to the SMTP server on port ``submission``.
    """
    program = places.program("dovecot", "dovecot-imapd")
    if not Path("/usr/lib/dovecot/lmtp").exists():
        raise places.Absent("Dovecot's LMTP is not installed (apt install dovecot-lmtpd)")
    if not Path("/usr/lib/dovecot/modules/lib90_sieve_plugin.so").exists():
        raise places.Absent("Dovecot's Sieve is not installed (apt install dovecot-sieve)")
    with places.directory("dovecot") as home:
        server = Dovecot(home, certificate, *(ports or places.free_ports(5)))
        (home / "users").mkdir()
        for folder in ("mail", "sieve"):
            places.own(home / folder, _mail_owner())
        for user in users:
            server.add(user)
        (home / "oauth.conf").write_text(_INTROSPECTION.format(port=server.introspection))
        configuration = home / "dovecot.conf"
        configuration.write_text(_configuration(server, submission))
        with places.running(
            [program, "-F", "-c", configuration],
            ready=lambda: places.greets(server.imap) and places.greets(server.sasl),
            log=home / "dovecot.log",
        ):
            yield server


def _mail_owner() -> tuple[int, int]:
    return (MAIL_UID, MAIL_UID) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def _configuration(server: Dovecot, submission: int | None) -> str:
    uid, gid = _mail_owner()
    text = _CONFIGURATION.format(
        server=server, home=server.home, certificate=server.certificate, uid=uid, gid=gid
    )
    if submission is not None:
        text += f"submission_host = {places.HOST}:{submission}\n"
    if os.geteuid() != 0:
        text += _ROOTLESS.format(user=pwd.getpwuid(uid).pw_name)
    return text


_CONFIGURATION = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
postmaster_address = postmaster@localhost
first_valid_uid = {uid}
last_valid_uid = {uid}
mail_uid = {uid}
mail_gid = {gid}
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 100
recipient_delimiter = +
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
ssl = yes
ssl_cert = <{certificate.chain}
ssl_key = <{certificate.key}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = {home}/users/%u
}}
userdb {{
  driver = passwd-file
  args = {home}/users/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
protocol lmtp {{
  mail_plugins = sieve
}}
plugin {{
  sieve = file:{home}/sieve/%u.sieve
}}
service imap-login {{
  inet_listener imap {{
    port = {server.imap}
  }}
  inet_listener imaps {{
    port = {server.imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {server.lmtp}
  }}
}}
# no memory of wrong passwords, which would slow down everybody else on this address
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  inet_listener sasl {{
    port = {server.sasl}
  }}
}}
"""

_INTROSPECTION = """
introspection_mode = post
introspection_url = http://127.0.0.1:{port}/introspect
username_attribute = email
active_attribute = active
active_value = true
"""

_ROOTLESS = """
default_internal_user = {user}
default_login_user = {user}
default_internal_group =
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
}}
"""
