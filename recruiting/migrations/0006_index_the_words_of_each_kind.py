from django.db import migrations

KINDS = ("person", "position", "message", "document")


def install(apps, schema_editor):
    """One index a kind: its statistics tell the planner that a word of many CVs is in no name."""
    if schema_editor.connection.vendor == "postgresql":
        for kind in KINDS:
            schema_editor.execute(
                f"CREATE INDEX recruiting_search_words_{kind} ON recruiting_searchentry"
                f" USING gin (to_tsvector('simple', words)) WHERE kind = '{kind}'"
            )
        schema_editor.execute("DROP INDEX recruiting_search_words")


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX recruiting_search_words ON recruiting_searchentry"
            " USING gin (to_tsvector('simple', words))"
        )
        for kind in KINDS:
            schema_editor.execute(f"DROP INDEX recruiting_search_words_{kind}")


class Migration(migrations.Migration):

    dependencies = [
        ('recruiting', '0005_let_teams_sign'),
    ]

    operations = [
        migrations.RunPython(install, remove),
    ]
