"""A mailbox that cannot be read is told of once, goes on by itself, and once more when it works."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from companies.models import Membership
from mailsettings.inbound import folders, polling
from mailsettings.models import MailFolder, OutgoingMail, ProbeRun, Proof
from mailsettings.proofs import breakers
from tests.factories import raw_mail
from tests.mailservers import ImapServer, imap_server  # noqa: F401 -- a fixture
from tests.mailsettings.inbound.conftest import make_mailbox


def told() -> list[tuple[str, str]]:
    """Subject and recipient of each mail so far, oldest first."""
    rows = OutgoingMail.objects.order_by("pk").values_list("subject", "recipients__address")
    return [(subject, address) for subject, address in rows]


@pytest.mark.parametrize("is_personal", [False, True])
def test_the_breaker_opens_once_closes_by_itself_and_says_so_once(
    ada: Membership,
    ben: Membership,
    client: Client,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
    is_personal: bool,
) -> None:
    owner = ben if is_personal else ada
    whose = {"user": ben.user, "address": "ben@home.example"} if is_personal else {}
    mailbox = make_mailbox(ada.company, imap_server.port, **whose)
    folders.sync()
    folder = MailFolder.objects.get(mailbox=mailbox)
    imap_server.refuse["authenticate"] = "NO [AUTHENTICATIONFAILED] wrong account or password"

    def poll() -> None:
        polling.poll(folder.pk, wanted=lambda _folder, mails, _is_whole: [True] * len(mails))
        breakers.tell_due()

    poll()
    assert told() == [], "a hiccup is nobody's business"
    MailFolder.objects.update(failing_since=timezone.now() - timedelta(minutes=16))
    poll()
    poll()
    assert told() == [(f"{mailbox} cannot be read", owner.user.email)]
    text = OutgoingMail.objects.get().raw.read()
    assert b"wrong account or password" in text
    assert b"secret" not in text
    client.force_login(owner.user)
    page = client.get("/settings/recruiting/email/" if not is_personal else "/profile/email/")
    assert "cannot be read since" in page.text

    imap_server.refuse.clear()
    imap_server.folders["INBOX"].add(raw_mail())
    poll()
    poll()
    assert told()[1:] == [(f"{mailbox} is read again", owner.user.email)]
    folder.refresh_from_db()
    assert folder.alarmed_at is None


def test_what_the_daily_check_has_told_is_not_told_again(
    ada: Membership,
    imap_server: ImapServer,  # noqa: F811 -- the fixture
) -> None:
    mailbox = make_mailbox(ada.company, imap_server.port)
    Proof.objects.create(
        company=ada.company,
        mailbox=mailbox,
        kind=ProbeRun.Kind.IMAP,
        target="127.0.0.1",
        proven_at=timezone.now(),
        failing_since=timezone.now(),
    )
    folders.sync()
    MailFolder.objects.filter(mailbox=mailbox).update(
        failing_since=timezone.now() - timedelta(hours=1)
    )
    assert breakers.tell_due() == 1
    assert breakers.tell_due() == 0
    assert told() == []
