from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connections
from django.utils import timezone
from kombu.exceptions import OperationalError
from pytest_django import Settings

from companies.models import Company
from mailsettings.encryption import UNREADABLE, Sealed
from mailsettings.inbound import folders, polling, spool
from mailsettings.models import IncomingMail, Mailbox, MailFolder
from tests.factories import CompanyFactory, EmailSettingsFactory, raw_mail
from tests.mailservers import ImapServer, server_context
from tests.mailsettings.inbound.conftest import make_mailbox
from tests.servers.certs import Certificate


def fill(server: ImapServer, *subjects: str) -> None:
    for subject in subjects:
        server.folders["INBOX"].add(raw_mail(subject=subject))


def subjects() -> list[str]:
    mails = IncomingMail.objects.order_by("pk")
    return [
        mail.raw.read().split(b"Subject: ")[1].split(b"\r\n")[0].decode()
        for mail in mails
        if mail.raw
    ]


def make_due(folder: MailFolder) -> None:
    MailFolder.objects.filter(pk=folder.pk).update(next_poll_at=timezone.now())


def pause_of(folder: MailFolder) -> timedelta:
    folder.refresh_from_db()
    assert folder.next_poll_at
    assert folder.last_polled_at
    return folder.next_poll_at - folder.last_polled_at


def test_poll_stores_what_is_new_and_remembers_where_it_was(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    fill(imap_server, "one", "two")
    assert polling.poll(folder.pk) == 2
    fill(imap_server, "three")
    assert polling.poll(folder.pk) == 1
    assert subjects() == ["one", "two", "three"]
    folder.refresh_from_db()
    assert (folder.last_uid, folder.uidvalidity, folder.on_server) == (3, 1, 3)
    assert (folder.leased_until, folder.failing_since, folder.last_error) == (None, None, "")


def test_poll_leaves_no_trace_on_the_server(folder: MailFolder, imap_server: ImapServer) -> None:
    fill(imap_server, "one")
    polling.poll(folder.pk)
    assert imap_server.folders["INBOX"].mails[1].flags == set()
    assert imap_server.told("EXAMINE")
    assert not imap_server.told("SELECT")
    assert not imap_server.told("UID STORE")


def test_poll_after_new_uidvalidity_reads_everything_again(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    fill(imap_server, "one", "two")
    polling.poll(folder.pk)
    del imap_server.folders["INBOX"].mails[1]
    imap_server.folders["INBOX"].renumber()
    fill(imap_server, "three")
    polling.poll(folder.pk)
    ledger = folder.mails.order_by("pk").values_list("uidvalidity", "uid")
    assert list(ledger) == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert subjects() == ["one", "two", "two", "three"]


def test_poll_of_a_folder_whose_numbers_went_back_misses_nothing(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    fill(imap_server, "one", "two", "three")
    polling.poll(folder.pk)
    inbox = imap_server.folders["INBOX"]
    inbox.mails.clear()
    inbox.uidnext = 1  # emptied and recreated with the same UIDVALIDITY, against RFC 9051
    fill(imap_server, "four")
    polling.poll(folder.pk)
    assert subjects() == ["one", "two", "three", "four"]


def test_poll_that_is_cut_off_keeps_whole_batches_and_goes_on_there(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    fill(imap_server, *(f"mail {number}" for number in range(60)))
    imap_server.drop_in = 55  # in the second batch
    assert polling.poll(folder.pk) == 50
    folder.refresh_from_db()
    assert folder.last_uid == 50
    assert folder.last_error == "The server closed the connection."
    imap_server.drop_in = 0
    assert polling.poll(folder.pk) == 10
    folder.refresh_from_db()
    assert (folder.failing_since, folder.last_error) == (None, "")


def test_mail_of_which_the_server_says_too_small_a_size_is_set_aside_and_holds_up_no_other(
    folder: MailFolder, imap_server: ImapServer, company: Company
) -> None:
    EmailSettingsFactory(company=company, largest_mail=1)
    fill(imap_server, "before")
    imap_server.folders["INBOX"].add(raw_mail(subject="liar") + b"x" * 8 * 1024 * 1024)
    fill(imap_server, "behind")
    imap_server.sizes = {2: 10}
    for _ in range(4):
        make_due(folder)
        polling.poll(folder.pk)
    states = IncomingMail.objects.order_by("uid").values_list("uid", "state")
    assert list(states) == [(1, "received"), (2, "oversize"), (3, "received")]
    assert subjects() == ["before", "liar", "behind"]
    folder.refresh_from_db()
    assert folder.failing_since is None


def test_mail_that_never_comes_to_its_end_is_given_half_an_hour(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    fill(imap_server, "slow", "behind")
    imap_server.drop_in = 1
    polling.poll(folder.pk)
    make_due(folder)
    polling.poll(folder.pk)
    assert not IncomingMail.objects.exists()
    begun = timezone.now() - polling.HOPELESS - timedelta(minutes=1)
    MailFolder.objects.update(failing_since=begun)
    for _ in range(2):
        make_due(folder)
        polling.poll(folder.pk)
    states = IncomingMail.objects.order_by("uid").values_list("uid", "state")
    assert list(states) == [(1, "oversize"), (2, "received")]


def test_poll_whose_time_is_up_goes_on_at_the_next_turn(
    folder: MailFolder, imap_server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "BUDGET", 0.0)
    fill(imap_server, *(f"mail {number}" for number in range(60)))
    assert polling.poll(folder.pk) == 50
    assert pause_of(folder) == timedelta(0)
    assert polling.poll(folder.pk) == 10


def test_poll_while_another_worker_reads_does_nothing(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    MailFolder.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
    assert polling.poll(folder.pk) == 0
    assert imap_server.commands == []


def test_poll_takes_over_the_lease_of_a_worker_that_died(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    fill(imap_server, "one")
    MailFolder.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert polling.poll(folder.pk) == 1


def test_worker_that_lost_its_lease_stops_and_changes_nothing(
    folder: MailFolder, imap_server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(imap_server, "one")
    later = timezone.now() + timedelta(minutes=5)
    keep = spool._keep

    def be_slow(mail: object) -> object:
        MailFolder.objects.update(leased_until=later)  # somebody else took over meanwhile
        return keep(mail)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(spool, "_keep", be_slow)
    assert polling.poll(folder.pk) == 0
    folder.refresh_from_db()
    assert (folder.last_uid, folder.leased_until, folder.last_error) == (0, later, "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_store_each_mail_once(folder: MailFolder, imap_server: ImapServer) -> None:
    fill(imap_server, *(f"mail {number}" for number in range(30)))

    def work() -> None:
        polling.poll(folder.pk)
        connections.close_all()

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    polling.poll(folder.pk)
    assert sorted(subjects()) == sorted(f"mail {number}" for number in range(30))


def test_wrong_password_is_told_on_the_folder_without_the_password(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    imap_server.accounts = {"anna": "changed"}
    assert polling.poll(folder.pk) == 0
    folder.refresh_from_db()
    assert folder.last_error.startswith("The server refused account and password. [AUTH")
    assert "secret" not in folder.last_error
    assert folder.failing_since == folder.last_polled_at
    assert pause_of(folder) == timedelta(seconds=60)


def test_pauses_double_up_to_a_quarter_of_an_hour(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    imap_server.stop()
    polling.poll(folder.pk)
    for minutes, expected in [(1, 1), (2, 2), (4, 4), (8, 8), (16, 15), (500, 15)]:
        failing_since = timezone.now() - timedelta(minutes=minutes)
        MailFolder.objects.update(failing_since=failing_since)
        polling.poll(folder.pk)
        assert round(pause_of(folder) / timedelta(minutes=1)) == expected
        folder.refresh_from_db()
        assert folder.failing_since == failing_since
    imap_server.start()


def test_password_nobody_can_open_is_told_and_harms_no_other(folder: MailFolder) -> None:
    Mailbox.objects.update(imap_password=Sealed("s1:00000000:gAAA"))
    polling.poll(folder.pk)
    folder.refresh_from_db()
    assert folder.last_error == UNREADABLE


def test_trouble_of_our_own_is_recorded_and_frees_the_folder(
    folder: MailFolder, imap_server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    fill(imap_server, "one")
    monkeypatch.setattr(spool, "_read_ledger", fail)  # in the transaction that moves the cursor
    assert polling.poll(folder.pk) == 0
    folder.refresh_from_db()
    assert (folder.last_error, folder.leased_until) == ("OSError: disk full", None)


@pytest.fixture
def other_server() -> Iterator[ImapServer]:
    server = ImapServer().start()
    yield server
    server.stop()


def test_dead_mailbox_does_not_delay_another(
    folder: MailFolder, imap_server: ImapServer, other_server: ImapServer
) -> None:
    imap_server.stop()
    healthy = make_mailbox(CompanyFactory(), other_server.port, address="jobs@globex.example")
    fill(other_server, "for globex")
    assert polling.poll_due() == 2
    assert IncomingMail.objects.get().folder == MailFolder.objects.get(mailbox=healthy)
    imap_server.start()


def test_poll_due_polls_failing_folders_last(folder: MailFolder, company: Company) -> None:
    make_mailbox(CompanyFactory(), 993)
    folders.sync()
    healthy = MailFolder.objects.exclude(pk=folder.pk).get()
    MailFolder.objects.filter(pk=folder.pk).update(failing_since=timezone.now())
    woken: list[int] = []
    polling.poll_due(wake=woken.append)
    assert woken == [healthy.pk, folder.pk]


def test_poll_due_wakes_each_folder_once_a_turn(folder: MailFolder) -> None:
    woken: list[int] = []
    assert polling.poll_due(wake=woken.append) == 1
    assert polling.poll_due(wake=woken.append) == 0
    make_due(folder)
    polling.poll_due(wake=woken.append)
    assert woken == [folder.pk, folder.pk]


def test_poll_due_leaves_a_folder_that_is_being_read(folder: MailFolder) -> None:
    MailFolder.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
    woken: list[int] = []
    assert polling.poll_due(wake=woken.append) == 0
    assert woken == []


def test_poll_due_polls_itself_when_the_broker_is_down(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    make_mailbox(CompanyFactory(), imap_server.port)
    fill(imap_server, "one")
    asked: list[int] = []

    def wake(folder_id: int) -> None:
        asked.append(folder_id)
        raise OperationalError("connection refused")

    assert polling.poll_due(wake=wake) == 2
    assert len(asked) == 1, "a broker that is down is asked once a round"
    assert subjects() == ["one", "one"]


def test_platform_catch_all_is_read_under_starttls(
    db: None, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    capabilities = "IMAP4rev1 STARTTLS AUTH=PLAIN"
    server = ImapServer(tls=server_context(certificate), capabilities=capabilities).start()
    fill(server, "for everybody")
    settings.INBOUND_IMAP_URL = f"imap://anna:secret@localhost:{server.port}/INBOX"
    polling.poll_due()
    server.stop()
    assert subjects() == ["for everybody"]
    assert server.told("STARTTLS")
    assert IncomingMail.objects.get().folder == MailFolder.objects.get(mailbox=None)
