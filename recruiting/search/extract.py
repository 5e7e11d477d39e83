"""The text of a document, within limits: reading a file must never hurt more than not reading it."""

import html
import io
import re
import zipfile

from recruiting.search import pdftext
from recruiting.search.pdftext import MAX_TEXT, Unreadable

__all__ = ["MAX_FILE", "Unreadable", "text_of"]

MAX_FILE = 20 * 1024 * 1024
MAX_UNPACKED = 15 * 1024 * 1024  # of the one XML file in a docx or odt
_INSIDE = {"docx": "word/document.xml", "odt": "content.xml"}
_PARAGRAPH = re.compile(
    r"</(?:w:p|text:p|text:h)>|<(?:w:br|w:tab|text:line-break|text:tab)\b[^<>]*>"
)
_TAG = re.compile(r"<[^<>]*>")  # with no < inside, or many of them take forever


def text_of(content: bytes, name: str) -> str:
    """Return the text of a pdf, docx, odt or txt file, cut at ``MAX_TEXT``; raises ``Unreadable``."""
    kind = name.rpartition(".")[2].lower()
    if len(content) > MAX_FILE:
        raise Unreadable("too large")
    try:
        if content.startswith(b"%PDF-") or kind == "pdf":
            text = pdftext.text_of(content)
        elif kind in _INSIDE:
            text = _packed(content, _INSIDE[kind])
        elif kind == "txt":
            text = content[: MAX_TEXT * 4].decode("utf-8", "replace")
        else:
            raise Unreadable("unknown kind")
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(type(error).__name__) from error
    return text.replace("\0", " ").encode("utf-8", "replace").decode()[:MAX_TEXT]


def _packed(content: bytes, inside: str) -> str:
    """Read one XML file of a package without an XML parser, so that no entity can grow."""
    with zipfile.ZipFile(io.BytesIO(content)) as package, package.open(inside) as part:
        page = part.read(MAX_UNPACKED + 1)
    if len(page) > MAX_UNPACKED:
        raise Unreadable("too large")
    text = _PARAGRAPH.sub("\n", page.decode("utf-8", "replace"))
    return html.unescape(_TAG.sub("", text))
