import pytest

from mailsettings.inbound.fingerprint import fingerprint
from mailsettings.mime.parse import parse

MAIL = (
    b"Message-ID: <1@mail.example>\r\nFrom: mia@mail.example\r\nSubject: Hi\r\n\r\nHello\r\nyou\r\n"
)
NAMELESS = MAIL.replace(b"Message-ID: <1@mail.example>\r\n", b"")


def digest(raw: bytes) -> str:
    return fingerprint(raw, parse(raw))


@pytest.mark.parametrize(
    "twin",
    [
        b"Received: by a.example\r\nDelivered-To: x@a.example\r\n" + MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        MAIL + b"\r\n\r\n",
        MAIL.removesuffix(b"\r\n"),
        MAIL.replace(b"Subject: Hi", b"Subject: [external] Hi"),
    ],
)
def test_fingerprint_is_the_same_whatever_relays_add(twin: bytes) -> None:
    assert digest(twin) == digest(MAIL)


def test_fingerprint_differs_for_another_body_under_the_same_message_id() -> None:
    assert digest(MAIL.replace(b"Hello", b"Goodbye")) != digest(MAIL)


def test_fingerprint_without_message_id_tells_senders_apart() -> None:
    assert digest(NAMELESS) == digest(b"Received: by a.example\r\n" + NAMELESS)
    assert digest(NAMELESS) != digest(NAMELESS.replace(b"mia@", b"tom@"))
    assert digest(NAMELESS) != digest(MAIL)
