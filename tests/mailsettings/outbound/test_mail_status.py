"""``mail_status --json``: other people's scripts rely on its shape."""

import io
import json
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from mailsettings.models import Mailbox, MailFolder
from tests import factories


def status() -> Any:
    out = io.StringIO()
    call_command("mail_status", json=True, stdout=out)
    return json.loads(out.getvalue())


def test_all_states_are_named_when_there_is_nothing(db: None) -> None:
    outgoing = "queued sending retrying sent failed unconfirmed bounced cancelled"
    incoming = "received filed unmatched ignored quarantined oversize unrouted"
    assert status() == {
        "incoming": dict.fromkeys(incoming.split(), 0),
        "outgoing": dict.fromkeys(outgoing.split(), 0),
        "mailboxes": [],
    }


def test_outgoing_mail_that_was_tried_counts_as_retrying(db: None) -> None:
    factories.OutgoingMailFactory()
    factories.OutgoingMailFactory.create_batch(2, attempts=1)
    factories.OutgoingMailFactory(state="sent", attempts=1)
    counts = status()["outgoing"]
    assert (counts["queued"], counts["retrying"], counts["sent"]) == (1, 2, 1)


def test_incoming_mail_counts_once_whether_routed_or_not(db: None) -> None:
    factories.IncomingMailFactory(state="received")
    factories.DeliveryFactory(incoming=factories.IncomingMailFactory(state="routed"))
    factories.DeliveryFactory(state="filed")
    factories.DeliveryFactory(state="quarantined")
    factories.IncomingMailFactory(state="quarantined")
    factories.IncomingMailFactory(state="unrouted")
    counts = {state: count for state, count in status()["incoming"].items() if count}
    assert counts == {"received": 2, "filed": 1, "quarantined": 2, "unrouted": 1}


def test_folder_shows_what_is_on_the_server_and_what_was_fetched(mailbox: Mailbox) -> None:
    now = timezone.now()
    folder = MailFolder.objects.create(
        mailbox=mailbox, name="Jobs", uidvalidity=7, on_server=3, last_polled_at=now
    )
    for uid in (1, 2):
        factories.IncomingMailFactory(folder=folder, uidvalidity=7, uid=uid)
    factories.IncomingMailFactory(
        folder=folder, uidvalidity=6, uid=1
    )  # before the server was reset
    assert status()["mailboxes"] == [
        {
            "address": "jobs@acme.example",
            "folder": "Jobs",
            "on_server": 3,
            "in_ledger": 2,
            "last_polled_at": now.isoformat(),
            "state": "ok",
        }
    ]


def test_state_of_a_folder_tells_what_is_wrong(mailbox: Mailbox) -> None:
    Mailbox.objects.update(imap_host="imap.acme.example")
    assert [box["state"] for box in status()["mailboxes"]] == ["waiting"]
    folder = MailFolder.objects.create(mailbox=mailbox, failing_since=timezone.now())
    assert [box["state"] for box in status()["mailboxes"]] == ["failing"]
    folder.next_poll_at = None
    folder.save()
    assert [box["state"] for box in status()["mailboxes"]] == ["off"]


def test_catch_all_of_the_platform_has_an_address(db: None) -> None:
    MailFolder.objects.create(server="inbound@localhost")
    assert status()["mailboxes"][0]["address"] == "*@recruiting.posthorn.example"


def test_people_can_read_it_too(mailbox: Mailbox) -> None:
    MailFolder.objects.create(mailbox=mailbox)
    out = io.StringIO()
    call_command("mail_status", stdout=out)
    assert "outgoing: queued 0" in out.getvalue()
    assert "jobs@acme.example INBOX: waiting" in out.getvalue()
