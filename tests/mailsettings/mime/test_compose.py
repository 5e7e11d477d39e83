import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsettings.mime import compose, flowed, parse
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Attachment, Draft

WHEN = datetime(2026, 3, 3, 10, 15, tzinfo=timezone(timedelta(hours=1)))
DRAFT = Draft(
    sender=Address("Acme Recruiting", "jobs@kunde.example"),
    to=(Address("Erika Muster", "erika@bewerber.example"),),
    subject="Ihre Bewerbung",
    text="Liebe Frau Muster",
    message_id="<ours.1@recruiting.example>",
    date=WHEN,
)
# What people type: any character a line can hold.
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120)
WORDS = LINE.map(lambda line: " ".join(line.split()))
TEXT = st.lists(LINE, max_size=8).map("\n".join)
NAMES = st.text(st.characters(categories=["L", "N"], include_characters=' ,."\\()@<>'), max_size=60)
ADDRESSES = st.builds(
    Address,
    NAMES.map(lambda name: " ".join(name.split()).strip(" \"'")),
    st.from_regex(r"[a-z0-9.+_-]{1,20}@[a-z0-9-]{1,20}\.example", fullmatch=True),
)


def composed(**changes: Any) -> parse.ParsedMail:
    return parse.parse(compose.compose(replace(DRAFT, **changes)))


@given(
    subject=WORDS,
    text=TEXT,
    people=st.lists(ADDRESSES, min_size=1, max_size=4),
    file=st.binary(max_size=300),
)
@settings(max_examples=150, deadline=None)
def test_what_is_composed_is_read_back(
    subject: str, text: str, people: list[Address], file: bytes
) -> None:
    attachments = (Attachment("Lebenslauf Jörg Müller.pdf", "application/pdf", file),)
    mail = composed(subject=subject, text=text, to=tuple(people), attachments=attachments)
    assert mail.error == ""
    assert mail.subject == subject
    assert mail.text == flowed.tidy(text).strip("\n") or not text.strip()
    assert [one.addr_spec for one in mail.to] == [one.addr_spec for one in people]
    assert [one.name for one in mail.to] == [
        one.name if one.name != one.addr_spec else "" for one in people
    ]
    assert [(part.name, part.content) for part in mail.attachments] == [
        ("Lebenslauf Jörg Müller.pdf", file)
    ]


@given(subject=LINE, text=TEXT, name=NAMES)
@settings(max_examples=100, deadline=None)
def test_every_line_ends_with_crlf_and_is_short(subject: str, text: str, name: str) -> None:
    raw = compose.compose(
        replace(DRAFT, subject=subject, text=text, sender=Address(name, "a@b.example"))
    )
    lines = raw.split(b"\r\n")
    assert raw.isascii()
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= compose.MAX_LINE


def test_the_standard_library_reads_the_same() -> None:
    attachments = (Attachment('Zeugnis "Köchin".pdf', "application/pdf", b"\0\1"),)
    raw = compose.compose(
        replace(DRAFT, subject="Grüße, Köln", html="<p>Grüße</p>", attachments=attachments)
    )
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message.defects == []
    assert message["Subject"] == "Grüße, Köln"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    assert [part.get_filename() for part in message.iter_attachments()] == ['Zeugnis "Köchin".pdf']


def test_a_file_that_is_encoded_piece_by_piece_is_read_back() -> None:
    content = bytes(range(256)) * 700
    mail = composed(attachments=(Attachment("Film.mp4", "video/mp4", content),))
    assert [part.content for part in mail.attachments] == [content]


def test_the_same_draft_gives_the_same_bytes() -> None:
    draft = replace(
        DRAFT, html="<p>Hallo</p>", attachments=(Attachment("a.txt", "text/plain", b"a"),)
    )
    assert compose.compose(draft) == compose.compose(replace(draft))


def test_fields_stand_where_they_belong() -> None:
    mail = composed(
        cc=(Address("", "chef@kunde.example"),),
        reply_to=Address("", "acme-jobs@recruiting.example"),
        in_reply_to="<theirs@bewerber.example>",
        references=("<ours.0@recruiting.example>",),
        headers={"Auto-Submitted": "auto-replied"},
    )
    assert mail.date == WHEN
    assert mail.cc == (Address("", "chef@kunde.example"),)
    assert mail.reply_to == (Address("", "acme-jobs@recruiting.example"),)
    assert mail.in_reply_to == "<theirs@bewerber.example>"
    earlier = ("<ours.0@recruiting.example>", "<theirs@bewerber.example>")
    # and itself, in a second place as well: some providers replace the Message-ID
    assert mail.references == (*earlier, DRAFT.message_id)
    assert mail.all_headers("X-Posthorn-ID") == (DRAFT.message_id,)
    assert mail.auto_submitted == "auto-replied"


def test_references_keep_both_ends_of_a_long_thread() -> None:
    references = tuple(f"<{number:03}{'x' * 60}@example.org>" for number in range(200))
    kept = composed(references=references).references
    assert kept[0] == references[0]
    assert kept[-10:] == (*references[-9:], DRAFT.message_id)
    assert len(" ".join(kept)) <= compose.MAX_REFERENCES


def test_a_foreign_id_that_is_none_is_left_out() -> None:
    mail = composed(in_reply_to="<a b@c>", references=("<ünicode@x>", "<good@x>"))
    assert (mail.in_reply_to, mail.references) == ("", ("<good@x>", DRAFT.message_id))


def test_an_international_domain_is_written_in_ascii() -> None:
    mail = composed(to=(Address("", "info@straße.example"),))
    assert mail.to == (Address("", "info@xn--strae-oqa.example"),)


def test_a_local_part_with_umlauts_stays_utf8() -> None:
    raw = compose.compose(replace(DRAFT, to=(Address("Jörg", "jörg@bewerber.example"),)))
    assert "<jörg@bewerber.example>".encode() in raw
    assert parse.parse(raw).to == (Address("Jörg", "jörg@bewerber.example"),)


@pytest.mark.parametrize("sign", ["\r", "\n", "\0", "\r\nBcc: x@evil.example"])
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("subject", lambda bad: {"subject": bad}),
        ("sender name", lambda bad: {"sender": Address(bad, "a@b.example")}),
        ("to address", lambda bad: {"to": (Address("", f"a{bad}@b.example"),)}),
        ("cc name", lambda bad: {"cc": (Address(bad, "a@b.example"),)}),
        ("reply_to address", lambda bad: {"reply_to": Address("", f"a@b.example{bad}")}),
        ("message_id", lambda bad: {"message_id": f"<a{bad}@b>"}),
        ("in_reply_to", lambda bad: {"in_reply_to": f"<a{bad}@b>"}),
        ("references", lambda bad: {"references": (f"<a{bad}@b>",)}),
        ("attachment name", lambda bad: {"attachments": (Attachment(bad, "text/plain", b""),)}),
        (
            "attachment content type",
            lambda bad: {"attachments": (Attachment("a", f"text/plain{bad}", b""),)},
        ),
        ("header X-Mark", lambda bad: {"headers": {"X-Mark": bad}}),
    ],
)
def test_a_line_break_in_a_field_is_refused_by_name(field: str, change: Any, sign: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        compose.compose(replace(DRAFT, **change(f"x{sign}y")))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to": (Address("", "nobody"),)}, "to"),
        ({"message_id": "no-brackets@x"}, "message_id"),
        ({"date": WHEN.replace(tzinfo=None)}, "date"),
        ({"headers": {"Bcc": "x@y.example"}}, "header 'Bcc'"),
        ({"headers": {"X Bad": "1"}}, "header 'X Bad'"),
        ({"text": "a\0b"}, "text"),
    ],
)
def test_an_unusable_field_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        compose.compose(replace(DRAFT, **changes))


def test_message_ids_cannot_be_guessed() -> None:
    made = {compose.make_message_id("Müller.example") for _ in range(100)}
    assert len(made) == 100
    assert all(
        len(one.partition("@")[0]) >= 33 and one.endswith("@xn--mller-kva.example>") for one in made
    )
    assert composed(
        message_id=made.pop(), date=datetime(2026, 1, 1, tzinfo=UTC)
    ).message_id.startswith("<")
