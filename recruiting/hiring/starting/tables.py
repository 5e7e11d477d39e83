"""Reading CSV and XLSX files as rows of text, whatever program wrote them."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice

from django.utils.translation import gettext as _
from openpyxl import load_workbook

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 50 * 1024 * 1024  # of a workbook, which is a packed folder
MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_CELL = 2000  # characters
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", codecs.BOM_UTF8: "utf-8-sig"}
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Unreadable(Exception):
    """The file is no table we can read."""


def read(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows below them, all as text and of one width; raises ``Unreadable``."""
    if len(content) > MAX_BYTES:
        raise Unreadable(_("larger than 5 MB"))
    try:
        found = _xlsx(content) if content.startswith(b"PK") else _csv(content)
        lines = list(islice(filter(any, found), MAX_ROWS + 2))
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(_("it is broken")) from error
    if len(lines) < 2:
        raise Unreadable(_("no rows"))
    if len(lines) > MAX_ROWS + 1:
        raise Unreadable(_("more than %(count)s rows") % {"count": MAX_ROWS})
    # a workbook may say that it is wider than what anybody wrote into it
    width = min(max(len(_cut(line)) for line in lines), MAX_COLUMNS)
    rows = [(line + [""] * width)[:width] for line in lines]
    return rows[0], rows[1:]


def _cut(line: list[str]) -> list[str]:
    """The line without the empty cells at its end."""
    full = len(line)
    while full and not line[full - 1]:
        full -= 1
    return line[:full]


def _csv(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    if _BINARY.search(text):
        raise Unreadable(_("neither a CSV nor an Excel file"))
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield [cell.strip()[:MAX_CELL] for cell in line]


def _decoded(content: bytes) -> str:
    """As the mark at its begin says, which Excel's "Unicode text" has; else UTF-8, else what Windows wrote."""
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _xlsx(content: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        if sum(part.file_size for part in package.infolist()) > MAX_UNPACKED:
            raise Unreadable(_("larger than 50 MB unpacked"))
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        for line in sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS, values_only=True):
            yield [_text(value) for value in line]
    finally:
        book.close()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\0", "").strip()[:MAX_CELL]
