"""What doors keep for a while only: files sent ahead, and attempts that were refused."""

from datetime import timedelta

from django.utils import timezone

from recruiting.models import RefusedApplication, UploadedDocument

REFUSED_LIFETIME = timedelta(days=30)


def forget() -> tuple[int, int]:
    """Delete what is past its time; return how many uploads and how many attempts. Their files are swept."""
    now = timezone.now()
    uploads = UploadedDocument.objects.filter(created_at__lte=now - UploadedDocument.LIFETIME)
    attempts = RefusedApplication.objects.filter(at__lte=now - REFUSED_LIFETIME)
    counts = uploads.count(), attempts.count()
    uploads.delete()
    attempts.delete()
    return counts
