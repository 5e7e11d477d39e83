"""Receiving forms: files are streamed straight to where the storage lives, counted and digested on the way."""

import hashlib
import html
import tempfile
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict

from careers.receiving import bodies, multipart
from careers.receiving.multipart import Part
from recruiting.people.uploads import MAX_SIZE, safe_name

if TYPE_CHECKING:
    Upload = UploadedFile[Any]  # generic in the stubs only
else:
    Upload = UploadedFile

# Reading a body ended before the body did, or found no form in it.
UNREADABLE = (MultiPartParserError, SuspiciousOperation, BadRequest, UnreadablePostError)
DEFAULT_CHARSET_FIELD = "_charset_"  # names the charset of all other fields (RFC 7578, 4.6)


class TooLarge(Exception):
    """The body is larger than ``bodies.MAX_BODY``."""


class NotWhole(Exception):
    """The body is no form, or ended before its end."""


def receive(request: HttpRequest) -> MultiValueDict[str, Upload]:
    """Read a form, with its fields into ``request.POST``; raises ``TooLarge`` or ``NotWhole``."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > bodies.MAX_BODY:
        bodies.drain(request)  # type: ignore[arg-type]  # a request is a stream
        raise TooLarge
    request.upload_handlers = [SpoolingHandler(request)]
    try:
        files = request.FILES
    except UNREADABLE as error:
        raise NotWhole from error
    if bodies.is_cut_off(cast(WSGIRequest, request).environ):
        raise NotWhole
    return files


class SpooledUpload(Upload):
    """An upload in a file of its own, which keeping it turns into a second name for the same bytes.

    Of a file above ``MAX_SIZE`` the size is right and the bytes are missing: it is refused anyway.
    """

    def __init__(self, name: str, content_type: str) -> None:
        spool = tempfile.NamedTemporaryFile(  # noqa: SIM115 -- closed with the request
            dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".upload"
        )
        super().__init__(spool, name, content_type, 0)
        self.digest = ""

    def fill(self, pieces: Iterator[bytes]) -> None:
        """Write the pieces to disk while their SHA-256 is counted."""
        digest = hashlib.sha256()
        size = 0
        for piece in pieces:
            size += len(piece)
            if size <= MAX_SIZE:
                digest.update(piece)
                self.write(piece)
        self.flush()
        self.seek(0)
        self.size = size
        self.digest = digest.hexdigest()

    def temporary_file_path(self) -> str:
        return str(self.file.name)  # type: ignore[union-attr]  # always open here


class SpoolingHandler(FileUploadHandler):
    """Takes the whole reading of a form over from Django, see ``careers.receiving.multipart``."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: Mapping[str, str],  # noqa: N803, ARG002 -- Django's signature
        content_length: int,  # noqa: ARG002 -- as above
        boundary: bytes,  # type: ignore[override]  # bytes since ever, whatever the stubs say
        encoding: str | None = None,
    ) -> tuple[QueryDict, MultiValueDict[str, Upload]]:
        form = _Form(encoding or settings.DEFAULT_CHARSET)
        try:
            for part in multipart.parse(input_data, boundary):
                form.take(part)
        except BaseException:
            for upload in chain.from_iterable(uploads for _, uploads in form.files.lists()):
                upload.close()
            raise
        return form.fields(), form.files


class _Form:
    """Fields and files as they come in, with the limits of the settings."""

    def __init__(self, charset: str) -> None:
        self.charset = charset
        self.texts: list[tuple[Part, bytes]] = []
        self.length = 0  # bytes of all texts
        self.count = 0  # files
        self.files: MultiValueDict[str, Upload] = MultiValueDict()

    def take(self, part: Part) -> None:
        first = next(part.pieces, b"")
        if part.is_file and (first or part.file_name):
            self._take_file(part, chain([first], part.pieces))
        elif not part.is_file:
            self._take_text(part, chain([first], part.pieces))

    def _take_file(self, part: Part, pieces: Iterator[bytes]) -> None:
        self.count += 1
        if self.count > settings.DATA_UPLOAD_MAX_NUMBER_FILES:
            raise TooManyFilesSent("too many files in a form")
        # browsers write what the charset of their page lacks as &#…;
        name = safe_name(html.unescape(part.file_name or ""))
        upload = SpooledUpload(name, part.content_type)
        self.files.appendlist(part.name, upload)
        upload.fill(pieces)

    def _take_text(self, part: Part, pieces: Iterator[bytes]) -> None:
        if len(self.texts) >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
            raise TooManyFieldsSent("too many fields in a form")
        text = b""
        for piece in pieces:
            self.length += len(piece)
            if self.length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise RequestDataTooBig("too much text in a form")
            text += piece
        self.texts.append((part, text))

    def fields(self) -> QueryDict:
        for part, raw in self.texts:
            if part.name == DEFAULT_CHARSET_FIELD:
                self.charset = raw.decode("latin-1").strip()
        post = QueryDict(mutable=True)
        for part, raw in self.texts:
            post.appendlist(part.name, multipart.decode(raw, part.charset or self.charset))
        post._mutable = False  # as Django's own parser does
        return post
