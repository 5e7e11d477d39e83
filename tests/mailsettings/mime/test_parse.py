import time
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsettings.mime import addresses, parse, structure
from mailsettings.mime.addresses import Address
from tests.mailsettings.mime import samples

# Bytes that look enough like mail to reach every branch of the reader.
FRAGMENTS = st.sampled_from(
    [
        *(
            b"From: ",
            b"Subject: =?utf-8?B?",
            b"?=",
            b"\r\n",
            b"\n",
            b"\r",
            b"\r\r\n",
            b"\0",
            b"\xff\xfe",
            b"(((",
            b"<",
            b">",
        ),
        *(
            b"Content-Type: multipart/mixed; boundary=b\n\n",
            b"--b\n",
            b"--b--\n",
            b"Content-Type: text/html\n\n",
            b"<p>",
        ),
        *(
            b"Content-Transfer-Encoding: base64\n",
            b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n",
            b"charset=utf-7",
        ),
        *(
            b"Content-Type: message/rfc822\n\n",
            b"Date: ",
            b"; filename*0*=utf-16''%",
            b"&#99999999999999999999;",
            b'"',
        ),
        *(
            b"charset=idna\n\n",
            b"charset=zip\n\n",
            b"format=flowed",
            b"Message-ID: <a b@c>\n",
            b"+AAA-",
            b"=?x?q?=ED=A0=80?=",
        ),
    ]
)


def from_head(*lines: str) -> parse.ParsedMail:
    return parse.parse("\r\n".join([*lines, "", "Text"]).encode())


@given(
    st.binary(max_size=400) | st.lists(FRAGMENTS | st.binary(max_size=8), max_size=40).map(b"".join)
)
@settings(max_examples=300, deadline=None)
def test_no_bytes_stop_the_parser(raw: bytes) -> None:
    mail = parse.parse(raw)
    assert mail.raw_size == len(raw)
    assert not mail.error.startswith(
        ("TypeError", "AttributeError", "ValueError", "KeyError", "IndexError")
    )
    for shown in (mail.text, mail.html, mail.subject, *(part.name for part in mail.attachments)):
        assert "\0" not in shown
        shown.encode()


@pytest.mark.parametrize("name", samples.NAMES)
def test_our_corpus_is_read_without_error(name: str) -> None:
    mail = samples.mail(name)
    assert mail.error == ""
    assert mail.sender is not None


def test_line_ends_make_no_difference() -> None:
    raw = samples.raw("text_between_two_files")
    read = [parse.parse(raw.replace(b"\n", end)) for end in (b"\n", b"\r\n", b"\r", b"\r\r\n")]
    assert (
        len(
            {
                (mail.text, mail.subject, *(part.content for part in mail.attachments))
                for mail in read
            }
        )
        == 1
    )


def test_text_between_attachments_is_kept() -> None:
    mail = samples.mail("text_between_two_files")
    assert mail.text == "First the CV.\n\nAnd then the certificate."
    assert [(part.name, part.content) for part in mail.attachments] == [
        ("cv.pdf", b"%PDF-1.4\n"),
        ("Zeugnis Müller.pdf", b"%PDF-1.4\n"),
    ]


def test_a_mail_inside_a_mail_is_an_attachment_named_by_its_subject() -> None:
    mail = samples.mail("forwarded_as_attachment")
    assert mail.text == "Siehe Anhang."
    assert [(part.name, part.content_type) for part in mail.attachments] == [
        ("Bewerbung als Köchin.eml", "message/rfc822")
    ]
    assert parse.parse(mail.attachments[0].content).text == "Der innere Text."


def test_a_boundary_that_is_not_named_is_found() -> None:
    mail = samples.mail("boundary_without_name")
    assert (mail.text, mail.attachments[0].name) == ("The text is found.", "list.csv")


def test_a_boundary_that_never_comes_leaves_the_raw_text() -> None:
    assert samples.mail("boundary_that_never_comes").text.strip() == "Shown as it came."


@pytest.mark.parametrize("name", ["latin1_without_charset", "unknown_charset"])
def test_text_without_usable_charset_is_still_readable(name: str) -> None:
    mail = samples.mail(name)
    assert "Grüße" in mail.text
    assert mail.sender is not None
    assert mail.sender.name in ("Jörg Müller", "Jörg")


def test_broken_header_fields_are_read_as_they_were_meant() -> None:
    mail = samples.mail("comma_without_quotes")
    assert mail.sender == Address("Muster, Erika", "erika@bewerber.example")
    assert [one.addr_spec for one in mail.to] == [
        "jobs@kunde.example",
        "hr@kunde.example",
        "ops@kunde.example",
    ]
    assert mail.reply_to == ()
    assert mail.message_id == "<not a usual id@bewerber.example>"
    assert mail.references == ("<one@x>", "<two@x>")
    assert mail.subject == "Ärztin"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.de", Address("", "a@b.de")),
        ('"Doe, \\"J\\"" <j@x>', Address('Doe, "J"', "j@x")),
        ("j@x (Jo (the) Doe)", Address("Jo the Doe", "j@x")),
        ("=?utf-8?q?M=C3=BCller=2C_Max?= <m@x>", Address("Müller, Max", "m@x")),
        ("=?utf-8?q?Max_=3Cm=40x=3E?=", Address("Max", "m@x")),
        ("<@relay:j@x>", Address("", "j@x")),
        ("Two <a@x>, People <b@x>", Address("Two", "a@x")),
        ("MAILER-DAEMON <>", None),
        ("(" * 5000, None),
        ("a@" * 5000, None),
    ],
)
def test_the_sender_is_found_in_any_from_field(value: str, expected: Address | None) -> None:
    assert from_head(f"From: {value}").sender == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "Tue, 3 Mar 2026 10:15:00 +0100",
            datetime(2026, 3, 3, 10, 15, tzinfo=timezone(timedelta(hours=1))),
        ),
        ("3 Mar 2026 10:15:00", datetime(2026, 3, 3, 10, 15, tzinfo=UTC)),
        ("yesterday", None),
        ("Tue, 3 Mar 1926 10:15:00 +0000", None),
        ("Tue, 3 Mar 2026 10:15:00 +9999999", None),
        ("", None),
    ],
)
def test_dates_are_aware_or_none(value: str, expected: datetime | None) -> None:
    assert from_head(f"Date: {value}").date == expected


def test_surrogates_and_nul_never_come_out() -> None:
    mail = parse.parse(b"Subject: a\0=?utf-7?q?+2AA-?=\xed\xa0\x80\r\n\r\nb\0\xed\xa0\x80c")
    (mail.subject + mail.text).encode()
    assert "\0" not in mail.subject + mail.text
    assert mail.text.startswith("b")


def test_header_fields_keep_their_order_and_repetitions() -> None:
    mail = from_head("Delivered-To: a@x", "X-One: folded", "  value", "Delivered-To: b@x")
    assert mail.headers == (
        ("Delivered-To", "a@x"),
        ("X-One", "folded  value"),
        ("Delivered-To", "b@x"),
    )
    assert mail.all_headers("delivered-to") == ("a@x", "b@x")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\cv.pdf", "cv.pdf"),
        ("cv\u202efdp.exe", "cvfdp.exe"),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
        ('what?".pdf', "what__.pdf"),
        ("..", "attachment.pdf"),
    ],
)
def test_attachment_names_are_made_safe(sent: str, kept: str) -> None:
    message = EmailMessage()
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=sent)
    assert [part.name for part in parse.parse(message.as_bytes()).attachments] == [kept]


def test_html_and_plain_alternatives_are_one_text() -> None:
    message = EmailMessage()
    message.set_content("Plain words")
    message.add_alternative("<p>Rich <b>words</b></p>", subtype="html")
    mail = parse.parse(message.as_bytes())
    assert (mail.text, mail.html.strip()) == ("Plain words", "<p>Rich <b>words</b></p>")


def test_plain_text_beside_html_is_shown_in_both() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>One</p>\n"
        b"--b\nContent-Type: text/plain\n\nTwo <3\n--b--\n"
    )
    mail = parse.parse(raw)
    assert mail.text == "One\n\nTwo <3"
    assert mail.html == "<p>One</p>\n<pre>Two &lt;3</pre>"


def test_bottomless_nesting_is_cut_and_kept() -> None:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)
    )
    mail = parse.parse(opening + b"\nThe bottom")
    assert mail.error == "too many or too deeply nested parts"
    assert "The bottom" in mail.text


def test_a_flood_of_parts_is_cut_and_kept() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * (
        structure.MAX_PARTS + 5
    )
    mail = parse.parse(raw)
    assert mail.error
    assert mail.text.count("x") == structure.MAX_PARTS + 5


def test_ten_megabytes_are_read_in_a_moment() -> None:
    message = EmailMessage()
    message.set_content("See attachment")
    message.add_attachment(
        b"\0" * 10_000_000, maintype="application", subtype="pdf", filename="big.pdf"
    )
    raw = message.as_bytes()
    started = time.process_time()
    mail = parse.parse(raw)
    assert len(mail.attachments[0].content) == 10_000_000
    assert time.process_time() - started < 2


def test_an_endless_header_is_cut() -> None:
    mail = parse.parse(b"Subject: " + b"x" * 100 + b"\n " + b"y " * 2_000_000 + b"\n\nText")
    assert mail.text == "Text"
    assert len(mail.subject) < 300_000


def test_uuencoded_attachments_are_decoded() -> None:
    head = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: x-uuencode\n\n"
    raw = head + b"begin 644 a\n#86)C\n`\nend\n"
    assert parse.parse(raw).attachments[0].content == b"abc"


def test_torn_base64_gives_what_can_be_read() -> None:
    raw = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nYWJ*j\nZGVmZ"
    assert parse.parse(raw).attachments[0].content == b"abcdef"


@pytest.mark.parametrize(
    "piece", ["a,", '"a",', "a@,", "<", "(", "a@b.example,", "=?utf-8?q?", ";", '"']
)
def test_a_flooded_address_field_is_read_in_linear_time(piece: str) -> None:
    started = time.process_time()
    mail = from_head("To: " + piece * (200_000 // len(piece)))
    assert time.process_time() - started < 4  # a quadratic reader needs minutes
    assert len(mail.to) <= addresses.MAX_ADDRESSES
