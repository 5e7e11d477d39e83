"""Keeping bytes: stored by content and company, first the file, then the row that names it."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta

from django.apps import apps
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from companies.models import Company, StoredFile

# A file is written before the row that needs it; younger ones may still be waiting for theirs.
GRACE = timedelta(hours=24)


def store(company: Company | None, content: bytes) -> StoredFile:
    """Keep ``content`` for ``company`` (None: a door's copy) and return its row; idempotent."""
    return store_file(company, ContentFile(content), hashlib.sha256(content).hexdigest())


def store_file(company: Company | None, content: File, digest: str) -> StoredFile:  # type: ignore[type-arg]  # File is generic in stubs only
    """Keep an open file whose SHA-256 is already known; the caller closes it."""
    owner = company.pk if company else "doors"
    path = f"{owner}/{digest[:2]}/{digest}"
    default_storage.save(path, content)
    row = _row(company, digest, content.size, path)
    if not default_storage.exists(path):  # swept between the two lines above
        content.seek(0)
        default_storage.save(path, content)
    return row


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
    """Delete files that no row points to any more; return how many."""
    stale = StoredFile.objects.filter(created_at__lt=timezone.now() - older_than)
    return sum(_drop(row.pk, older_than) for row in stale.exclude(pk__in=_referenced()))


def release(rows: Iterable[StoredFile]) -> None:
    """Delete each file at once unless something else still points to it (used by erasure)."""
    for row in rows:
        _drop(row.pk, timedelta(0))


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


def _referenced() -> set[int]:
    """Ids of every stored file that some row of any app points to."""
    ids: set[int] = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is StoredFile:
                used = model._base_manager.exclude(**{field.name: None})
                ids.update(used.values_list(f"{field.name}_id", flat=True))
    return ids
