"""The words of SearchEntry: FTS5 with its triggers on SQLite, GIN indexes on PostgreSQL."""

from django.db import migrations

SQLITE = [
    """
CREATE VIRTUAL TABLE recruiting_search_fts USING fts5(
    words, content='recruiting_searchentry', content_rowid='id',
    tokenize='unicode61 remove_diacritics 0', prefix='2 3'
)
""",
    """
CREATE VIRTUAL TABLE recruiting_search_vocabulary USING fts5vocab(recruiting_search_fts, 'row')
""",
    """
CREATE TRIGGER recruiting_search_insert AFTER INSERT ON recruiting_searchentry BEGIN
    INSERT INTO recruiting_search_fts(rowid, words) VALUES (new.id, new.words);
END;
""",
    """
CREATE TRIGGER recruiting_search_delete AFTER DELETE ON recruiting_searchentry BEGIN
    INSERT INTO recruiting_search_fts(recruiting_search_fts, rowid, words)
    VALUES ('delete', old.id, old.words);
END;
""",
    """
CREATE TRIGGER recruiting_search_update AFTER UPDATE ON recruiting_searchentry BEGIN
    INSERT INTO recruiting_search_fts(recruiting_search_fts, rowid, words)
    VALUES ('delete', old.id, old.words);
    INSERT INTO recruiting_search_fts(rowid, words) VALUES (new.id, new.words);
END;
""",
]
POSTGRESQL = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX recruiting_search_words ON recruiting_searchentry
    USING gin (to_tsvector('simple', words));
CREATE INDEX recruiting_search_near ON recruiting_searchentry
    USING gin (words gin_trgm_ops) WHERE kind IN ('person', 'position');
"""


def install(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
        else:
            for statement in SQLITE:
                cursor.execute(statement)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP TABLE recruiting_search_vocabulary")
            cursor.execute("DROP TABLE recruiting_search_fts")


class Migration(migrations.Migration):

    # databases made before the first migrations were written anew have these already
    replaces = [('recruiting', '0008_find_by_words')]

    dependencies = [
        ('recruiting', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(install, remove),
    ]
