"""Every spelling of document fields that was seen on the wire."""

from typing import Any

import pytest
from django.test import Client

from recruiting.models import Document
from tests.careers.conftest import URL, Post, file

BOUNDARY = b"posthorn-boundary"


def stored() -> list[tuple[str, str]]:
    return list(Document.objects.order_by("pk").values_list("name", "category"))


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("categorised_documents[0][{}]", "cv"),
        ("categorised_documents[0]['{}']", "CV"),
        ('categorised_documents[0]["{}"]', "cv"),
        ("categorised_documents[7][%22{}%22]", " Cv "),
        ("categorized_documents[][{}]", "cv"),
    ],
)
def test_file_and_category_find_each_other(post: Post, name: str, category: str) -> None:
    sent = {name.format("file"): file("me.pdf"), name.format("category"): category}
    assert post(**sent).status_code == 200
    assert stored() == [("me.pdf", "cv")]


def test_index_used_twice_is_paired_by_position(post: Post) -> None:
    sent = {
        "categorised_documents[0][file]": [file("a.pdf"), file("b.pdf"), file("c.pdf")],
        "categorised_documents[0][category]": ["cv", "cover-letter"],
    }
    assert post(**sent).status_code == 200
    assert stored() == [("a.pdf", "cv"), ("b.pdf", "cover-letter"), ("c.pdf", "other")]


def test_two_indexes_keep_their_categories_apart(post: Post) -> None:
    sent = {
        "categorised_documents[1][category]": "certificate",
        "categorised_documents[0][category]": "no such category",
        "categorised_documents[0][file]": file("a.pdf"),
        "categorised_documents[1][file]": file("b.pdf"),
    }
    assert post(**sent).status_code == 200
    assert stored() == [("a.pdf", "other"), ("b.pdf", "certificate")]


@pytest.mark.parametrize(
    "name", ["documents[]", "documents", "documents[3]", "document1", "attachment"]
)
def test_plain_documents(post: Post, name: str) -> None:
    assert post(**{name: [file("a.pdf"), file("b.txt")]}).status_code == 200
    assert stored() == [("a.pdf", "other"), ("b.txt", "other")]


def test_field_named_like_a_category_says_what_the_file_is(post: Post) -> None:
    assert post(cv=file("a.pdf"), cover_letter=file("b.pdf")).status_code == 200
    assert stored() == [("a.pdf", "cv"), ("b.pdf", "cover-letter")]


def test_files_and_a_text_of_the_same_name_do_not_clash(
    client: Client, fields: dict[str, Any]
) -> None:
    response = client.post(URL, fields | {"documents": [file("a.pdf"), "[object FileList]"]})
    assert response.status_code == 200
    assert stored() == [("a.pdf", "other")]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'filename="Lebenslauf M\xc3\xbcller.pdf"', "Lebenslauf Müller.pdf"),
        (b'filename="Lebenslauf M\xfcller.pdf"', "Lebenslauf Müller.pdf"),
        (b'filename="Lebenslauf M&#252;ller.pdf"', "Lebenslauf Müller.pdf"),
        (b"filename*=UTF-8''Lebenslauf%20M%C3%BCller.pdf", "Lebenslauf Müller.pdf"),
        (b'filename="C:\\\\Users\\\\mia\\\\cv.pdf"', "cv.pdf"),
        (b'filename="../../cv.pdf"', "cv.pdf"),
        (b'filename=".."', "document.pdf"),
        (b'filename=""', "document.pdf"),
        (b'filename="my \\"best\\" cv.pdf"', 'my "best" cv.pdf'),
        (b'filename="my %22best%22 cv.pdf"', 'my "best" cv.pdf'),
        (b'filename="cv"', "cv.pdf"),
        (b"filename=cv.pdf", "cv.pdf"),
        (b'filename="' + b"x" * 300 + b'.pdf"', "x" * 251 + ".pdf"),
    ],
)
def test_file_names_on_the_wire(
    client: Client, fields: dict[str, Any], disposition: bytes, name: str
) -> None:
    parts = [
        b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (key.encode(), str(value).encode())
        for key, value in fields.items()
    ]
    parts.append(
        b'Content-Disposition: form-data; name="document1"; %s\r\n'
        b"Content-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n%%PDF-1.4 x"
        % disposition
    )
    body = b"".join(b"--%s\r\n%s\r\n" % (BOUNDARY, part) for part in parts)
    response = client.post(
        URL,
        body + b"--%s--\r\n" % BOUNDARY,
        content_type=f"multipart/form-data; boundary={BOUNDARY.decode()}",
    )
    assert response.status_code == 200
    assert stored() == [(name, "other")]


def test_empty_file_inputs_are_no_documents(client: Client, fields: dict[str, Any]) -> None:
    response = client.post(URL, fields | {"documents[]": ""})
    assert response.status_code == 200
    assert stored() == []


def test_same_file_sent_twice_is_kept_once_and_attached_twice(post: Post) -> None:
    sent = {"documents[]": [file("cv.pdf"), file("copy.pdf"), file("other.pdf", b"%PDF-1.4 b")]}
    assert post(**sent).status_code == 200
    documents = Document.objects.order_by("pk")
    assert [paper.name for paper in documents] == ["cv.pdf", "copy.pdf", "other.pdf"]
    assert documents[0].file == documents[1].file != documents[2].file
    assert documents[2].file.read() == b"%PDF-1.4 b"
