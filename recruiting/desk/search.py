"""What people look for in a list, as its address says."""

from django.http import HttpRequest


def words(request: HttpRequest) -> str:
    """Return ``?q=`` with single spaces and without NUL, which PostgreSQL refuses."""
    return " ".join(request.GET.get("q", "").replace("\0", " ").split())
