"""A mailbox read over IMAP into the database, beside the same done with the standard library (floor).

The floor does what any reader must: fetch in batches, parse, decode, write attachments under their digest and
rows in batches. It flushes no file, matches nothing and keeps no raw mail.
"""

import email
import hashlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import imapclient
from django.conf import settings
from django.db import connection, transaction

from mailsettings.inbound import folders, polling, routing
from mailsettings.models import MailFolder
from recruiting.conversation.receiving import intake
from recruiting.models import Message
from tests import factories
from tests.bench.mailbox import MAILS, name_of, start
from tests.bench.measure import compare, served

BATCH = 50
LOGIN = ("anna", "secret")


def run() -> None:
    settings.INBOUND_IMAP_URL = ""
    company = factories.CompanyFactory()
    rounds: dict[str, Iterator[int]] = {"floor": count(), "product": count()}
    files = settings.STATE_DIR / "bench"
    files.mkdir()
    with connection.cursor() as cursor:
        cursor.execute(
            "create table bench_mail (message_id text, sender text, subject text, body text)"
        )
        cursor.execute("create table bench_attachment (message_id text, name text, digest text)")
    with served(start) as port:

        def floor() -> None:
            with imapclient.IMAPClient("127.0.0.1", port, ssl=False) as client:
                client._imap.debug = 0
                client.login(*LOGIN)
                client.select_folder(name_of(next(rounds["floor"])), readonly=True)
                uids = client.search("ALL")
                for first in range(0, len(uids), BATCH):
                    fetched = client.fetch(uids[first : first + BATCH], ["BODY.PEEK[]"])
                    _store([one[b"BODY[]"] for one in fetched.values()], files)

        def product() -> None:
            mailbox = factories.MailboxFactory(
                company=company,
                subcompany=factories.SubcompanyFactory(company=company),
                imap_host="127.0.0.1",
                imap_port=port,
                imap_encryption="none",
                imap_account=LOGIN[0],
                imap_password=LOGIN[1],
                imap_folder=name_of(next(rounds["product"])),
            )
            folders.sync()
            polling.poll(MailFolder.objects.get(mailbox=mailbox).pk)
            routing.route_received()
            while intake.file_received():
                pass

        compare("ingest", MAILS, stdlib_fetch_parse_store=floor, poll_route_file=product)
    print(f"ingest: {Message.objects.filter(company=company).count()} messages stand")


def _store(mails: list[bytes], files: Path) -> None:
    rows, attachments = [], []
    for raw in mails:
        mail = email.message_from_bytes(raw)
        body = ""
        for part in mail.walk():
            content = part.get_payload(decode=True)
            if part.get_filename() and isinstance(content, bytes):
                digest = hashlib.sha256(content).hexdigest()
                (files / digest).write_bytes(content)
                attachments.append((mail["Message-ID"], part.get_filename(), digest))
            elif part.get_content_type() == "text/plain" and isinstance(content, bytes):
                body = content.decode(part.get_content_charset() or "utf-8", "replace")
        rows.append((mail["Message-ID"], str(mail["From"]), str(mail["Subject"]), body))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("insert into bench_mail values (%s, %s, %s, %s)", rows)
        cursor.executemany("insert into bench_attachment values (%s, %s, %s)", attachments)
