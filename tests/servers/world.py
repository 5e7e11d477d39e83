"""Dovecot and Postfix wired together: a mail provider in a box.

Postfix delivers to Dovecot and asks it for logins; what Dovecot's Sieve redirects leaves through
Postfix.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers import certs, dovecot, places, postfix
from tests.servers.certs import Certificate
from tests.servers.dovecot import Dovecot, User
from tests.servers.postfix import Postfix


@dataclass(frozen=True)
class World:
    certificate: Certificate
    dovecot: Dovecot
    postfix: Postfix


@contextmanager
def run(users: Sequence[User] = (), *, domains: Sequence[str]) -> Iterator[World]:
    """Start both for the local ``domains``; users may be added later."""
    with places.directory("certs") as folder:
        certificate = certs.make(folder)
        ports = places.free_ports(9)
        with (
            dovecot.run(
                users, certificate=certificate, ports=ports[:5], submission=ports[-1]
            ) as mailboxes,
            postfix.run(mailboxes, domains=domains, ports=ports[5:]) as relay,
        ):
            yield World(certificate, mailboxes, relay)
