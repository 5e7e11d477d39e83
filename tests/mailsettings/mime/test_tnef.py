import struct
import time
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from mailsettings.mime import tnef
from mailsettings.mime.parse import ParsedMail, parse

MESSAGE, FILE = 1, 2


def attribute(level: int, name: int, data: bytes) -> bytes:
    checksum = sum(data) & 0xFFFF
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", checksum)


def text_property(name: int, value: str) -> bytes:
    data = value.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HHII", 0x1F, name, 1, len(data)) + data + b"\0" * (-len(data) % 4)


def wrapper(*attributes: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


def properties(*values: bytes) -> bytes:
    return struct.pack("<I", len(values)) + b"".join(values)


def a_file(name: str, content: bytes) -> bytes:
    described = properties(text_property(0x3707, name), text_property(0x370E, "application/pdf"))
    return (
        attribute(FILE, 0x9002, b"\0" * 14)
        + attribute(FILE, 0x8010, b"SHORT~1.PDF\0")
        + attribute(FILE, 0x800F, content)
        + attribute(FILE, 0x9005, described)
    )


def mail_with(wrapped: bytes, text: str = "") -> ParsedMail:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "jana@mail.example", "Bewerbung"
    mail.set_content(text)
    mail.add_attachment(wrapped, "application", "ms-tnef", filename="winmail.dat")
    return parse(mail.as_bytes())


def test_the_files_of_a_winmail_dat_become_the_mails_with_their_long_names() -> None:
    mail = mail_with(wrapper(a_file("Lebenslauf Jana Müller.pdf", b"%PDF-1.4")), "See attached.")
    assert [(part.name, part.content_type, part.content) for part in mail.attachments] == [
        ("Lebenslauf Jana Müller.pdf", "application/pdf", b"%PDF-1.4")
    ]
    assert mail.text.strip() == "See attached."


def test_the_text_of_a_winmail_dat_is_read_where_the_mail_has_none() -> None:
    body = attribute(MESSAGE, 0x9003, properties(text_property(0x1000, "Guten Tag, ich komme.")))
    assert "Guten Tag, ich komme." in mail_with(wrapper(body)).text


def test_a_text_that_stands_beside_the_wrapper_is_not_said_twice() -> None:
    body = attribute(MESSAGE, 0x9003, properties(text_property(0x1000, "Guten Tag")))
    assert mail_with(wrapper(body), "Guten  Tag").text.strip() == "Guten  Tag"


def test_a_wrapper_that_cannot_be_read_stays_an_attachment() -> None:
    mail = mail_with(wrapper(a_file("cv.pdf", b"%PDF")) + b"\1\2\3" + b"\xff" * 20)
    assert [part.name for part in mail.attachments] == ["winmail.dat", "cv.pdf"]
    assert [part.name for part in mail_with(b"nothing of the sort").attachments] == ["winmail.dat"]


def test_counts_that_are_lies_cost_no_time() -> None:
    lie = struct.pack("<IHHI", 0xFFFFFFFF, 0x1002, 0x3707, 0xFFFFFFFF)
    started = time.perf_counter()
    found = tnef.read(wrapper(attribute(FILE, 0x9005, lie)))
    assert not found.is_complete
    assert time.perf_counter() - started < 1


@given(st.binary(max_size=300), st.sampled_from([0x9003, 0x9005, 0x800C, 0x9007, 0x9002]))
def test_any_bytes_are_survived(data: bytes, name: int) -> None:
    tnef.read(data)
    tnef.read(wrapper(attribute(MESSAGE, name, data)))
    tnef.read(wrapper(attribute(MESSAGE, name, data)) + data)
