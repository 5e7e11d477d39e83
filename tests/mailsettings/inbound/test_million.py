"""A mailbox of a million mails costs a poll no more than a small one."""

import pytest

from mailsettings.inbound import completeness, polling
from mailsettings.models import MailFolder
from tests.factories import raw_mail
from tests.imapserver import Folder, ImapServer, StoredMail

MANY = 1_000_000


@pytest.mark.slow  # the server takes its time to count
def test_only_what_is_new_is_asked_for_and_the_nightly_comparison_bears_it(
    folder: MailFolder, imap_server: ImapServer
) -> None:
    old = StoredMail(raw_mail(subject="old"))
    inbox = Folder(uidnext=MANY + 1, mails=dict.fromkeys(range(1, MANY + 1), old))
    imap_server.folders["INBOX"] = inbox
    MailFolder.objects.update(uidvalidity=inbox.uidvalidity, last_uid=MANY)
    new = [inbox.add(raw_mail(subject=f"new {number}")) for number in range(3)]
    assert polling.poll(folder.pk) == 3
    assert imap_server.told("UID SEARCH") == [f"UID SEARCH UID {MANY + 1}:*"]
    named = ",".join(map(str, new))
    assert {line.split()[2] for line in imap_server.told("UID FETCH")} == {named}
    completeness.compare_all()
    folder.refresh_from_db()
    assert (folder.on_server, folder.missing) == (MANY + 3, MANY)
