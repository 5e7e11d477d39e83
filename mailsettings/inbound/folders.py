"""Which IMAP folders are read, and with which account."""

import dataclasses
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from mailsettings import oauth
from mailsettings.encryption import Sealed
from mailsettings.models import EmailSettings, Mailbox, MailFolder
from mailsettings.wire import copies, imap
from mailsettings.wire.net import Encryption

MIB = 1024 * 1024
MAX_NAME = 200  # characters of a folder's name
SCHEMES = {"imap": (Encryption.STARTTLS, 143), "imaps": (Encryption.SSL, 993)}


@dataclasses.dataclass(frozen=True)
class Source:
    """One folder of one account. ``server`` is the account without its password."""

    mailbox_id: int | None
    host: str
    port: int
    encryption: Encryption
    account: str
    folder: str
    password: Sealed | str = dataclasses.field(repr=False, compare=False)
    mailbox: Mailbox | None = dataclasses.field(default=None, repr=False, compare=False)

    @property
    def server(self) -> str:
        return f"{self.account}@{self.host.lower()}:{self.port}"

    def open_account(self) -> imap.Account:
        """Return the account with its password or token.

        ``DecryptionError`` when no key opens that, ``ImapError`` when there is no token.
        """
        secret, by_token = self.password, False
        if self.mailbox and not secret and oauth.is_granted(self.mailbox):
            by_token = True
            try:
                secret = oauth.access_token(self.mailbox)
            except oauth.NoToken as error:
                raise imap.ImapError(str(error), code=error.code, account=True) from error
        password = secret.reveal() if isinstance(secret, Sealed) else secret
        if self.mailbox and not password:  # never an empty one, which counts as a wrong one
            text = "No password is stored for this account."
            raise imap.ImapError(text, code="password_missing", account=True)
        return imap.Account(self.host, self.port, self.encryption, self.account, password, by_token)


def sync() -> None:
    """Give every source a row that is polled, and stop polling the rows of former ones."""
    wanted = {(source.mailbox_id, source.server, source.folder) for source in _sources()}
    inboxes = MailFolder.objects.filter(purpose=MailFolder.Purpose.INBOX)
    rows = {(row.mailbox_id, row.server, row.name): row for row in inboxes}
    MailFolder.objects.bulk_create(
        [
            MailFolder(mailbox_id=mailbox_id, server=server, name=name)
            for mailbox_id, server, name in wanted - rows.keys()
        ],
        ignore_conflicts=True,  # another worker may be doing the same
    )
    former = [rows[key].pk for key in rows.keys() - wanted if rows[key].next_poll_at]
    if former:
        MailFolder.objects.filter(pk__in=former).update(next_poll_at=None)
    again = [rows[key].pk for key in rows.keys() & wanted if rows[key].next_poll_at is None]
    if again:
        MailFolder.objects.filter(pk__in=again, next_poll_at=None).update(
            next_poll_at=timezone.now()
        )
    _sync_sent({(mailbox_id, server) for mailbox_id, server, _name in wanted})


def _sync_sent(read: set[tuple[int | None, str]]) -> None:
    """Stop reading the sent mail of accounts that are not read any more."""
    active = MailFolder.objects.filter(purpose=MailFolder.Purpose.SENT).exclude(next_poll_at=None)
    former = [row.pk for row in active if (row.mailbox_id, row.server) not in read]
    if former:
        MailFolder.objects.filter(pk__in=former).update(next_poll_at=None)


def find_sent(client: imap.Client, inbox: MailFolder) -> None:
    """Have the folder of sent mails of this account read too; does nothing where that is done already."""
    account = MailFolder.objects.filter(mailbox=inbox.mailbox, server=inbox.server)
    if account.filter(purpose=MailFolder.Purpose.SENT).exclude(next_poll_at=None).exists():
        return
    name = copies.sent_folder(client)
    if not name or name == inbox.name or len(name) > MAX_NAME:
        return
    row, is_new = MailFolder.objects.get_or_create(
        mailbox=inbox.mailbox,
        server=inbox.server,
        name=name,
        defaults={"purpose": MailFolder.Purpose.SENT},
    )
    if not is_new:  # found again, or the inbox of former settings
        MailFolder.objects.filter(pk=row.pk).update(
            purpose=MailFolder.Purpose.SENT, next_poll_at=timezone.now()
        )


def lose_sent(folder: MailFolder) -> None:
    """Stop reading a folder of sent mails that is gone; the next poll of the inbox looks for its successor."""
    MailFolder.objects.filter(pk=folder.pk).update(next_poll_at=None)


def source_of(folder: MailFolder) -> Source | None:
    """Where a folder is to be read now; None when its mailbox has another server or folder meanwhile."""
    source = _platform() if folder.mailbox is None else source_for(folder.mailbox)
    if source and folder.is_sent:
        source = dataclasses.replace(source, folder=folder.name)
    if source and (source.server, source.folder) == (folder.server, folder.name):
        return source
    return None


def parse_url(url: str) -> Source:
    """Read ``imaps://user:password@host:port/FOLDER``, percent-encoded; ``imap:`` requires STARTTLS."""
    try:
        parts = urlsplit(url)
        encryption, port = SCHEMES[parts.scheme]
        source = Source(
            mailbox_id=None,
            host=parts.hostname or "",
            port=parts.port or port,
            encryption=encryption,
            account=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.lstrip("/")) or "INBOX",
        )
    except (KeyError, ValueError):
        source = None
    if source is None or not source.host or not source.account:
        # The URL itself holds a password and must not reach a log.
        raise ImproperlyConfigured(
            "INBOUND_IMAP_URL must look like imaps://user:password@host:port/FOLDER "
            "(imap:// for STARTTLS), with special characters percent-encoded."
        )
    return source


def largest_mail(folder: MailFolder) -> int:
    """Return how many bytes a mail of the folder may have that is fetched without being asked for."""
    company = folder.mailbox.company if folder.mailbox else None
    chosen: EmailSettings = getattr(company, "email_settings", None) or EmailSettings()
    megabytes: int = min(chosen.largest_mail, settings.INBOUND_LARGEST_MAIL_MB)
    return megabytes * MIB


def _sources() -> Iterator[Source]:
    for mailbox in Mailbox.objects.polled():
        if source := source_for(mailbox):
            yield source
    if platform := _platform():
        yield platform


def _platform() -> Source | None:
    return parse_url(settings.INBOUND_IMAP_URL) if settings.INBOUND_IMAP_URL else None


def source_for(mailbox: Mailbox) -> Source | None:
    """Return the folder a mailbox is read from; None where it has no IMAP server."""
    if not mailbox.imap_host:
        return None
    return Source(
        mailbox_id=mailbox.pk,
        host=mailbox.imap_host,
        port=mailbox.imap_port,
        encryption=Encryption(mailbox.imap_encryption),
        account=mailbox.imap_account,
        password=mailbox.imap_password,
        folder=mailbox.imap_folder,
        mailbox=mailbox,
    )
