"""What the table of providers says about each of them."""

import dataclasses
import enum
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

MX_HOST = "{mx}"
SSL = "ssl"
STARTTLS = "starttls"


class Password(enum.StrEnum):
    """Which password the provider takes from a program."""

    ACCOUNT = "account"
    APP = "app"  # a password made for programs, always
    APP_WITH_2FA = "app_with_2fa"  # the same, once two-step verification is on
    SEPARATE = "separate"  # a mail password beside the one of the web page
    RETIRED = "retired"  # none: only OAuth 2.0
    NONE = "none"  # programs are not let in at all


class Username(enum.StrEnum):
    ADDRESS = "address"
    LOCAL_PART = "local_part"


@dataclasses.dataclass(frozen=True)
class Server:
    """``host`` may be ``MX_HOST``: the server is the one that the domain's MX record names."""

    host: str
    port: int
    encryption: str
    username: Username = Username.ADDRESS


@dataclasses.dataclass(frozen=True)
class Provider:
    """``domains`` are whole domains of addresses, ``mx`` ends of the names of mail exchangers.

    ``files_sent``: what leaves through the server appears in Sent by itself. Limits of 0 are unknown.
    """

    name: str
    smtp: Server | None
    imap: Server | None
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    password: Password = Password.ACCOUNT
    imap_is_off: bool = False
    files_sent: bool = False
    oauth: str = ""
    connections: int = 0
    per_minute: int = 0
    per_day: int = 0
    advice: "str | StrPromise" = ""


class Servers(TypedDict):
    smtp: Server
    imap: Server


def ssl(smtp_host: str, imap_host: str) -> Servers:
    """Return the pair most providers have: TLS from the first byte, the address as user name."""
    return {"smtp": Server(smtp_host, 465, SSL), "imap": Server(imap_host, 993, SSL)}


def starttls(smtp_host: str, imap_host: str) -> Servers:
    """Return the other pair: SMTP by STARTTLS at 587, IMAP under TLS."""
    return {"smtp": Server(smtp_host, 587, STARTTLS), "imap": Server(imap_host, 993, SSL)}
