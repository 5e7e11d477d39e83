"""Reading CSV and XLSX files as rows of text, whatever program wrote them."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice

from openpyxl import load_workbook

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 50 * 1024 * 1024  # of a workbook, which is a packed folder
MAX_ROWS = 5000
MAX_COLUMNS = 60
MAX_CELL = 2000  # characters


class Unreadable(Exception):
    """The file is no table we can read."""


def read(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows below them, all as text and of one width; raises ``Unreadable``."""
    if len(content) > MAX_BYTES:
        raise Unreadable("larger than 5 MB")
    try:
        found = _xlsx(content) if content.startswith(b"PK") else _csv(content)
        lines = list(islice(filter(any, found), MAX_ROWS + 2))
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(type(error).__name__) from error
    if len(lines) < 2:
        raise Unreadable("no rows")
    if len(lines) > MAX_ROWS + 1:
        raise Unreadable(f"more than {MAX_ROWS} rows")
    width = min(len(lines[0]), MAX_COLUMNS)
    rows = [(line + [""] * width)[:width] for line in lines]
    return rows[0], rows[1:]


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    text = text.replace("\0", "")
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield [cell.strip()[:MAX_CELL] for cell in line]


def _xlsx(content: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        if sum(part.file_size for part in package.infolist()) > MAX_UNPACKED:
            raise Unreadable("larger than 50 MB unpacked")
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
