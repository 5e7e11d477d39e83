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
    row, _ = StoredFile.objects.get_or_create(
        company=company, digest=digest, defaults={"size": content.size, "path": path}
    )
    return row


def sweep(*, older_than: timedelta = GRACE) -> int:
    """Delete files that no row points to any more; return how many."""
    swept = 0
    for row in StoredFile.objects.filter(created_at__lt=timezone.now() - older_than).exclude(
        pk__in=_referenced()
    ):
        swept += _drop(row)
    return swept


def release(rows: Iterable[StoredFile]) -> None:
    """Delete each file at once unless something else still points to it (used by erasure)."""
    for row in rows:
        _drop(row)


def _drop(row: StoredFile) -> bool:
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:
        return False
    default_storage.delete(row.path)
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
