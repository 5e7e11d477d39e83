import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsettings.mime import machine, parse, routes
from mailsettings.mime.machine import Kind, Verdict
from tests.mailsettings.mime import samples
from tests.mailsettings.mime.notices import NOTICES, OURS

KINDS: dict[str, Kind] = {
    "bounce_exim_prose": "bounce",
    "bounce_german_prose": "bounce",
    "bounce_postfix": "bounce",
    "bounce_postfix_expired": "bounce",
    "calendar_reply": "calendar_reply",
    "delay_postfix": "delay",
    "newsletter": "list",
    "out_of_office_exchange": "auto_reply",
    "read_receipt": "report",
    "report_delivered": "report",
    "vacation_rfc3834": "auto_reply",
}


@pytest.mark.parametrize("name", samples.NAMES)
def test_every_mail_of_our_corpus_is_told_apart(name: str) -> None:
    assert machine.classify(samples.mail(name)).kind == KINDS.get(name, "person")


def test_a_delivery_status_names_who_why_and_which_mail() -> None:
    assert machine.classify(samples.mail("bounce_postfix")) == Verdict(
        "bounce",
        ("Erika@bewerber.example",),
        "<ours.7@recruiting.example>",
        True,
        "550 5.1.1 User unknown",
    )


def test_a_bounce_in_prose_names_who_why_and_which_mail() -> None:
    assert machine.classify(samples.mail("bounce_exim_prose")) == Verdict(
        "bounce",
        ("erika@bewerber.example",),
        "<ours.8@recruiting.example>",
        True,
        "host mx.bewerber.example [192.0.2.1]: 550 5.2.1 mailbox disabled",
    )


def test_a_german_bounce_without_copy_is_linked_by_the_thread() -> None:
    verdict = machine.classify(samples.mail("bounce_german_prose"))
    assert verdict.failed_addresses == ("erika@bewerber.example",)
    assert verdict.original_message_id == "<ours.9@recruiting.example>"
    assert verdict.permanent is True


@pytest.mark.parametrize("name", ["bounce_postfix_expired", "delay_postfix"])
def test_a_temporary_cause_is_not_permanent(name: str) -> None:
    assert machine.classify(samples.mail(name)).permanent is False


def test_people_have_no_failed_addresses() -> None:
    assert machine.classify(samples.mail("reply_gmail_german")) == Verdict("person")


def test_our_own_mail_is_known_by_its_message_id() -> None:
    mail = parse.parse(
        b"From: a@kunde.example\nMessage-ID: <x@Recruiting.Example>\nAuto-Submitted: auto-replied\n\nHi"
    )
    assert machine.classify(mail, own_domains=("recruiting.example",)).kind == "own"
    assert machine.classify(mail).kind == "auto_reply"


@pytest.mark.parametrize(
    ("head", "body", "kind"),
    [
        (
            "Auto-Submitted: auto-replied\nSubject: Urlaub",
            "I cannot be reached until Monday.",
            "auto_reply",
        ),
        (
            "From: postmaster@agentur.example\nSubject: Kandidatin",
            "From: e@x\nTo: jobs@y\nSubject: Hi\n\nHi",
            "person",
        ),
        (
            "From: Eva <e@x>\nSubject: Fwd: Undelivered Mail Returned to Sender",
            "could not be delivered",
            "person",
        ),
        ("From: e@x\nX-Auto-Response-Suppress: All\nSubject: Bewerbung", "Hallo", "person"),
        ("From: e@x\nPrecedence: auto_reply\nSubject: Thanks", "We got it.", "auto_reply"),
        ("From: jira@x\nAuto-Submitted: auto-generated\nSubject: New", "Task", "auto_reply"),
        (
            "From: noreply@google.com\nSubject: Report domain: x.de Submitter: google.com",
            "",
            "report",
        ),
        (
            "From: MAILER-DAEMON@x\nSubject: failure notice",
            "<e@x.example>:\nno such user",
            "bounce",
        ),
        (
            "From: MAILER-DAEMON@x\nSubject: Warning: message delayed 24 hours",
            "e@x.example",
            "delay",
        ),
        ("From: a@x\nAuto-Submitted: no\nSubject: Hi", "Hi", "person"),
    ],
)
def test_signs_are_weighed_together(head: str, body: str, kind: Kind) -> None:
    assert machine.classify(parse.parse(f"{head}\n\n{body}".encode())).kind == kind


def test_several_recipients_fail_in_one_report() -> None:
    raw = samples.raw("bounce_postfix").replace(
        b"--b1\nContent-Type: text/rfc822",
        b"\nFinal-Recipient: rfc822; <two@x.example>\nAction: failed\nStatus: 5.2.2\n"
        b"\nFinal-Recipient: rfc822; three@x.example\nAction: delivered\nStatus: 2.0.0\n"
        b"--b1\nContent-Type: text/rfc822",
    )
    verdict = machine.classify(parse.parse(raw))
    assert verdict.failed_addresses == ("Erika@bewerber.example", "two@x.example")


# Lines that machines write, in any order and broken off anywhere.
LINES = st.sampled_from(
    [
        *(
            "Return-Path: <>",
            "From: MAILER-DAEMON",
            "Subject: Undelivered",
            "Final-Recipient: rfc822;",
            "Action: failed",
        ),
        *(
            "Content-Type: multipart/report; boundary=b",
            "--b",
            "Content-Type: message/delivery-status",
            "Status: 5.1.1",
        ),
        *(
            "Content-Type: message/rfc822",
            "Message-ID: <",
            "a@b.example",
            "> To: a@b.example",
            "",
            "550 5.1.1 no",
            "--b--",
        ),
        *(
            "Received: by x for <a@b.example>",
            "Delivered-To: <<",
            "Return-Path: <srs0=a=b=c@d>",
            "Original-Recipient: ;;",
        ),
    ]
)


@given(st.lists(LINES | st.text(max_size=6), max_size=30).map("\n".join))
@settings(max_examples=200, deadline=None)
def test_no_mail_stops_the_judges(raw: str) -> None:
    mail = parse.parse(raw.encode("utf-8", "replace"))
    verdict = machine.classify(mail, own_domains=("x.example",))
    assert (verdict.permanent is None) == (verdict.kind not in ("bounce", "delay"))
    assert all("@" in route.address for route in routes.routes(mail))


def test_the_returned_mail_may_stand_between_two_delimiters_without_a_wrapper() -> None:
    raw = (
        b"From: MAILER-DAEMON@mail.example\r\nSubject: Returned Mail: User unknown\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\n\r\nThe following addresses had delivery errors\r\nmia@mail.example\r\n"
        b"--b\r\nReceived: from a by c\r\nMessage-ID: <ours@in.example>\r\n"
        b"From: jobs@acme.example\r\nTo: mia@mail.example\r\n\r\nShall we talk?\r\n--b--\r\n"
    )
    verdict = machine.classify(parse.parse(raw))
    assert (verdict.kind, verdict.original_message_id) == ("bounce", "<ours@in.example>")


@pytest.mark.parametrize("name", NOTICES)
def test_notices_that_no_standard_describes_are_read(name: str) -> None:
    notice = NOTICES[name]
    verdict = machine.classify(parse.parse(notice.raw()))
    assert (verdict.kind, verdict.permanent) == (
        notice.kind,
        {"bounce": notice.is_permanent, "delay": False}.get(notice.kind),
    )
    assert not notice.failed or verdict.failed_addresses == (notice.failed,)
    assert OURS not in notice.text or verdict.original_message_id in (OURS, "")
    if notice.kind == "bounce" and OURS in notice.text:
        assert verdict.original_message_id == OURS
