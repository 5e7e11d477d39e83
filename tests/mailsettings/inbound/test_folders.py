import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from companies.models import Company
from mailsettings.inbound import folders
from mailsettings.models import Mailbox, MailFolder
from mailsettings.wire.net import Encryption
from tests.mailsettings.inbound.conftest import make_mailbox


def polled() -> set[tuple[int | None, str, str]]:
    rows = MailFolder.objects.exclude(next_poll_at=None)
    return set(rows.values_list("mailbox_id", "server", "name"))


def test_sync_gives_every_shared_mailbox_and_the_platform_a_folder(
    mailbox: Mailbox, settings: Settings
) -> None:
    settings.INBOUND_IMAP_URL = "imaps://in%40posthorn:p%2Fw@mail.posthorn.example/Catch%20all"
    folders.sync()
    folders.sync()
    assert polled() == {
        (mailbox.pk, f"anna@127.0.0.1:{mailbox.imap_port}", "INBOX"),
        (None, "in@posthorn@mail.posthorn.example:993", "Catch all"),
    }


def test_sync_leaves_mailboxes_without_imap_alone(company: Company) -> None:
    make_mailbox(company, 993, imap_host="")
    folders.sync()
    assert polled() == set()


def test_mailbox_that_moves_to_another_server_starts_a_new_ledger(folder: MailFolder) -> None:
    MailFolder.objects.update(last_uid=4000, uidvalidity=1)
    Mailbox.objects.update(imap_host="imap.new.example", imap_port=993)
    folders.sync()
    moved = MailFolder.objects.exclude(pk=folder.pk).get()
    assert (moved.server, moved.last_uid) == ("anna@imap.new.example:993", 0)
    assert polled() == {(moved.mailbox_id, moved.server, "INBOX")}

    Mailbox.objects.update(imap_host="127.0.0.1", imap_port=folder.server.rpartition(":")[2])
    folders.sync()
    assert polled() == {(folder.mailbox_id, folder.server, "INBOX")}


def test_former_folder_has_no_source_any_more(folder: MailFolder) -> None:
    assert folders.source_of(folder) is not None
    Mailbox.objects.update(imap_folder="Applications")
    assert folders.source_of(MailFolder.objects.get(pk=folder.pk)) is None


@pytest.mark.parametrize(
    ("url", "encryption", "port"),
    [
        ("imap://u:p@mail.example", Encryption.STARTTLS, 143),
        ("imaps://u:p@mail.example", Encryption.SSL, 993),
        ("imap://u:p@mail.example:8143/INBOX", Encryption.STARTTLS, 8143),
    ],
)
def test_parse_url_never_means_an_unprotected_connection(
    url: str, encryption: Encryption, port: int
) -> None:
    source = folders.parse_url(url)
    assert (source.encryption, source.port, source.folder) == (encryption, port, "INBOX")


def test_parse_url_decodes_percent_encoding() -> None:
    account = folders.parse_url("imaps://a%40b:s%3Aecr%C3%A9t@mail.example").open_account()
    assert (account.account, account.password) == ("a@b", "s:ecrét")


@pytest.mark.parametrize(
    "url", ["pop3://u:hunter2@mail.example", "imaps://mail.example", "imaps://u:hunter2@h:port"]
)
def test_parse_url_that_is_wrong_is_told_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="INBOUND_IMAP_URL must look like") as raised:
        folders.parse_url(url)
    assert "hunter2" not in str(raised.value)
    assert raised.value.__context__ is None
