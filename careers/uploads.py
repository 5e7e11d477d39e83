"""Receiving files: streamed straight to where the storage lives, counted and digested on the way."""

import hashlib
import tempfile
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from recruiting.people.uploads import MAX_SIZE

if TYPE_CHECKING:
    Upload = UploadedFile[Any]  # generic in the stubs only
else:
    Upload = UploadedFile


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

    def temporary_file_path(self) -> str:
        return str(self.file.name)  # type: ignore[union-attr]  # always open here


class SpoolingHandler(FileUploadHandler):
    """Writes each file to disk while its SHA-256 is counted; never more than ``MAX_SIZE`` of it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = SpooledUpload(self.file_name or "document", self.content_type or "")
        self.hash = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= MAX_SIZE:
            self.hash.update(raw_data)
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> SpooledUpload:
        self.file.flush()
        self.file.seek(0)
        self.file.size = file_size
        self.file.digest = self.hash.hexdigest()
        return self.file

    def upload_interrupted(self) -> None:
        self.file.close()
