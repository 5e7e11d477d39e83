"""An invitation in Dovecot: it sorts the parts of a mail by itself, and keeps the bytes a calendar reads."""

import base64

import pytest
from icalendar import Calendar

from companies.models import Membership
from mailsettings.wire import imap
from mailsettings.wire.imap import Account
from mailsettings.wire.net import Encryption
from recruiting.interviews import scheduling
from recruiting.models import Application
from tests.mailsettings.wire.conftest import LOOPBACK
from tests.recruiting.interviews.test_story import days_ahead
from tests.servers.dovecot import User
from tests.servers.world import World

pytestmark = pytest.mark.peers


def test_dovecot_finds_the_invitation_last_among_the_alternatives(
    mail_world: World, application: Application, ben: Membership
) -> None:
    at = days_ahead(3)
    plan = scheduling.Plan(
        "Gespräch über Köln", 45, "Europe/Berlin", participants=[ben], starts_at=at
    )
    scheduling.arrange(application, plan, by=ben)
    message = application.messages.get()
    assert message.outgoing is not None
    user = mail_world.dovecot.add(User("invited@example.test", "secret"))
    account = Account(
        "localhost", mail_world.dovecot.imaps, Encryption.SSL, user.address, user.password
    )
    with imap.session(account, timeout=20, allowed_networks=LOOPBACK) as client:
        imap.append(client, "INBOX", message.outgoing.raw.read())
        client.select_folder("INBOX")
        found = client.fetch([1], ["BODYSTRUCTURE", "BODY[1.3]"])[1]
    alternatives, file = found[b"BODYSTRUCTURE"][0]
    assert found[b"BODYSTRUCTURE"][1] == b"mixed"
    assert [part[1] for part in alternatives[0]] == [b"plain", b"html", b"calendar"]
    calendar_part = alternatives[0][2]
    assert dict(zip(calendar_part[2][::2], calendar_part[2][1::2], strict=True)) == {
        b"charset": b"utf-8",
        b"method": b"REQUEST",
    }
    assert (file[0], file[1]) == (b"application", b"ics")

    [event] = Calendar.from_ical(base64.b64decode(found[b"BODY[1.3]"])).walk("VEVENT")
    assert event["SUMMARY"] == "Gespräch über Köln: Acme Berlin GmbH"
    assert event["DTSTART"].dt == at
