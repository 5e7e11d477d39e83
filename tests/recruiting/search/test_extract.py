"""Text of documents, and what cannot be read."""

import io
import time
import zipfile
import zlib

import pytest

from recruiting.search import extract, pdftext
from recruiting.search.folding import excerpt, fold


def package(inside: str, page: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(inside, page)
    return out.getvalue()


def one_page(drawing: bytes) -> bytes:
    """Return a PDF whose only page is drawn by this deflated content."""
    out = bytearray(b"%PDF-1.4\n")
    starts = []
    for number, part in enumerate(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
            b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(drawing), drawing),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ],
        1,
    ):
        starts.append(len(out))
        out += b"%d 0 obj%b endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    end = b"trailer<</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF" % len(out)
    return bytes(out) + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def test_text_of_word_and_opendocument_keeps_paragraphs_apart() -> None:
    docx = package(
        "word/document.xml",
        "<w:p><w:t>Kern</w:t><w:t>physik</w:t></w:p><w:p><w:t>A&amp;B</w:t></w:p>",
    )
    assert extract.text_of(docx, "cv.DOCX").split() == ["Kernphysik", "A&B"]
    odt = package("content.xml", "<text:h>Über</text:h><text:p>mich</text:p>")
    assert extract.text_of(odt, "cv.odt").split() == ["Über", "mich"]


def test_text_of_pdf_and_plain_text() -> None:
    from ats.demo import pdf

    assert "Kubernetes" in extract.text_of(pdf.page(["Mia", "Kubernetes"]), "cv.pdf")
    assert extract.text_of("Grüße\0".encode(), "a.txt") == "Grüße "


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7 broken", "a.pdf"),
        (b"PK\x03\x04 broken", "a.docx"),
        (package("other.xml", "x"), "a.docx"),
        (b"\x89PNG", "a.png"),
        (package("content.xml", "x" * (extract.MAX_UNPACKED + 1)), "bomb.odt"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(content: bytes, name: str) -> None:
    with pytest.raises(extract.Unreadable) as refused:
        extract.text_of(content, name)
    assert str(refused.value)


def test_a_pdf_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """One page whose content unpacks to 20 MB of drawing, which is little to write and long to read."""
    letter = b"BT /F 9 Tf (x) Tj ET "
    assert extract.text_of(one_page(zlib.compress(letter)), "cv.pdf").strip() == "x"
    monkeypatch.setattr(pdftext, "SECONDS", 1.0)
    with pytest.raises(extract.Unreadable, match="takes too long"):
        extract.text_of(one_page(zlib.compress(letter * 1_000_000)), "cv.pdf")


@pytest.mark.parametrize("page", ["<", "<w:br "])
def test_a_page_of_openings_is_read_as_fast_as_any_other(page: str) -> None:
    content = package("word/document.xml", page * 200_000)
    began = time.process_time()
    extract.text_of(content, "cv.docx")
    assert time.process_time() - began < 5


def test_umlauts_accents_and_transliterations_are_one_spelling() -> None:
    assert fold("Müller") == fold("MUELLER") == fold("Muller")
    assert fold("Łukasz Größe café") == ["lukasz", "grosse", "cafe"]
    assert fold("mia.o@x.example") == ["mia", "o", "x", "example"]


def test_excerpt_marks_the_word_as_it_was_written() -> None:
    pieces = excerpt("Ich bin Frau Müller aus Kiel", ["mull"])
    assert [text for text, is_match in pieces if is_match] == ["Müller"]
    assert excerpt("nothing", ["x"]) == []
