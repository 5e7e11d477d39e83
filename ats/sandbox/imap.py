"""The world's IMAP server: pymap over the same Maildirs, with the world's accounts as its users."""

from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from mailbox import MaildirMessage
from pathlib import Path

from pymap.backend.maildir import Config, FilterSet, MaildirBackend, Session
from pymap.backend.maildir import Identity as MaildirIdentity
from pymap.backend.maildir import Login as MaildirLogin
from pymap.backend.maildir.layout import MaildirLayout
from pymap.backend.maildir.mailbox import MailboxSet, Maildir
from pymap.exceptions import InvalidAuth
from pymap.imap import IMAPService
from pymap.interfaces.login import IdentityInterface
from pymap.user import UserMetadata
from pysasl.creds.server import ServerCredentials
from pysasl.identity import ClearIdentity

from ats.sandbox import boxes, world
from ats.sandbox.certificates import Certificates


class RawMessage(MaildirMessage):
    """A mail as it is on disk: pymap asks for its bytes, and writing a parsed mail out alters it."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self.raw = raw

    def __bytes__(self) -> bytes:
        return self.raw


class RawMaildir(Maildir):
    def get_message(self, key: str) -> MaildirMessage:
        return RawMessage(self.get_bytes(key).replace(boxes.LF, boxes.CRLF))


class Identity(MaildirIdentity):
    """A logged-in account; its mail lies where ``boxes`` puts it."""

    @asynccontextmanager
    async def new_session(self) -> AsyncIterator[Session]:
        path = str(boxes.folder(self.name))
        maildir = RawMaildir(path, create=True)
        layout = MaildirLayout.get(path, self.config.layout, RawMaildir)
        yield Session(self.name, self.config, MailboxSet(maildir, layout), FilterSet(path))

    async def get(self) -> UserMetadata:
        return UserMetadata(self.config, self.name, password=world.PASSWORD)


class Login(MaildirLogin):
    async def authenticate(self, credentials: ServerCredentials) -> Identity:
        name = credentials.authcid.lower()
        known = ClearIdentity(credentials.authcid, world.PASSWORD)
        if not world.knows(name) or not credentials.verify(known):
            raise InvalidAuth
        return Identity(self.config, self.tokens, name, None, set())

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> Identity:
        if authenticated.name != authzid.lower():
            raise InvalidAuth
        return Identity(self.config, self.tokens, authenticated.name, None, set())


def configure(*, host: str, port: int, certificates: Certificates) -> Config:
    """pymap's configuration; its ``ssl_context`` serves the SMTP server as well."""
    return Config.from_args(
        Namespace(
            host=[host],
            port=port,
            debug=False,
            cert=str(certificates.chain),
            key=str(certificates.key),
            tls=True,
            proxy_protocol=None,
            passlib_cfg=None,
            inherited_sockets=None,
            concurrency=2,
            base_dir=str(boxes.root()),
            layout="++",
            colon=None,
        )
    )


async def start(config: Config, stack: AsyncExitStack) -> None:
    """Listen until the stack closes. Locks that a killed server left behind are taken away first."""
    mail = boxes.root() / "mail"
    mail.mkdir(parents=True, exist_ok=True)
    for lock in mail.rglob("*.lock"):
        lock.unlink(missing_ok=True)
    config.apply_context()
    backend = MaildirBackend(Login(config), config)
    await backend.start(stack)
    await IMAPService(backend, config).start(stack)


def scratch() -> Path:
    """Where pymap's temporary files must lie: it renames them into the boxes, so on the same disk."""
    path = boxes.root() / "tmp"
    path.mkdir(parents=True, exist_ok=True)
    return path
