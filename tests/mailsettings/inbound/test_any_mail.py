"""Whatever a mail says of its recipients: routing never breaks on it and never crosses companies."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from companies.models import Company, Membership
from mailsettings.inbound import routing, spool
from mailsettings.models import Delivery, IncomingMail, MailFolder
from tests.mailsettings.inbound.conftest import make_mailbox

FIELDS = [
    *("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Forwarded-To", "Resent-To"),
    *("X-Forwarded-For", "Return-Path", "X-MS-Exchange-Inbox-Rules-Loop", "Resent-From"),
    *("X-Sieve-Redirected-From", "Received", "References", "Message-ID", "From", "Subject"),
    *("Content-Type", "Auto-Submitted", "Authentication-Results"),
]
ADDRESSES = [
    *("acme-jobs@in.posthorn.example", "globex-jobs@in.posthorn.example"),
    *("ACME-jobs+tag@IN.posthorn.example", "nobody-jobs@in.posthorn.example"),
    *("jobs@acme.example", "jobs@globex.example", "mia@mail.example", "<>", "a@b@c", "@", '"', ","),
    *(
        "SRS0=x=y=acme.example=jobs@relay.example",
        "jobs+caf_=acme-jobs=in.posthorn.example@g.example",
    ),
    *(
        "from a by b for <acme-jobs@in.posthorn.example>; Mon, 2 Nov 2026 10:00:00 +0100",
        "=?utf-8?B?",
    ),
]
VALUES = st.sampled_from(ADDRESSES) | st.text(max_size=20)
LINES = st.lists(st.tuples(st.sampled_from(FIELDS), st.lists(VALUES, max_size=3)), max_size=8)


def write(lines: list[tuple[str, list[str]]], body: bytes) -> bytes:
    head = "".join(f"{name}: {', '.join(values)}\r\n" for name, values in lines)
    return head.encode("utf-8", "surrogatepass") + b"\r\n" + body


@pytest.fixture
def world(company: Company, cleo: Membership) -> dict[str, Any]:
    """Two companies, the first of which has a mailbox that is read, and the platform's catch-all."""
    mailbox = make_mailbox(company, 1)
    make_mailbox(cleo.company, 1, address="jobs@globex.example")
    return {
        "acme": company,
        "catch-all": MailFolder.objects.create(server="inbound@mail.posthorn.example:993"),
        "mailbox": MailFolder.objects.create(mailbox=mailbox, server="anna@127.0.0.1:1"),
    }


@given(
    LINES,
    st.binary(max_size=60),
    st.sampled_from(["smtp", "catch-all", "mailbox"]),
    st.lists(st.sampled_from(ADDRESSES[:4]) | st.text(max_size=10), max_size=3),
)
@example([("To", ["globex-jobs@in.posthorn.example"])], b"", "mailbox", [])
@example(
    [("To", ["acme-jobs@in.posthorn.example"])], b"", "smtp", ["globex-jobs@in.posthorn.example"]
)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_mail_is_settled_and_only_where_it_was_addressed(
    world: dict[str, Any],
    lines: list[tuple[str, list[str]]],
    body: bytes,
    door: str,
    envelope: list[str],
) -> None:
    Delivery.objects.all().delete()
    recipients = [one for one in envelope if "\0" not in one]
    raw = write(lines, body)
    mail = spool.store(
        "smtp" if door == "smtp" else "imap",
        raw,
        envelope_recipients=recipients if door == "smtp" else [],
        folder=world.get(door),
    )
    routing.route_received()
    mail.refresh_from_db()
    assert mail.state in (IncomingMail.State.ROUTED, IncomingMail.State.UNROUTED), mail.reason
    reached = set(Delivery.objects.values_list("company__account", flat=True))
    named = (raw.decode("utf-8", "replace") + " ".join(recipients)).lower()
    if door == "mailbox":
        assert reached == {"acme"}, "a company's own mailbox is nobody else's"
    for account in reached - ({"acme"} if door == "mailbox" else set()):
        assert f"{account}-jobs" in named or f"@{account}.example" in named
    by_envelope = {
        one.lower().partition("-jobs")[0] for one in recipients if "-jobs" in one.lower()
    }
    if door == "smtp" and (known := by_envelope & {"acme", "globex"}):
        assert reached == known, "the envelope decides"
