"""Files people send in: which kinds are taken, how large, under which name, and keeping them."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import filetype
from django.core.files.base import File

from companies import files
from companies.models import Company, StoredFile
from recruiting.choices import DocumentCategory

MAX_SIZE = 20 * 1024 * 1024  # bytes of one file
NAME_LENGTH = 255
HEAD = 8192  # bytes a type is recognised by
OTHER_TYPE = "application/octet-stream"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
TYPES = {
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "doc": "application/msword",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "txt": "text/plain",
    "odt": f"{_OPEN}text",
    "ods": f"{_OPEN}spreadsheet",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "rtf": "application/rtf",
    "xls": "application/vnd.ms-excel",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "ppt": "application/vnd.ms-powerpoint",
    "gif": "image/gif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "csv": "text/csv",
    "rar": "application/x-rar-compressed",
    "gz": "application/gzip",
    "zip": "application/zip",
    "7z": "application/x-7z-compressed",
}
VIDEOS = {
    "mp4": "video/mp4",
    "3gp": "video/3gpp",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "wmv": "video/x-ms-wmv",
}
ZIPPED = frozenset({"docx", "odt", "ods", "xlsx", "pptx"})  # a bare "zip" among the bytes says less
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Word, Excel and PowerPoint before 2007


class Refused(Exception):
    """The file is larger than ``MAX_SIZE``, or neither its name nor its bytes are of a kind we take."""


@dataclass(frozen=True)
class Paper:
    """A kept file as it is sent in: what it is called, what it is, what it is for."""

    file: StoredFile
    name: str
    content_type: str
    category: str = DocumentCategory.OTHER


def receive(
    company: Company,
    upload: "File[Any]",
    *,
    category: str = "",
    types: Mapping[str, str] = TYPES,
) -> Paper:
    """Check an uploaded file and keep it; ``Refused`` before anything is stored.

    Needs no transaction: a file nobody comes to point to is swept.
    """
    [paper] = receive_all(company, [(upload, category)], types=types)
    return paper


def receive_all(
    company: Company,
    received: "Sequence[tuple[File[Any], str]]",
    *,
    types: Mapping[str, str] = TYPES,
) -> list[Paper]:
    """``receive`` uploads with their categories, all of them or none."""
    extensions = [check(upload, types) for upload, _ in received]
    digests = [_known_digest(upload) for upload, _ in received]
    uploads = dict(zip(digests, (upload for upload, _ in received), strict=True))
    rows = files.store_files(company, uploads) if uploads else {}
    papers = []
    for (upload, category), extension, digest in zip(received, extensions, digests, strict=True):
        name = safe_name(upload.name or "", extension)
        kind = _content_type(name, extension, types)
        papers.append(Paper(rows[digest], name, kind, as_category(category)))
    return papers


def check(upload: "File[Any]", types: Mapping[str, str] = TYPES) -> str:
    """Return the extension that describes the file best; raises ``Refused``.

    ``types`` are the extensions a door takes, with their content types. The bytes decide where they
    are known, the name where they are not: senders call everything ``my_file.pdf``, or ``cv`` without
    an extension.
    """
    if upload.size > MAX_SIZE:
        raise Refused
    upload.seek(0)
    head = upload.read(HEAD)
    upload.seek(0)
    named, found = extension_of(upload.name or ""), recognise(head)
    if found in types and not (found == "zip" and named in ZIPPED):
        return found
    if named not in types:
        raise Refused
    return named


def keep(company: Company, upload: "File[Any]") -> StoredFile:
    """Keep an upload for the company under its SHA-256, which a door may have counted while receiving."""
    return files.store_file(company, upload, _known_digest(upload))


def safe_name(name: str, extension: str = "") -> str:
    """Return a file name without folders, control characters and surprises, at most 255 long.

    Browsers write a quote as ``%22``. ``extension`` is appended when the name has none of ours.
    """
    name = unicodedata.normalize("NFC", name).replace("%22", '"').replace("\\", "/")
    # Cc, Cf, …: line breaks, and marks that turn "fdp.exe" round before people's eyes
    shown = "".join(c for c in name.rpartition("/")[2] if unicodedata.category(c)[0] != "C")
    shown = " ".join(shown.split()).lstrip(".") or "document"
    if extension and extension_of(shown) not in TYPES | VIDEOS:
        shown = f"{shown}.{extension}"
    excess = max(len(shown) - NAME_LENGTH, 0)
    stem, dot, suffix = shown.rpartition(".")
    return stem[: len(stem) - excess] + dot + suffix if len(stem) > excess else shown[:NAME_LENGTH]


def extension_of(name: str) -> str:
    """Return what follows the last dot, lower-case, without the dot."""
    return PurePosixPath(name).suffix.removeprefix(".").strip().lower()


def recognise(head: bytes) -> str:
    """Return the extension that a file's first bytes stand for; empty when they tell nothing."""
    if head.startswith(OLE):
        return "doc"
    kind = filetype.guess(head)
    return str(kind.extension) if kind else ""


def as_category(value: str) -> str:
    """Return the document category of that name, whatever its case; ``other`` for any other word."""
    value = value.strip().lower()
    return value if value in DocumentCategory.values else DocumentCategory.OTHER


def _content_type(name: str, extension: str, types: Mapping[str, str]) -> str:
    named = extension_of(name)
    if extension == "doc" and named in ("xls", "ppt"):  # one container, three kinds
        extension = named
    return types.get(extension, OTHER_TYPE)


def _known_digest(upload: "File[Any]") -> str:
    """Return the upload's SHA-256, as it was counted on its way or counted now, and rewind it."""
    digest = getattr(upload, "digest", "") or _digest(upload)
    upload.seek(0)
    return digest


def _digest(upload: "File[Any]") -> str:
    upload.seek(0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return digest.hexdigest()
