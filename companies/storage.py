"""File storage that survives a crash: bytes are flushed to disk before the name exists."""

import os
import tempfile
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """Writes to a temporary file, flushes it and renames it; saving a name twice keeps the first bytes.

    Names are content addresses, so "already there" means "already right".
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002 -- Django's signature
        return name

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]  # File is generic in stubs only
        target = Path(self.path(name))
        if target.exists():
            return name
        target.parent.mkdir(parents=True, exist_ok=True)
        if _link(content, target):
            return name
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as out:
                for chunk in content.chunks():
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _flush_folder(target.parent)
        return name


def _link(content: File, target: Path) -> bool:  # type: ignore[type-arg]  # File is generic in stubs only
    """Give an upload that is a file already its second name; False where that cannot be (copy it then)."""
    source = getattr(content, "temporary_file_path", None)
    if source is None:
        return False
    try:
        with Path(source()).open("rb") as spooled:
            os.fsync(spooled.fileno())
        os.link(source(), target)
    except FileExistsError:
        return True
    except OSError:  # another file system, or one without links
        return False
    _flush_folder(target.parent)
    return True


def _flush_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable (POSIX keeps names in the directory, not in the file)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
