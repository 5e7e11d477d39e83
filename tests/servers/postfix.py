"""A private Postfix from which nothing leaves this machine.

Mail for its local domains goes to Dovecot's LMTP, mail for a domain of ``domain_at()`` to the SMTP
server on that port, and any other mail bounces. Nothing is written while it runs: a reload can catch a
delivery in flight, upon which Postfix rests the whole transport.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import places
from tests.servers.certs import Certificate
from tests.servers.dovecot import Dovecot


@dataclass(frozen=True)
class Postfix:
    """Ports: ``smtp`` takes mail for local domains and those of ``domain_at()`` from anybody (as
    port 25 does), ``submission`` wants STARTTLS and a login, ``submissions`` is its twin with TLS from the start,
    and ``reinjection`` relays anything, for what Dovecot's Sieve redirects.
    """

    home: Path
    smtp: int
    submission: int
    submissions: int
    reinjection: int

    def log(self) -> str:
        return (self.home / "mail.log").read_text(errors="replace")


def domain_at(port: int) -> str:
    """Return the domain whose mail Postfix hands to the SMTP server on a port of ``places.PORTS``."""
    return f"port-{port}.test"


@contextmanager
def run(
    dovecot: Dovecot,
    *,
    domains: Sequence[str],
    ports: Sequence[int] | None = None,
) -> Iterator[Postfix]:
    """Start Postfix for the local ``domains``.

    ``ports`` are its smtp, submission, submissions and reinjection port, if it matters which.
    """
    places.program("postfix", "postfix")
    if os.geteuid() != 0:
        raise places.Absent("Postfix can be started by root only")
    with places.directory("postfix") as home:
        server = Postfix(home, *(ports or places.free_ports(4)))
        _lay_out(server, dovecot.certificate, dovecot, domains)
        _ask(home, "postfix", "check")
        master = _ask(home, "postconf", "-hx", "daemon_directory") + "/master"
        with places.running(
            ["sh", "-c", _GUARD, master, "-s", "-c", home / "conf"],
            ready=lambda: places.greets(server.smtp) and places.greets(server.submission),
            log=home / "mail.log",
        ):
            yield server


def _ask(home: Path, program: str, *arguments: str) -> str:
    """Run one of Postfix's commands on this instance and return what it prints."""
    command: list[str | Path] = [
        places.program(program, "postfix"),
        "-c",
        home / "conf",
        *arguments,
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _lay_out(
    server: Postfix, certificate: Certificate, dovecot: Dovecot, domains: Sequence[str]
) -> None:
    for folder in ("conf", "queue"):
        (server.home / folder).mkdir()
    places.own(server.home / "data", places.account("postfix"))
    routes = (f"{domain_at(port)} smtp:[{places.HOST}]:{port}\n" for port in places.PORTS)
    (server.home / "conf" / "routes").write_text("".join(routes))
    main = _MAIN.format(
        home=server.home,
        domains=", ".join(domains),
        certificate=certificate,
        lmtp=f"{places.HOST}:{dovecot.lmtp}",
        sasl=f"{places.HOST}:{dovecot.sasl}",
    )
    (server.home / "conf" / "main.cf").write_text(main)
    (server.home / "conf" / "master.cf").write_text(_MASTER.format(server=server))


# Postfix changes its user id as it starts, and the kernel then forgets to stop it when we die.
_GUARD = """trap 'kill $!' TERM; "$0" "$@" & wait $!; wait $!"""

_MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
myhostname = mx.example.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/32
alias_maps =
alias_database =
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:{lmtp}
relay_domains = texthash:{home}/conf/routes
transport_maps = texthash:{home}/conf/routes
transport_retry_time = 1s
default_transport = error:5.1.2 no mail leaves this machine
relay_transport = error:5.1.2 no mail leaves this machine
disable_dns_lookups = yes
smtp_host_lookup = native
recipient_delimiter = +
in_flow_delay = 0
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
maximal_queue_lifetime = 60s
bounce_queue_lifetime = 60s
smtpd_tls_cert_file = {certificate.chain}
smtpd_tls_key_file = {certificate.key}
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:{sasl}
smtpd_peername_lookup = no
smtpd_recipient_restrictions =
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
"""

_MASTER = """
127.0.0.1:{server.smtp} inet n - n - - smtpd
127.0.0.1:{server.submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{server.submissions} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{server.reinjection} inet n - n - - smtpd
  -o mynetworks=127.0.0.0/8
  -o smtpd_relay_restrictions=permit_mynetworks,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
