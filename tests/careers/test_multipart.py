"""Forms as they stand on the wire: every byte of every part arrives, or the whole is refused aloud."""

import io
from typing import Any

import pytest
from django.http.multipartparser import MultiPartParserError
from hypothesis import given, settings
from hypothesis import strategies as st

from careers.receiving import multipart

BOUNDARY = b"posthorn-boundary"


def body(*parts: bytes, end: bytes = b"\r\n") -> bytes:
    """Join parts (headers, blank line, content) to a form."""
    lines = b"".join(b"--" + BOUNDARY + end + part + end for part in parts)
    return lines + b"--" + BOUNDARY + b"--" + end


def parse(form: bytes, pieces: int = multipart.PIECE) -> list[tuple[Any, ...]]:
    """Read a form that comes in pieces of this many bytes."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(pieces)

    return [
        (part.name, part.file_name, part.is_file, b"".join(part.pieces))
        for part in multipart.parse(Slow(form), BOUNDARY)
    ]


CONTENT = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"\r\n",
            b"\n",
            b"\r",
            b"--",
            b"\r\n--",
            b"--" + BOUNDARY[:-1],
            b"\r\n\r\n--" + BOUNDARY[:3],
        ]
    ),
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(contents=st.lists(CONTENT, max_size=4), pieces=st.integers(1, 70), tail=st.booleans())
def test_every_content_comes_out_as_it_went_in(
    contents: list[bytes], pieces: int, tail: bool
) -> None:
    parts = [
        b'Content-Disposition: form-data; name="f%d"\r\n\r\n%s' % (number, content)
        for number, content in enumerate(contents)
    ]
    form = b"for mail readers\r\n" + body(*parts) + (b"epilogue\r\n" if tail else b"")
    found = [(name, content) for name, _, _, content in parse(form, pieces)]
    assert found == [(f"f{number}", content) for number, content in enumerate(contents)]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(rubbish=st.binary(max_size=300), place=st.integers(0, 120))
def test_rubbish_in_a_form_is_read_or_refused(rubbish: bytes, place: int) -> None:
    sound = body(
        b'Content-Disposition: form-data; name="a"; filename="x.pdf"\r\n\r\n%PDF',
        b"Content-Type: text/plain; charset=x\r\nContent-Disposition: form-data; name=b\r\n\r\n1",
    )
    try:
        parse(sound[:place] + rubbish + sound[place:])
    except MultiPartParserError:
        return


@pytest.mark.parametrize("cut", range(1, 150, 7))
def test_form_that_ends_within_a_part_is_no_form(cut: int) -> None:
    form = body(b'Content-Disposition: form-data; name="a"; filename="x.pdf"\r\n\r\n' + b"x" * 100)
    with pytest.raises(MultiPartParserError):
        parse(form[: -len(BOUNDARY) - 6 - cut])


def test_lines_may_end_in_lf_alone() -> None:
    form = body(b'Content-Disposition: form-data; name="a"\n\none\r\ntwo', end=b"\n")
    assert parse(form) == [("a", None, False, b"one\r\ntwo")]


def test_closing_boundary_may_lack_its_hyphens() -> None:
    form = body(b'Content-Disposition: form-data; name="a"\r\n\r\n1')
    assert parse(form.replace(BOUNDARY + b"--\r\n", BOUNDARY)) == [("a", None, False, b"1")]


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        (b'filename="Lebenslauf M\xfcller.pdf"', "Lebenslauf Müller.pdf"),
        (b'filename="Lebenslauf M\xc3\xbcller.pdf"', "Lebenslauf Müller.pdf"),
        (b'filename="R\x82sum\xe9 \x96 CV.pdf"', "R‚sumé – CV.pdf"),
        (b"filename*=iso-8859-1''M%FCller.pdf", "Müller.pdf"),
        (b"filename=\"x.pdf\"; filename*=UTF-8''M%C3%BCller.pdf", "Müller.pdf"),
        (b"filename*=no-such-charset''M%FC.pdf; filename=\"plain.pdf\"", "plain.pdf"),
        (b'filename="a; b.pdf"', "a; b.pdf"),
        (b"filename=cv.pdf", "cv.pdf"),
        (b'\r\n filename="folded.pdf"', "folded.pdf"),
        (b'filename="' + b"\xc3\xbc" * 2000 + b'.pdf"', "ü" * 2000 + ".pdf"),
    ],
)
def test_file_names(parameters: bytes, name: str) -> None:
    form = body(b'CONTENT-disposition: form-data; name="document1"; %s\r\n\r\nx' % parameters)
    assert parse(form) == [("document1", name, True, b"x")]


@pytest.mark.parametrize(
    ("headers", "is_file"),
    [
        (b'name="document1"', False),
        (b'name="document1"; filename=""', True),
        (b'name="document1"\r\nContent-Type: application/pdf', True),
        (b'name="document1"\r\nContent-Type: application/octet-stream', True),
        (b'name="first_name"\r\nContent-Type: application/octet-stream', False),
        (b'name="first_name"\r\nContent-Type: text/plain; charset=us-ascii', False),
        (b'name="first_name"\r\nContent-Type: application/json', False),
    ],
)
def test_part_without_a_file_name_is_a_file_if_its_type_says_so(
    headers: bytes, is_file: bool
) -> None:
    assert parse(body(b"Content-Disposition: form-data; %s\r\n\r\nx" % headers))[0][2] is is_file


@pytest.mark.parametrize(
    ("coding", "content", "decoded"),
    [
        (b"base64", b"SGVsbG8s\r\nIHdvcmxk\r\nIQ==", b"Hello, world!"),
        (b"BASE64", b"SGVsbG8=", b"Hello"),
        (b"quoted-printable", b"M=C3=BCller=\r\n und\r\nSohn", "Müller und\r\nSohn".encode()),
        (b"8bit", b"M\xfcller", b"M\xfcller"),
        (b"binary", b"M\xfcller", b"M\xfcller"),
    ],
)
@pytest.mark.parametrize("pieces", [1, 1000])
def test_transfer_encodings_are_undone(
    coding: bytes, content: bytes, decoded: bytes, pieces: int
) -> None:
    part = (
        b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: %s\r\n\r\n'
        % coding
    )
    assert parse(body(part + content), pieces)[0][3] == decoded


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Disposition: form-data\r\n\r\nlost?",
        b"\r\n\r\nlost?",
        b"no header\r\n\r\nlost?",
        b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nSGV',
        b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n@@@@',
        b'Content-Disposition: form-data; name="' + b"x" * 100_000 + b'"\r\n\r\n1',
    ],
)
def test_what_cannot_be_kept_is_refused(part: bytes) -> None:
    with pytest.raises(MultiPartParserError):
        parse(body(part))


def test_parts_are_counted_even_if_they_say_nothing() -> None:
    with pytest.raises(MultiPartParserError, match="too many"):
        parse(body(*[b"X: y\r\n\r\n"] * (multipart.MAX_PARTS + 1)))


@pytest.mark.parametrize("form", [b"", b"x" * 100_000, b"--" + BOUNDARY])
def test_body_without_a_form_is_none(form: bytes) -> None:
    if form.startswith(b"--"):
        assert parse(form) == []
    else:
        with pytest.raises(MultiPartParserError):
            parse(form)


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        (b"M\xc3\xbcller", "", "Müller"),
        (b"M\xfcller", "", "Müller"),
        (b"M\xfcller", "ISO-8859-1", "Müller"),
        (b"\xa4", "iso-8859-15", "€"),
        (b"M\xc3\xbcller", "us-ascii", "Müller"),
        (b"M\xc3\xbcller", "no such charset", "Müller"),
        (b"M\\u00fc", "unicode_escape", "M\\u00fc"),
        (b"xn--mller-kva", "idna", "xn--mller-kva"),
        (b"\x81\xff", "", "\x81ÿ"),
    ],
)
def test_texts_are_read_in_the_charset_that_fits(raw: bytes, charset: str, text: str) -> None:
    assert multipart.decode(raw, charset) == text
