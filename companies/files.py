"""Keeping bytes: stored by content and company, first the file, then the row that names it."""

import functools
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Exists, OuterRef, ProtectedError
from django.utils import timezone

from companies.models import Company, StoredFile

# A file is written before the row that needs it; younger ones may still be waiting for theirs.
GRACE = timedelta(hours=24)
DOORS = "doors"  # the folder of files that belong to no company yet
FLUSHES = 8  # at a time
DIGEST = re.compile(r"[0-9a-f]{64}")


@functools.cache
def _flushers() -> ThreadPoolExecutor:
    """Threads that wait for the disk, and touch no database; made once, since a mail starts no threads."""
    return ThreadPoolExecutor(FLUSHES, thread_name_prefix="flush")


os.register_at_fork(after_in_child=_flushers.cache_clear)  # threads do not survive a fork


def store(company: Company | None, content: bytes) -> StoredFile:
    """Keep ``content`` for ``company`` (None: a door's copy) and return its row; idempotent."""
    return store_file(company, ContentFile(content), hashlib.sha256(content).hexdigest())


class _Spooled(File):  # type: ignore[type-arg]  # generic in stubs only
    """A file beside the storage, which may give it a second name instead of copying it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def store_pieces(company: Company | None, pieces: Iterable[bytes]) -> StoredFile:
    """``store`` what is never whole in memory."""
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".upload") as spool:
        for piece in pieces:
            digest.update(piece)
            spool.write(piece)
        spool.flush()
        return store_file(company, _Spooled(spool, spool.name), digest.hexdigest())


def store_file(company: Company | None, content: File, digest: str) -> StoredFile:  # type: ignore[type-arg]  # File is generic in stubs only
    """Keep an open file whose SHA-256 is already known; the caller closes it."""
    owner = company.pk if company else DOORS
    path = f"{owner}/{digest[:2]}/{digest}"
    default_storage.save(path, content)
    row = _row(company, digest, content.size, path)
    if not default_storage.exists(path):  # swept between the two lines above
        content.seek(0)
        default_storage.save(path, content)
    return row


def store_many(company: Company | None, contents: Sequence[bytes]) -> list[StoredFile]:
    """``store`` each of these; the rows stand in the same order. See ``store_files``."""
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    rows = store_files(company, dict(zip(digests, map(ContentFile, contents), strict=True)))
    return [rows[digest] for digest in digests]


class _Copied(File):  # type: ignore[type-arg]  # generic in stubs only
    """A stored file as another owner's upload; a storage on one disk gives it a second name."""

    def __init__(self, row: StoredFile) -> None:
        super().__init__(default_storage.open(row.path, "rb"))
        self._path = row.path

    def temporary_file_path(self) -> str:
        return default_storage.path(self._path)


def copy_many(company: Company, rows: Sequence[StoredFile]) -> list[StoredFile]:
    """Give ``company`` its own copies of what lies here for another; the new rows stand in the same order.

    ``FileNotFoundError`` when storage has lost one of them.
    """
    with ExitStack() as opened:
        copies = {row.digest: opened.enter_context(_Copied(row)) for row in rows}
        stored = store_files(company, copies)
    return [stored[row.digest] for row in rows]


def store_files(
    company: Company | None,
    wanted: Mapping[str, File],  # type: ignore[type-arg]  # generic in stubs only
) -> dict[str, StoredFile]:
    """Keep open files by their SHA-256 with three queries for all; return their rows by it.

    The disk is asked to flush several files at a time, since it flushes them together.
    """
    owner = company.pk if company else DOORS
    paths = {digest: f"{owner}/{digest[:2]}/{digest}" for digest in wanted}
    list(
        _flushers().map(lambda digest: default_storage.save(paths[digest], wanted[digest]), wanted)
    )
    now = timezone.now()
    StoredFile.objects.bulk_create(
        [
            StoredFile(company=company, digest=digest, size=content.size, path=paths[digest])
            for digest, content in wanted.items()
        ],
        ignore_conflicts=True,
    )
    mine = StoredFile.objects.filter(company=company, digest__in=wanted)
    mine.filter(created_at__lt=now).update(created_at=now)  # their grace begins anew
    rows = {row.digest: row for row in mine.filter(created_at__gte=now)}
    for digest, content in wanted.items():
        if digest not in rows or not default_storage.exists(paths[digest]):
            content.seek(0)
            rows[digest] = store_file(company, content, digest)  # swept between the lines above
    return rows


def _row(company: Company | None, digest: str, size: int, path: str) -> StoredFile:
    """Return the file's row with its grace begun anew, so that no sweep takes it from its new owner."""
    while True:
        row, created = StoredFile.objects.get_or_create(
            company=company, digest=digest, defaults={"size": size, "path": path}
        )
        same = StoredFile.objects.filter(pk=row.pk)
        if created or same.update(created_at=timezone.now()):
            return row


def sweep(*, older_than: timedelta = GRACE) -> int:
    """Delete files that no row points to any more, and those of crashes that no row names; return how many."""
    stale = StoredFile.objects.filter(created_at__lt=timezone.now() - older_than)
    stale = _without_pointers(stale)
    dropped = sum(_drop(pk, older_than) for pk in list(stale.values_list("pk", flat=True)))
    return dropped + sum(_drop_unnamed(path, older_than) for path in _unnamed())


def _unnamed() -> Iterator[str]:
    """Yield what no row names: the remains of processes that died between the file and its row."""
    for owner in _listdir("")[0]:
        for start in _listdir(owner)[0]:
            names = _listdir(f"{owner}/{start}")[1]
            for first in range(0, len(names), 500):
                paths = {f"{owner}/{start}/{name}": name for name in names[first : first + 500]}
                rows = StoredFile.objects.filter(digest__in=paths.values(), path__in=paths)
                yield from paths.keys() - set(rows.values_list("path", flat=True))


def _listdir(path: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(path)
    except FileNotFoundError:  # nothing was ever stored, or not there
        return [], []


def _drop_unnamed(path: str, older_than: timedelta) -> bool:
    """Give an old file a row and drop both, so that whoever stores the same bytes meanwhile is seen."""
    owner, _, digest = path.split("/")
    with suppress(FileNotFoundError):
        before = timezone.now() - older_than
        if default_storage.get_modified_time(path) > before:
            return False
        company = Company.objects.filter(pk=owner).first() if owner.isdecimal() else None
        if not DIGEST.fullmatch(digest) or (company is None and owner != DOORS):
            default_storage.delete(path)
            return True
        row, is_new = StoredFile.objects.get_or_create(
            company=company,
            digest=digest,
            defaults={"size": default_storage.size(path), "path": path, "created_at": before},
        )
        return is_new and _drop(row.pk, older_than)
    return False


def release(rows: Iterable[StoredFile]) -> None:
    """Delete each file at once unless something else still points to it (used by erasure)."""
    wanted = [row.pk for row in rows]
    try:
        with transaction.atomic():
            # In the order of their keys, so that two of us never wait for each other.
            held = StoredFile.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
            locked = [row.pk for row in held]
            free = list(_without_pointers(StoredFile.objects.filter(pk__in=locked)))
            StoredFile.objects.filter(pk__in=[row.pk for row in free]).delete()
            for row in free:
                default_storage.delete(row.path)
    except ProtectedError:  # somebody needs one of them again
        for pk in wanted:
            _drop(pk, timedelta(0))


def _drop(pk: int, older_than: timedelta) -> bool:
    """Delete row and file unless something points to it or it was stored again in the meantime.

    The file goes before the commit: whoever stores the same bytes meanwhile waits for the row, and
    then sees that the file is missing.
    """
    try:
        with transaction.atomic():
            row = StoredFile.objects.select_for_update().filter(pk=pk).first()
            if row is None or row.created_at > timezone.now() - older_than:
                return False
            row.delete()
            default_storage.delete(row.path)
    except ProtectedError:
        return False
    return True


def _without_pointers(rows: "models.QuerySet[StoredFile]") -> "models.QuerySet[StoredFile]":
    for field in _pointers():
        pointing = field.model._base_manager.filter(**{field.name: OuterRef("pk")})
        rows = rows.exclude(Exists(pointing))
    return rows


def _pointers() -> "list[models.Field[Any, Any]]":
    """Every foreign key of any app to a stored file."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is StoredFile
    ]
