"""Which files are taken, and under which names."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile

from companies.models import Company
from recruiting.people import uploads

PDF = b"%PDF-1.7 x"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
EXE = b"MZ\x90\x00" + bytes(64)


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "stored_name", "content_type"),
    [
        ("cv.pdf", PDF, "cv.pdf", "application/pdf"),
        ("cv", PDF, "cv.pdf", "application/pdf"),
        ("my_file.pdf", PNG, "my_file.pdf", "image/png"),
        ("CV.DOC", OLE, "CV.DOC", "application/msword"),
        ("table.xls", OLE, "table.xls", "application/vnd.ms-excel"),
        ("notes.txt", b"hello", "notes.txt", "text/plain"),
        ("list.csv", b"a;b", "list.csv", "text/csv"),
        ("empty.txt", b"", "empty.txt", "text/plain"),
        ("all.zip", zipped("a.txt"), "all.zip", "application/zip"),
        ("cv.docx", zipped("a.txt"), "cv.docx", uploads.TYPES["docx"]),
        ("page.html", PDF, "page.html.pdf", "application/pdf"),
    ],
)
def test_receive_decides_by_bytes_then_by_name(
    company: Company, name: str, content: bytes, stored_name: str, content_type: str
) -> None:
    paper = uploads.receive(company, ContentFile(content, name), category="CV")
    assert (paper.name, paper.content_type, paper.category) == (stored_name, content_type, "cv")
    assert paper.file.read() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [("tool.exe", EXE), ("page.html", b"<html>"), ("unknown", b"text"), ("x.svg", b"<svg/>")],
)
def test_receive_refuses_what_neither_name_nor_bytes_allow(
    company: Company, name: str, content: bytes
) -> None:
    with pytest.raises(uploads.Refused):
        uploads.receive(company, ContentFile(content, name))


def test_receive_refuses_one_byte_too_many(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_SIZE", 100)
    uploads.receive(company, ContentFile(PDF.ljust(100), "a.pdf"))
    with pytest.raises(uploads.Refused):
        uploads.receive(company, ContentFile(PDF.ljust(101), "a.pdf"))


@pytest.mark.parametrize(
    ("sent", "safe"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\Mia\\cv.pdf", "cv.pdf"),
        ("my %22best%22 cv.pdf", 'my "best" cv.pdf'),
        ("cv\u202efdp.exe\r\n.pdf", "cvfdp.exe.pdf"),
        ("Lebenslauf  Mu\u0308ller.pdf", "Lebenslauf Müller.pdf"),
        (".htaccess", "htaccess"),
        ("", "document"),
        ("a" * 300 + ".pdf", "a" * 251 + ".pdf"),
        ("a." + "b" * 300, "a." + "b" * 253),
    ],
)
def test_safe_name(sent: str, safe: str) -> None:
    assert uploads.safe_name(sent) == safe


def test_as_category_knows_six_words_in_any_case() -> None:
    words = ["CV", " cover-letter", "employment-reference", "resume", ""]
    found = [uploads.as_category(word) for word in words]
    assert found == ["cv", "cover-letter", "employment-reference", "other", "other"]


def test_keep_gives_a_spooled_file_a_second_name_instead_of_copying_it(company: Company) -> None:
    content = b"%PDF-1.7 of this test alone"
    with TemporaryUploadedFile("cv.pdf", "application/pdf", len(content), None) as upload:
        upload.write(content)
        upload.flush()
        stored = uploads.keep(company, upload)
        inode = Path(upload.temporary_file_path()).stat().st_ino
        assert Path(default_storage.path(stored.path)).stat().st_ino == inode
    assert stored.digest == hashlib.sha256(content).hexdigest()
    assert stored.read() == content


def test_keep_the_same_bytes_twice_is_one_file_for_a_company(company: Company) -> None:
    first = uploads.keep(company, ContentFile(PDF, "a.pdf"))
    assert uploads.keep(company, ContentFile(PDF, "b.pdf")) == first
