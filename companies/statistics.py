"""What the database knows of its own rows, by which it chooses indexes."""

from django.db import connection

SAMPLE = 1000  # rows of an index; enough to tell a good one


def learn() -> None:
    """Let SQLite look at its tables, which it never does by itself; other databases do."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit={SAMPLE}")
            cursor.execute("ANALYZE")
