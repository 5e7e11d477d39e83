"""The layers that import-linter cannot see: relations and migrations point downwards too."""

from django.apps import apps
from django.db.migrations.loader import MigrationLoader

LAYERS = ["companies", "mailsettings", "recruiting", "careers"]  # low to high


def climbs(lower: str, higher: str) -> bool:
    return lower in LAYERS and higher in LAYERS and LAYERS.index(higher) > LAYERS.index(lower)


def test_relations_point_downwards() -> None:
    upward = [
        str(field)
        for model in apps.get_models()
        for field in model._meta.get_fields(include_hidden=True)
        if field.is_relation and field.concrete and field.related_model
        if climbs(model._meta.app_label, field.related_model._meta.app_label)
    ]
    assert upward == []


def test_migrations_depend_downwards() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    upward = [
        f"{app}.{name} -> {parent}"
        for (app, name), migration in loader.disk_migrations.items()
        for parent, _ in migration.dependencies
        if climbs(app, parent)
    ]
    assert upward == []
