"""The wire against the servers most mail runs on, Dovecot and Postfix."""

from contextlib import AbstractContextManager

import pytest

from mailsettings.wire import imap, smtp
from mailsettings.wire.imap import Account, Client, ImapError
from mailsettings.wire.net import Encryption
from mailsettings.wire.smtp import Envelope, SendError, Server
from tests.mailsettings.wire.conftest import LOOPBACK
from tests.servers.dovecot import User
from tests.servers.world import World

pytestmark = pytest.mark.peers
PASSWORD = "Übergröße€"
TIMEOUT = 20.0


def submit(world: World, user: User, raw: bytes, *, encryption: Encryption, to: str) -> str:
    """Send a mail through Postfix as the user and return the server's last word."""
    port = world.postfix.submissions if encryption is Encryption.SSL else world.postfix.submission
    server = Server("localhost", port, encryption, user.address, user.password)
    with smtp.session(
        server, timeout=TIMEOUT, ehlo_name="posthorn.example", allowed_networks=LOOPBACK
    ) as connection:
        envelope = Envelope(user.address, (to,))
        return smtp.transmit(connection, envelope, raw, before_data=lambda: None).reply.text


def read(world: World, user: User, encryption: Encryption) -> AbstractContextManager[Client]:
    port = world.dovecot.imaps if encryption is Encryption.SSL else world.dovecot.imap
    account = Account("localhost", port, encryption, user.address, user.password)
    return imap.session(account, timeout=TIMEOUT, allowed_networks=LOOPBACK)


@pytest.mark.parametrize("encryption", [Encryption.SSL, Encryption.STARTTLS])
def test_a_mail_goes_out_and_comes_in_again(mail_world: World, encryption: Encryption) -> None:
    user = mail_world.dovecot.add(User(f"wire.{encryption}@example.test", PASSWORD))
    body = b"\r\n\r\n.\r\n" + "Grüße\r\n".encode()
    raw = b"Subject: Hello" + body
    assert "queued as" in submit(mail_world, user, raw, encryption=encryption, to=user.address)
    mail_world.dovecot.wait_for(user.address)
    with read(mail_world, user, encryption) as client:
        state = imap.open_folder(client, "INBOX")
        (batch,) = imap.fetch_since(client, 0)
        assert list(imap.fetch_since(client, batch[-1].uid)) == []
        assert client.get_flags([batch[0].uid])[batch[0].uid] == (rb"\Recent",)
    assert (state.exists, state.uidnext) == (1, batch[0].uid + 1)
    assert batch[0].raw is not None
    assert batch[0].raw.endswith(body)


def test_copies_are_filed_in_folders_of_any_name(mail_world: World) -> None:
    user = mail_world.dovecot.add(User("wire.copies@example.test", PASSWORD))
    with read(mail_world, user, Encryption.SSL) as client:
        client.create_folder("Entwürfe & mehr")
        imap.append(client, "Entwürfe & mehr", b"Subject: Copy\r\n\r\nHello\r\n")
        imap.open_folder(client, "Entwürfe & mehr")
        (batch,) = imap.fetch_since(client, 0, oversize=10)
        with pytest.raises(ImapError) as caught:
            imap.open_folder(client, "Missing")
    assert [(mail.headers, mail.problem) for mail in batch] == [
        (b"Subject: Copy\r\n\r\n", "oversize")
    ]
    assert caught.value.code == "folder_missing"


def test_wrong_passwords_are_named_alike(mail_world: World) -> None:
    user = mail_world.dovecot.add(User("wire.wrong@example.test", PASSWORD))
    stranger = User(user.address, "guess")
    with pytest.raises(SendError) as sending:
        submit(mail_world, stranger, b"", encryption=Encryption.STARTTLS, to=user.address)
    with pytest.raises(ImapError) as reading, read(mail_world, stranger, Encryption.STARTTLS):
        pytest.fail("a session was opened")
    assert (sending.value.code, sending.value.account) == ("auth_rejected", True)
    assert (reading.value.code, reading.value.account) == ("auth_rejected", True)
