"""Whether we have every mail of a folder, and fetching what we have not."""

import datetime as dt

from django.utils import timezone
from pytest_django import Settings

from companies.models import Company
from mailsettings.inbound import completeness, polling, routing
from mailsettings.models import Delivery, EmailSettings, IncomingMail, MailFolder
from tests.factories import EmailSettingsFactory, raw_mail
from tests.mailservers import ImapServer

MEGABYTE = b"x" * 1024 * 1024


def fill(server: ImapServer, *subjects: str) -> None:
    for subject in subjects:
        server.folders["INBOX"].add(raw_mail(subject=subject, Message_ID=f"<{subject}@x.example>"))


def test_mails_the_ledger_lacks_are_counted(folder: MailFolder, imap_server: ImapServer) -> None:
    fill(imap_server, "one", "two", "three")
    polling.poll(folder.pk)
    IncomingMail.objects.filter(uid=2).delete()
    fill(imap_server, "not polled yet")
    completeness.compare_all()
    folder.refresh_from_db()
    assert folder.missing == 1
    assert folder.compared_at


def test_backfill_fetches_what_is_missing_since_a_day_and_moves_no_cursor(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    fill(imap_server, "one", "two", "three")
    polling.poll(folder.pk)
    IncomingMail.objects.filter(uid__in=[1, 2]).delete()
    imap_server.folders["INBOX"].mails[1].arrived_at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    folder.refresh_from_db()
    completeness.request_backfill(folder, dt.date(2026, 1, 1))
    assert polling.poll(folder.pk) == 1
    folder.refresh_from_db()
    assert list(folder.mails.order_by("uid").values_list("uid", flat=True)) == [2, 3]
    assert (folder.last_uid, folder.backfill_since, folder.missing) == (3, None, 1)


def test_an_oversize_mail_is_fetched_when_somebody_wants_it(
    folder: MailFolder, imap_server: ImapServer, company: Company
) -> None:
    chosen = EmailSettingsFactory(company=company, largest_mail=2)
    inbox = imap_server.folders["INBOX"]
    inbox.add(raw_mail(subject="below the company's limit") + MEGABYTE)
    polling.poll(folder.pk)
    assert IncomingMail.objects.get().state == "received"
    EmailSettings.objects.filter(pk=chosen.pk).update(largest_mail=1)
    inbox.add(raw_mail(subject="large") + MEGABYTE)
    polling.poll(folder.pk)
    mail = IncomingMail.objects.get(uid=2)
    assert (mail.state, mail.size > len(MEGABYTE)) == ("oversize", True)
    assert b"Subject: large" in mail.raw.read()
    assert completeness.request_whole(mail)
    assert not completeness.request_whole(mail)
    assert polling.poll(folder.pk) == 1
    mail.refresh_from_db()
    assert mail.state == "received"
    routing.route_received()
    assert all(len(delivery.raw.read()) > len(MEGABYTE) for delivery in Delivery.objects.all())
    assert Delivery.objects.count() == 2


def test_a_wanted_mail_that_is_gone_or_far_too_large_says_so(
    folder: MailFolder, imap_server: ImapServer, settings: Settings
) -> None:
    settings.INBOUND_LARGEST_MAIL_MB = 1  # which a company that had set more is held to as well
    for subject in ("gone", "huge"):
        imap_server.folders["INBOX"].add(raw_mail(subject=subject) + MEGABYTE)
    polling.poll(folder.pk)
    IncomingMail.objects.update(state="wanted")
    del imap_server.folders["INBOX"].mails[1]
    polling.poll(folder.pk)
    gone, huge = IncomingMail.objects.order_by("uid")
    assert (gone.state, huge.state) == ("oversize", "oversize")
    assert "does not have this mail" in gone.reason
    assert "larger than 1 MB" in huge.reason


def test_a_renumbered_folder_that_was_complete_is_read_again_only_for_the_last_weeks(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    fill(imap_server, "old", "recent")
    inbox = imap_server.folders["INBOX"]
    inbox.mails[1].arrived_at = timezone.now() - dt.timedelta(days=400)
    polling.poll(folder.pk)
    inbox.renumber()
    assert polling.poll(folder.pk) == 1
    routing.route_received()
    assert Delivery.objects.count() == 2, "the recent one was known again"


def test_a_renumbered_folder_that_was_not_complete_is_read_again_whole(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    fill(imap_server, "old", "recent")
    imap_server.folders["INBOX"].mails[1].arrived_at = timezone.now() - dt.timedelta(days=400)
    polling.poll(folder.pk)
    IncomingMail.objects.filter(uid=1).delete()
    imap_server.folders["INBOX"].renumber()
    assert polling.poll(folder.pk) == 2
