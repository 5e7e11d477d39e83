"""Reading folders: in batches, completely, and without leaving a trace."""

import datetime as dt
from collections.abc import Iterator

import pytest

from mailsettings.wire import imap, imap_session
from mailsettings.wire.imap import Client, Fetched, FolderState, ImapError
from tests.imapserver import Folder, StoredMail
from tests.mailservers import ImapServer
from tests.mailsettings.wire.conftest import open_imap

DAY = dt.datetime(2026, 11, 20, 8, 15, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))


def make_mail(number: int, size: int = 0) -> bytes:
    head = b"Subject: Mail %d\r\n\r\n" % number
    return head + b"x" * max(0, size - len(head) - 2) + b"\r\n"


def uids(batches: list[list[Fetched]]) -> list[list[int]]:
    return [[mail.uid for mail in batch] for batch in batches]


@pytest.fixture
def inbox(imap_server: ImapServer) -> Folder:
    return imap_server.folders["INBOX"]


@pytest.fixture
def client(imap_server: ImapServer, inbox: Folder) -> Iterator[Client]:
    with open_imap(imap_server) as client:
        imap.open_folder(client, "INBOX")
        yield client


# ---- folders


def test_an_opened_folder_tells_its_state(imap_server: ImapServer) -> None:
    imap_server.folders["INBOX"] = Folder(uidvalidity=77, uidnext=41)
    imap_server.folders["INBOX"].add(make_mail(1))
    with open_imap(imap_server) as client:
        assert imap.open_folder(client, "INBOX") == FolderState(77, 42, 1)
    assert imap_server.told("EXAMINE") == ['EXAMINE "INBOX"']
    assert imap_server.told("SELECT") == []


def test_a_renumbered_folder_shows_another_uidvalidity(
    imap_server: ImapServer, inbox: Folder
) -> None:
    inbox.add(make_mail(1))
    with open_imap(imap_server) as client:
        before = imap.open_folder(client, "INBOX")
        inbox.renumber()
        after = imap.open_folder(client, "INBOX")
    assert after.uidvalidity == before.uidvalidity + 1


@pytest.mark.parametrize("name", ["Bewerbungen/Köln", "A & B", 'Say "hi"', "応募"])
def test_folders_may_have_any_name(imap_server: ImapServer, name: str) -> None:
    imap_server.folders[name] = Folder(uidvalidity=5)
    with open_imap(imap_server) as client:
        assert imap.open_folder(client, name).uidvalidity == 5
    assert all(line.isascii() for line in imap_server.commands)


def test_a_missing_folder_is_named(client: Client) -> None:
    with pytest.raises(ImapError) as caught:
        imap.open_folder(client, "Bewerbungen")
    assert (caught.value.code, caught.value.account) == ("folder_missing", False)
    assert caught.value.reply == "select failed: [NONEXISTENT] no such folder"


@pytest.mark.parametrize("name", ["INBOX\r\nA1 DELETE INBOX", "INBOX\n", "IN\0BOX"])
def test_folder_names_cannot_carry_commands(
    imap_server: ImapServer, client: Client, name: str
) -> None:
    before = list(imap_server.commands)
    with pytest.raises(ImapError) as opened:
        imap.open_folder(client, name)
    with pytest.raises(ImapError) as appended:
        imap.append(client, name, make_mail(1))
    assert {opened.value.code, appended.value.code} == {"argument_invalid"}
    assert imap_server.commands == before


def test_a_server_that_tells_no_uidvalidity_is_survived(imap_server: ImapServer) -> None:
    imap_server.folders["INBOX"].uidvalidity = 0
    with open_imap(imap_server) as client:
        assert imap.open_folder(client, "INBOX").uidvalidity == 0


# ---- fetching


def test_a_mail_comes_byte_for_byte_with_its_date(client: Client, inbox: Folder) -> None:
    raw = b'Subject: Gr\xfc\xdfe\r\n\r\n\x00\xff {12}\r\n) "quoted"\r\n'
    inbox.add(raw, DAY)
    (batch,) = imap.fetch_since(client, 0)
    assert batch == [Fetched(1, raw, len(raw), DAY)]


def test_fetching_leaves_no_trace(imap_server: ImapServer, client: Client, inbox: Folder) -> None:
    for number in range(3):
        inbox.add(make_mail(number))
    list(imap.fetch_since(client, 0))
    assert [mail.flags for mail in inbox.mails.values()] == [set()] * 3
    assert not [line for line in imap_server.commands if "STORE" in line or "EXPUNGE" in line]


def test_mails_are_not_described_in_the_log(
    client: Client, inbox: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    inbox.add(b"Subject: Confidential\r\n\r\n")
    list(imap.fetch_since(client, 0))
    assert "Confidential" not in caplog.text


def test_an_empty_folder_yields_nothing(client: Client) -> None:
    assert list(imap.fetch_since(client, 0)) == []


def test_only_mails_above_the_last_uid_come(client: Client, inbox: Folder) -> None:
    for number in range(4):
        inbox.add(make_mail(number))
    assert uids(list(imap.fetch_since(client, 2))) == [[3, 4]]


@pytest.mark.parametrize("last_uid", [4, 5, 1000, 2**32 - 1])
def test_the_last_mail_is_not_fetched_again(
    imap_server: ImapServer, client: Client, inbox: Folder, last_uid: int
) -> None:
    for number in range(4):
        inbox.add(make_mail(number))
    assert list(imap.fetch_since(client, last_uid)) == []
    assert imap_server.told("UID FETCH") == []


def test_batches_are_bounded_by_count(client: Client, inbox: Folder) -> None:
    for number in range(7):
        inbox.add(make_mail(number))
    assert uids(list(imap.fetch_since(client, 0, max_count=3))) == [[1, 2, 3], [4, 5, 6], [7]]


def test_batches_are_bounded_by_bytes(client: Client, inbox: Folder) -> None:
    for number, size in enumerate([400, 400, 400, 2000, 100, 900]):
        inbox.add(make_mail(number, size))
    batches = list(imap.fetch_since(client, 0, max_bytes=1000))
    assert uids(batches) == [[1, 2], [3], [4], [5, 6]]


def test_sizes_of_many_mails_are_asked_in_several_commands(
    imap_server: ImapServer, client: Client, inbox: Folder
) -> None:
    for number in range(1201):
        inbox.add(make_mail(number))
    batches = list(imap.fetch_since(client, 0, max_count=1000))
    assert [len(batch) for batch in batches] == [1000, 201]
    assert len([line for line in imap_server.commands if "RFC822.SIZE" in line]) == 3


def test_an_oversize_mail_comes_with_its_headers_only(client: Client, inbox: Folder) -> None:
    inbox.add(make_mail(1))
    inbox.add(make_mail(2, 5000), DAY)
    inbox.add(make_mail(3))
    (batch,) = imap.fetch_since(client, 0, oversize=4999)
    assert [mail.raw for mail in batch] == [make_mail(1), None, make_mail(3)]
    assert batch[1] == Fetched(2, None, 5000, DAY, b"Subject: Mail 2\r\n\r\n", "oversize")
    assert inbox.mails[2].flags == set()


def test_one_unreadable_mail_does_not_hold_up_the_others(
    imap_server: ImapServer, client: Client, inbox: Folder
) -> None:
    for number in range(1, 4):
        inbox.add(make_mail(number))
    imap_server.unreadable = {2}
    (batch,) = imap.fetch_since(client, 0)
    assert [mail.raw for mail in batch] == [make_mail(1), None, make_mail(3)]
    assert [mail.problem for mail in batch] == ["", "unreadable", ""]


def test_a_mail_that_vanishes_meanwhile_is_left_out(client: Client, inbox: Folder) -> None:
    for number in range(1, 5):
        inbox.add(make_mail(number))
    batches = imap.fetch_since(client, 0, max_count=1)
    assert [mail.uid for mail in next(batches)] == [1]
    del inbox.mails[2], inbox.mails[3]
    assert uids(list(batches)) == [[4]]


def test_given_mails_are_fetched_in_the_order_asked(client: Client, inbox: Folder) -> None:
    for number in range(1, 5):
        inbox.add(make_mail(number))
    assert uids(list(imap.fetch(client, [3, 1, 99]))) == [[3, 1]]


def test_uids_are_listed(client: Client, inbox: Folder) -> None:
    for number in range(1, 4):
        inbox.add(make_mail(number), DAY + dt.timedelta(days=number))
    del inbox.mails[2]
    assert imap.list_uids(client) == [1, 3]
    assert imap.list_uids(client, since=(DAY + dt.timedelta(days=3)).date()) == [3]


def test_the_uids_of_a_very_large_folder_are_listed(client: Client, inbox: Folder) -> None:
    inbox.mails = dict.fromkeys(range(1, 200_001), StoredMail(make_mail(1)))
    assert len(imap.list_uids(client)) == 200_000  # a line of more than a megabyte


# ---- what a server may do to us


def test_hanging_up_inside_a_mail_keeps_the_batches_before_it(
    imap_server: ImapServer, client: Client, inbox: Folder
) -> None:
    for number in range(1, 5):
        inbox.add(make_mail(number, 3000))
    imap_server.drop_in = 4
    batches = imap.fetch_since(client, 0, max_count=2)
    assert [mail.raw for mail in next(batches)] == [make_mail(1, 3000), make_mail(2, 3000)]
    with pytest.raises(ImapError) as caught:
        next(batches)
    assert (caught.value.code, caught.value.account) == ("connection_lost", True)


def test_silence_is_named(imap_server: ImapServer) -> None:
    imap_server.silent_at = "uid_search"
    with open_imap(imap_server, timeout=0.3) as client:
        imap.open_folder(client, "INBOX")
        with pytest.raises(ImapError) as caught:
            imap.list_uids(client)
    assert (caught.value.code, caught.value.account) == ("timeout", True)


def test_a_server_cannot_fill_our_memory(
    imap_server: ImapServer, client: Client, inbox: Folder
) -> None:
    inbox.add(make_mail(1, 6 * imap.MIB))
    imap_server.sizes = {1: 10}
    with pytest.raises(ImapError) as caught:
        list(imap.fetch_since(client, 0, oversize=100))
    assert caught.value.code == "too_much_data"


def test_endless_answers_are_cut_off(
    monkeypatch: pytest.MonkeyPatch, client: Client, inbox: Folder
) -> None:
    monkeypatch.setattr(imap_session, "MAX_LINES", 1000)
    inbox.mails = dict.fromkeys(range(1, 1000), StoredMail(make_mail(1)))
    with pytest.raises(ImapError) as caught:
        imap.list_uids(client)
    assert (caught.value.code, caught.value.account) == ("too_much_data", True)


def test_a_size_told_a_little_too_small_is_forgiven(
    imap_server: ImapServer, client: Client, inbox: Folder
) -> None:
    inbox.add(make_mail(1, 3000))
    imap_server.sizes = {1: 0}
    (batch,) = imap.fetch_since(client, 0)
    assert batch[0].raw == make_mail(1, 3000)


def test_a_refused_command_is_named(imap_server: ImapServer, client: Client) -> None:
    imap_server.refuse = {"uid_search": "BAD too many searches"}
    with pytest.raises(ImapError) as caught:
        imap.list_uids(client)
    assert (caught.value.code, caught.value.account) == ("refused", False)
    assert "too many searches" in caught.value.reply


def test_nonsense_is_named(imap_server: ImapServer, client: Client) -> None:
    imap_server.refuse = {"uid_search": "OK done\r\n* 1 FETCH (UID"}
    imap_server.refuse["uid_fetch"] = "OK"
    imap.list_uids(client)
    with pytest.raises(ImapError) as caught:
        list(imap.fetch(client, [1]))
    assert caught.value.code == "protocol_error"


# ---- filing a copy


def test_a_copy_is_filed(imap_server: ImapServer, client: Client) -> None:
    imap_server.folders["Gesendete Entwürfe"] = Folder()
    raw = "Subject: Hello\r\n\r\nGrüße\r\n".encode()
    imap.append(client, "Gesendete Entwürfe", raw)
    (mail,) = imap_server.folders["Gesendete Entwürfe"].mails.values()
    assert (mail.raw, mail.flags) == (raw, {r"\Seen"})


def test_a_copy_for_a_missing_folder_is_refused(client: Client) -> None:
    with pytest.raises(ImapError) as caught:
        imap.append(client, "Sent", make_mail(1))
    assert (caught.value.code, caught.value.account) == ("folder_missing", False)
