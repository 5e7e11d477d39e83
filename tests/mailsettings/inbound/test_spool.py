from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection

from companies import files
from companies.models import StoredFile
from mailsettings.inbound import spool
from mailsettings.models import IncomingMail, MailFolder
from mailsettings.wire.imap import Fetched
from tests.factories import raw_mail

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def fetched(uid: int, raw: bytes | None = None, **fields: Any) -> Fetched:
    raw = raw if raw is not None else raw_mail(subject=f"Mail {uid}")
    return Fetched(uid, raw, len(raw), NOON, **fields)


def test_store_keeps_bytes_and_envelope(db: None) -> None:
    mail = spool.store(
        "smtp", b"A: b\r\n\r\nc", envelope_sender="m@x.example", envelope_recipients=["a@b.example"]
    )
    mail.refresh_from_db()
    assert (mail.door, mail.state, mail.size) == ("smtp", "received", 9)
    assert (mail.envelope_sender, mail.envelope_recipients) == ("m@x.example", ["a@b.example"])
    assert mail.raw is not None
    assert mail.raw.read() == b"A: b\r\n\r\nc"


def test_store_writes_the_file_before_the_row(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(self: IncomingMail, **_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(IncomingMail, "save", crash)
        with pytest.raises(KeyboardInterrupt):
            spool.store("smtp", raw_mail())
    kept = StoredFile.objects.get(company=None)
    assert kept.read() == raw_mail()
    assert not IncomingMail.objects.exists()

    spool.store("smtp", raw_mail())  # the sender tries again
    assert IncomingMail.objects.get().raw == kept


def test_store_survives_that_its_file_is_released_meanwhile(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert, failures = spool._insert, [IntegrityError("FOREIGN KEY constraint failed")]

    def lose_race_once(mail: IncomingMail, kept: StoredFile) -> IncomingMail:
        if failures:
            files.release([kept])
            raise failures.pop()
        return insert(mail, kept)

    monkeypatch.setattr(spool, "_insert", lose_race_once)
    mail = spool.store("smtp", raw_mail())
    assert mail.raw is not None
    assert mail.raw.read() == raw_mail()


def test_store_keeps_only_the_header_of_an_oversize_mail(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MAX_SIZE", 100)
    mail = spool.store("webhook", b"Subject: big\r\n\r\n" + b"x" * 100)
    assert (mail.state, mail.size) == ("oversize", 116)
    assert mail.raw is not None
    assert mail.raw.read() == b"Subject: big\r\n\r\n"


def test_store_batch_moves_cursor_with_the_rows(folder: MailFolder) -> None:
    assert spool.store_batch(folder, [fetched(3), fetched(7)]) == 2
    folder.refresh_from_db()
    assert folder.last_uid == 7
    assert list(folder.mails.values_list("uid", "internal_date")) == [(3, NOON), (7, NOON)]


def test_store_batch_that_fails_leaves_the_cursor(
    folder: MailFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(IncomingMail.objects, "bulk_create", crash)
    with pytest.raises(KeyboardInterrupt):
        spool.store_batch(folder, [fetched(3)])
    folder.refresh_from_db()
    assert folder.last_uid == 0
    assert not folder.mails.exists()


def test_store_batch_fetched_again_stores_nothing(folder: MailFolder) -> None:
    spool.store_batch(folder, [fetched(3)])
    assert spool.store_batch(folder, [fetched(3), fetched(4)]) == 1
    assert list(folder.mails.order_by("uid").values_list("uid", flat=True)) == [3, 4]


def test_store_batch_keeps_another_mail_under_a_uid_used_twice(folder: MailFolder) -> None:
    spool.store_batch(folder, [fetched(3)])
    assert spool.store_batch(folder, [fetched(3, raw_mail(subject="Not the same"))]) == 1
    assert sorted(folder.mails.values_list("uid", flat=True), key=bool) == [None, 3]


def test_store_batch_survives_that_a_file_is_released_meanwhile(
    folder: MailFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_ledger, failures = spool._read_ledger, [IntegrityError("FOREIGN KEY constraint failed")]

    def lose_race_once(folder: MailFolder, uids: list[int]) -> dict[int, str]:
        if failures:
            raise failures.pop()
        return read_ledger(folder, uids)

    monkeypatch.setattr(spool, "_read_ledger", lose_race_once)
    assert spool.store_batch(folder, [fetched(3)]) == 1


def test_ledger_refuses_a_uid_twice(folder: MailFolder) -> None:
    spool.store("imap", raw_mail(), folder=folder, uidvalidity=1, uid=3)
    with pytest.raises(IntegrityError):
        spool.store("imap", raw_mail(), folder=folder, uidvalidity=1, uid=3)


def test_store_batch_records_what_the_server_keeps_back(folder: MailFolder) -> None:
    header = b"Subject: huge\r\n\r\n"
    large = Fetched(1, None, 60_000_000, NOON, headers=header, problem="oversize")
    withheld = Fetched(2, None, 900, NOON, problem="unreadable")
    spool.store_batch(folder, [large, withheld])
    oversize, unreadable = folder.mails.order_by("uid")
    assert (oversize.state, oversize.size) == ("oversize", 60_000_000)
    assert oversize.raw is not None
    assert oversize.raw.read() == header
    assert (unreadable.state, unreadable.raw) == ("quarantined", None)
    assert unreadable.reason == "the server does not hand this mail out"


def test_store_batch_after_the_lease_was_lost_stores_nothing(folder: MailFolder) -> None:
    MailFolder.objects.filter(pk=folder.pk).update(leased_until=NOON)  # another worker
    with pytest.raises(spool.LeaseLostError):
        spool.store_batch(folder, [fetched(3)])
    assert not folder.mails.exists()


@pytest.mark.django_db(transaction=True)
def test_stored_mail_is_flushed_before_its_row_is_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, bool]] = []
    insert = spool._insert

    def look(mail: IncomingMail, kept: StoredFile) -> IncomingMail:
        seen.append((Path(default_storage.path(kept.path)).exists(), connection.in_atomic_block))
        return insert(mail, kept)

    monkeypatch.setattr(spool, "_insert", look)
    spool.store("smtp", raw_mail())
    assert seen == [(True, False)]
